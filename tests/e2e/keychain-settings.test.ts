/** The settings' page of the keychain, over a real keyring. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { appNeeds, isAppThere, type LaunchedApp, launchApp, windowTestMs } from '../support/app/launch-app.ts'
import { howToGetKeyring, isKeyringInstalled, Keyring } from '../support/keyring.ts'
import { runGateway } from '../support/running-gateway.ts'

const canRun = isAppThere && isKeyringInstalled

async function openKeychain(app: LaunchedApp) {
  const window = await app.window()
  await window.getByRole('button', { name: 'Settings' }).click()
  await window.getByRole('radiogroup').getByText('Keychain').click()
  return window
}

describe.skipIf(!canRun)(
  `the keychain in the settings ${appNeeds} ${howToGetKeyring}`,
  { timeout: windowTestMs },
  () => {
    it('says where passwords are, and moves those of the file', async () => {
      const { port } = await runGateway({ balance: '/~~home=hush-hush#:*;\n' })
      const { env } = await Keyring.start('unlocked')
      const line = `# mine\n/~~home=hush-hush#http://127.0.0.1:${port};\n`
      const app = await launchApp({ env, files: { 'backbalance.bin': line } })
      const window = await openKeychain(app)
      await window.getByText('Passwords are in the keyring of this system.').waitFor()
      await window.getByText('No password is kept.').waitFor()
      await window.getByRole('button', { name: 'Move passwords to the keychain' }).click()
      await window.getByRole('dialog').getByRole('button', { name: 'Move them' }).click()
      await window.getByText('1 password was moved.').waitFor()
      await window.getByRole('listitem').filter({ hasText: '/~~home' }).getByText('in use').waitFor()
      const file = join(app.folder, 'backbalance.bin')
      expect(readFileSync(file, 'utf8')).toBe(`# mine\n/~~home=#http://127.0.0.1:${port};\n`)
      expect(await window.content()).not.toContain('hush-hush')
    })

    it('says why there is no keyring, and what helps', async () => {
      const app = await launchApp()
      const window = await openKeychain(app)
      const note = window.getByRole('alert')
      await note.waitFor()
      expect(await note.innerText()).toMatch(/keyring|gnome-keyring|libsecret/i)
    })
  },
)
