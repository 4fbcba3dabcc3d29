/** The settings' page of the keychain, over a real keyring. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { openSecretStore, type SecretAccount } from '../../agent/index.ts'
import { systemClock, systemRandom } from '../../net/world.ts'
import { Secret } from '../../shared/secret.ts'
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

    it.each([
      ['absent', 'No keychain runs in this session', 'install and start a keyring'],
      ['none', 'No keychain runs in this session', 'Settings, Keychain'],
      ['locked', 'A keychain runs, but there is no keyring in it yet.', 'asks for a password for itself'],
    ] as const)('says of one that is %s what is wrong and what helps', async (state, wrong, mend) => {
      const { env } = await Keyring.start(state)
      const window = await openKeychain(await launchApp({ env }))
      const note = window.getByRole('alert')
      await note.getByText(wrong).waitFor()
      expect(await note.innerText()).toContain(mend)
    })

    it('says that it is locked, without a window asking, and has it unlocked by a button', async () => {
      const { port } = await runGateway({ balance: '/~~home=hush-hush#:*;\n' })
      const keyring = await Keyring.start('unlocked')
      const { env } = keyring
      const files = { 'backbalance.bin': `/~~home=#http://127.0.0.1:${port};\n` }
      await storeIn(env, { kind: 'tunnel', name: 'home', gateway: `127.0.0.1:${port}` }, 'hush-hush')
      await keyring.become('locked')
      const app = await launchApp({ env, files })
      const window = await app.window()
      const card = window.getByRole('article', { name: 'home' })
      await card.getByText('The keychain is locked and did not give out').waitFor()
      await card.getByRole('button', { name: 'Unlock the keychain' }).waitFor()
      await openKeychain(app)
      const note = window.getByRole('alert').filter({ hasText: 'The keychain is locked.' })
      await note.getByText('Unlock it here or with its own program').waitFor()
      await window.getByRole('listitem').filter({ hasText: '/~~home' }).getByText('in use').waitFor()
      await note.getByRole('button', { name: 'Unlock the keychain' }).click()
      await window.getByRole('button', { name: 'Close' }).waitFor()
      keyring.unlock()
      // The engine, which starts anew with the keyring's program, may find it unlocked before the button is there to be pressed.
      const isKept = window.getByText('Passwords are in the keyring of this system.')
      const unlock = note.getByRole('button', { name: 'Unlock the keychain' })
      await expect
        .poll(
          async () => {
            if (!(await isKept.isVisible())) await unlock.click({ timeout: 2_000 }).catch(() => {})
            return isKept.isVisible()
          },
          { timeout: 60_000 },
        )
        .toBe(true)
      await window.getByRole('button', { name: 'Shared', exact: true }).click()
      await card.getByText('Connected').waitFor()
    })
  },
)

async function storeIn(env: NodeJS.ProcessEnv, account: SecretAccount, secret: string): Promise<void> {
  const parts = { environment: env, clock: systemClock, random: systemRandom }
  const store = openSecretStore({ kind: 'keychain', ...parts })
  await store.set(account, Secret.fromText(secret))
  store.close()
}
