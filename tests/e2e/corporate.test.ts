/** The corporate user: two proxies that want NTLM, a wrong password, its mend; and where the right one is afterwards. */
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { at, howToGetIt, isLabUp, of, passwords, ports } from '../lab/lab.ts'
import { appNeeds, isAppThere, launchApp, windowTestMs } from '../support/app/launch-app.ts'
import { heapOf } from '../support/heap-of.ts'
import { howToGetKeyring, isKeyringInstalled, Keyring } from '../support/keyring.ts'
import { runGateway } from '../support/running-gateway.ts'

const canRun = isAppThere && isKeyringInstalled && isLabUp

describe.skipIf(!canRun)(`a cascade with NTLM ${appNeeds} ${howToGetKeyring} ${howToGetIt}`, () => {
  it('names the proxy that refuses and the mend, then connects, and the password is in the keyring alone', {
    timeout: windowTestMs,
  }, async () => {
    const keyring = await Keyring.start('unlocked')
    const gateway = await runGateway({ balance: '/~~office=pw#:*;\n' })
    const second = at(ports.closingNtlm, 'LAB\\bob:not it')
    const line = `/~~office=pw#${gateway.url} -> ${at(ports.ntlm, of('alice', 'LAB'))} -> ${second};`
    const app = await launchApp({
      env: keyring.env,
      arguments: [`tildegate://add?line=${encodeURIComponent(line)}`],
    })
    const window = await app.window()
    const next = window.getByRole('button', { name: 'Next' })
    await next.click()
    await next.click()
    await window.getByRole('button', { name: 'Test connection' }).click()
    await window.getByText(`The proxy 127.0.0.1:${ports.closingNtlm} refused the login.`).waitFor()
    await window.getByText('Check domain, user and password of this proxy.').waitFor()
    const proxy = window.getByRole('article', { name: 'Proxy 2' })
    await proxy.locator('input[type=password]').fill(passwords.bob)
    await window.getByRole('button', { name: 'Test again' }).click()
    await window.getByText('All stations are fine.').waitFor()
    await window.getByRole('button', { name: 'Share', exact: true }).click()
    await window.getByRole('article', { name: 'office' }).getByText('Connected').waitFor()
    for (const entry of readdirSync(app.folder, { recursive: true, withFileTypes: true })) {
      if (!entry.isFile()) continue
      expect(readFileSync(join(entry.parentPath, entry.name)).includes(passwords.bob), entry.name).toBe(false)
    }
    expect((await heapOf(window)).includes(passwords.bob)).toBe(false)
  })
})
