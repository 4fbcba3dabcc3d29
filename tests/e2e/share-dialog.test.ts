/** "Share something", as a user goes through it. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Page } from 'playwright-core'
import { describe, expect, it } from 'vitest'
import { appNeeds, isAppThere, launchApp, windowTestMs } from '../support/app/launch-app.ts'
import { howToGetKeyring, isKeyringInstalled, Keyring } from '../support/keyring.ts'
import { runGateway } from '../support/running-gateway.ts'
import { startSite } from '../support/site.ts'

const canRun = isAppThere && isKeyringInstalled

/** Counts what a user does. */
class Hand {
  actions = 0
  readonly #page: Page

  constructor(page: Page) {
    this.#page = page
  }

  async click(role: 'button' | 'radio', name: string | RegExp): Promise<void> {
    this.actions += 1
    await this.#page.getByRole(role, { name }).click()
  }

  async fill(label: string, text: string): Promise<void> {
    this.actions += 1
    await this.#page.getByLabel(label, { exact: true }).fill(text)
  }
}

describe.skipIf(!canRun)(
  `the share dialog ${appNeeds} ${howToGetKeyring}`,
  {
    timeout: windowTestMs,
  },
  () => {
    it('leads from the first start to a public address in at most 12 clicks and fields', async () => {
      const keyring = await Keyring.start('unlocked')
      const gateway = await runGateway({ balance: '/~~home=pass word#:*;\n' })
      const site = await startSite('home')
      const app = await launchApp({ env: keyring.env })
      const window = await app.window()
      const hand = new Hand(window)
      await hand.click('button', 'Share something')
      await hand.click('radio', 'Another address')
      await hand.fill('Address of the service', site.url)
      await hand.click('button', 'Next')
      await hand.fill('Gateway', gateway.url)
      await hand.fill('Name', 'home')
      await hand.fill('Password', 'pass word')
      await hand.click('button', 'Next')
      await hand.click('button', 'Test connection')
      await window.getByText('All stations are fine.').waitFor()
      const password = await window.getByLabel('Password for visitors', { exact: true }).inputValue()
      await hand.click('button', /^Share$/)
      await window.getByRole('article', { name: 'home' }).getByText('Connected').waitFor()
      expect(hand.actions).toBeLessThanOrEqual(12)
      const visitor = await app.visitor()
      await visitor.goto(`${gateway.url}/~~home/`)
      await visitor.getByLabel('Password').fill(password)
      await visitor.getByRole('button', { name: 'Open' }).click()
      await visitor.getByText('hello from home').waitFor()
      expect(readFileSync(join(app.folder, 'backbalance.bin'), 'utf8')).not.toContain('pass word')
      expect(app.pageErrors).toEqual([])
    })

    it('says what is missing and where, and goes on when it is there', async () => {
      const app = await launchApp()
      const window = await app.window()
      await window.getByRole('button', { name: 'Share something' }).click()
      await window.getByRole('button', { name: 'Next' }).click()
      await window.getByRole('button', { name: 'Next' }).click()
      await window.getByText('Letters, digits and . _ - only, up to 64.').waitFor()
      await window
        .getByLabel('The whole line, if you were given one')
        .fill('/~~a=pw#gw.example:443 -> corp\\anna:x@10.0.0.1:808;')
      expect(await window.getByLabel('Name', { exact: true }).inputValue()).toBe('a')
      expect(await window.getByLabel('Gateway', { exact: true }).inputValue()).toBe('gw.example:443')
      await window.getByRole('button', { name: 'Next' }).click()
      expect(await window.getByLabel('Address and port').inputValue()).toBe('10.0.0.1:808')
      expect(await window.getByLabel('Domain').inputValue()).toBe('corp')
      await window.getByRole('button', { name: '+ Add a proxy behind it' }).click()
      await window.getByRole('button', { name: /^Share$/ }).click()
      await window.getByText('Write it with its port, like 192.168.10.11:808.').waitFor()
      await window.getByRole('button', { name: 'Move proxy 2 up' }).click()
      expect(await window.getByLabel('Address and port').nth(1).inputValue()).toBe('10.0.0.1:808')
    })

    it('names the station that fails and the mend, and takes the right password', async () => {
      const keyring = await Keyring.start('unlocked')
      const gateway = await runGateway({ balance: '/~~home=right#:*;\n' })
      const app = await launchApp({
        env: keyring.env,
        arguments: [`tildegate://add?line=${encodeURIComponent(`/~~home=wrong#${gateway.url};`)}`],
      })
      const window = await app.window()
      await window.getByRole('button', { name: 'Next' }).click()
      expect(await window.getByLabel('Name', { exact: true }).inputValue()).toBe('home')
      await window.getByRole('button', { name: 'Next' }).click()
      await window.getByRole('button', { name: 'Test connection' }).click()
      await window.getByText('The gateway did not accept the name or the password.').waitFor()
      await window.getByRole('button', { name: 'Back' }).click()
      await window.getByLabel('Password', { exact: true }).fill('right')
      await window.getByRole('button', { name: 'Next' }).click()
      await window.getByRole('button', { name: 'Test again' }).click()
      await window.getByText('All stations are fine.').waitFor()
      expect(readFileSync(join(app.folder, 'backbalance.bin'), 'utf8')).not.toContain('home=')
    })

    it('changes a tunnel, and stops sharing it', async () => {
      const keyring = await Keyring.start('unlocked')
      const { port } = await runGateway({ balance: '/~~home=pw#:*;\n' })
      const app = await launchApp({
        env: keyring.env,
        files: { 'backbalance.bin': `# mine\n/~~home=pw#http://127.0.0.1:${port};\n` },
      })
      const window = await app.window()
      await window.getByRole('article', { name: 'home' }).getByText('Connected').waitFor()
      await window.getByRole('button', { name: 'Details of home' }).click()
      await window.getByRole('button', { name: 'Change', exact: true }).click()
      await window.getByRole('radio', { name: 'Another address' }).click()
      await window.getByLabel('Address of the service').fill('http://127.0.0.1:1')
      for (let i = 0; i < 2; i += 1) await window.getByRole('button', { name: 'Next' }).click()
      await window.getByRole('button', { name: 'Test connection' }).click()
      await window.getByText('The service behind this address does not answer.').waitFor()
      await window.getByRole('button', { name: 'Save' }).click()
      await window.getByRole('article', { name: 'home' }).getByText('The service at 127.0.0.1:1').waitFor()
      await window.getByRole('button', { name: 'Details of home' }).click()
      await window.getByRole('button', { name: 'Stop sharing' }).click()
      await window.getByRole('dialog').getByRole('button', { name: 'Stop sharing' }).click()
      await window.getByText('Nothing is shared yet').waitFor()
      expect(readFileSync(join(app.folder, 'backbalance.bin'), 'utf8')).toBe('# mine\n')
    })
  },
)
