/** A password from the dialog to the keyring: nowhere else is it kept. */
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { appNeeds, isAppThere, launchApp, windowTestMs } from '../support/app/launch-app.ts'
import { heapOf } from '../support/heap-of.ts'
import { howToGetKeyring, isKeyringInstalled, Keyring } from '../support/keyring.ts'
import { runGateway } from '../support/running-gateway.ts'

const canRun = isAppThere && isKeyringInstalled
const secret = 'Kx7-quince-harbour-91'

describe.skipIf(!canRun)(`a password ${appNeeds} ${howToGetKeyring}`, () => {
  it('given in the dialog connects, and is then in no file, no log and not in the window', {
    timeout: windowTestMs,
  }, async () => {
    const keyring = await Keyring.start('unlocked')
    const { port } = await runGateway({ balance: `/~~home=${secret}#:*;\n` })
    const app = await launchApp({
      env: keyring.env,
      files: { 'backbalance.bin': `/~~home=wrong#http://127.0.0.1:${port};\n` },
    })
    const window = await app.window()
    const card = window.getByRole('article', { name: 'home' })
    await card.getByRole('button', { name: 'Change password' }).click()
    const dialog = window.getByRole('dialog', { name: 'Password of home' })
    await dialog.getByLabel('Password', { exact: true }).fill(secret)
    await dialog.getByRole('button', { name: 'Save and connect' }).click()
    await card.getByText('Connected').waitFor()
    await dialog.waitFor({ state: 'detached' })
    const files = readdirSync(app.folder, { recursive: true, withFileTypes: true }).filter(entry =>
      entry.isFile(),
    )
    for (const { parentPath, name } of files)
      expect(readFileSync(join(parentPath, name)).includes(secret), name).toBe(false)
    expect(app.pageErrors).toEqual([])
    const heap = await heapOf(window)
    expect(heap).toContain('Connected')
    expect(heap.includes(secret)).toBe(false)
  })
})
