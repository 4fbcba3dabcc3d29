/** A password for visitors, from the app's window to a visitor's browser; kept in a real keyring, told to a real gateway. */
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Page } from 'playwright-core'
import { describe, expect, it } from 'vitest'
import { answerOfMain, askMain } from '../support/electron-standin/ask-main.ts'
import { chromiumPath } from '../support/electron-standin/chromium.ts'
import { startApp } from '../support/electron-standin/start-app.ts'
import { isKeyringInstalled, Keyring } from '../support/keyring.ts'
import { runGateway } from '../support/running-gateway.ts'
import { startSite } from '../support/site.ts'

const canRun = chromiumPath() !== undefined && isKeyringInstalled
const timeout = 60_000

async function scene(line = '') {
  const keyring = await Keyring.start('unlocked')
  const gateway = await runGateway({ balance: '/~~home=pw#:*;\n' })
  const site = await startSite('home')
  const app = await startApp({
    env: keyring.env,
    files: {
      'backbalance.bin': line
        .replaceAll('GATEWAY', `127.0.0.1:${gateway.port}`)
        .replaceAll('SITE', `127.0.0.1:${site.port}`),
    },
  })
  const window = await app.window()
  await window.getByRole('navigation').waitFor({ timeout })
  const address = `${gateway.url}/~~home/`
  const fileNow = () => readFileSync(join(app.folder, 'backbalance.bin'), 'utf8')
  const connected = () =>
    window.getByRole('article', { name: 'home' }).getByText('Connected').waitFor({ timeout })
  return { app, window, gateway, site, address, fileNow, connected, id: `home@127.0.0.1:${gateway.port}` }
}

/** Types it at the public address, and waits for the page behind it, or for the word that it is wrong. */
async function logIn(visitor: Page, address: string, password: string, expected: string): Promise<void> {
  await visitor.goto(address)
  await visitor.getByLabel('Password').fill(password)
  await visitor.getByRole('button', { name: 'Open' }).click()
  await visitor.getByText(expected).waitFor({ timeout })
}

/** Nobody is let in any more: by a request of its own, for a page may be shown from a cache. */
const statusOf = async (address: string) => (await fetch(address)).status

describe.skipIf(!canRun)(
  'a password for visitors (needs Chromium and a keyring: apt-get install chromium gnome-keyring)',
  { timeout: 180_000 },
  () => {
    it('is asked for at the public address, can be changed and taken away, and is in no file and no log', async () => {
      const { app, window, gateway, site, address, fileNow, connected, id } = await scene()
      await window.getByRole('button', { name: 'Share something' }).click()
      const part = window.getByRole('article', { name: 'Who may open it' })
      const ask = part.getByRole('switch', { name: 'Ask visitors for a password' })
      const field = part.getByLabel('Password for visitors', { exact: true })
      const next = window.getByRole('button', { name: 'Next' })

      // The welcome page is there to be seen, a service is not.
      await next.click()
      await window.getByLabel('Gateway', { exact: true }).fill(gateway.url)
      await window.getByLabel('Name', { exact: true }).fill('home')
      await window.getByLabel('Password', { exact: true }).fill('pw')
      await next.click()
      expect(await ask.isChecked()).toBe(false)
      for (let i = 0; i < 2; i += 1) await window.getByRole('button', { name: 'Back' }).click()
      await window.getByRole('radio', { name: 'Another address' }).click()
      await window.getByLabel('Address of the service').fill(site.url)
      for (let i = 0; i < 2; i += 1) await next.click()
      expect(await ask.isChecked()).toBe(true)
      const made = await field.inputValue()
      expect(made).toMatch(/^[a-km-np-z2-9]{4}(-[a-km-np-z2-9]{4}){3}$/)
      await part.getByRole('button', { name: 'Make one' }).click()
      await expect.poll(() => field.inputValue(), { timeout }).not.toBe(made)
      await field.fill('short')
      await window.getByRole('button', { name: /^Share$/ }).click()
      await part.getByText('At least 8 characters').waitFor({ timeout })
      await field.fill('SECRET of visitors')
      await window.getByRole('button', { name: 'Test connection' }).click()
      await window.getByText('All stations are fine.').waitFor({ timeout })
      await window.getByRole('button', { name: /^Share$/ }).click()
      await connected()
      expect(fileNow()).toMatch(/ => http:\/\/127\.0\.0\.1:\d+ visitors=keychain;\n$/)

      const visitor = await app.machine.context.newPage()
      await logIn(visitor, address, 'SECRET wrong', 'This password is wrong')
      await logIn(visitor, address, 'SECRET of visitors', 'hello from home')

      await window.getByRole('button', { name: 'Details of home' }).click()
      await part.getByText('Visitors are asked for a password').waitFor({ timeout })
      await part.getByRole('button', { name: 'Change visitor password' }).click()
      const dialog = window.getByRole('dialog', { name: 'Password for visitors of home' })
      await dialog.getByLabel('Password for visitors', { exact: true }).fill('SECRET another')
      await dialog.getByRole('button', { name: 'Save' }).click()
      await dialog.waitFor({ state: 'detached', timeout })
      await window.getByRole('status').getByText('Connected').waitFor({ timeout })
      await expect.poll(() => statusOf(address), { timeout }).toBe(401)
      // The browser was logged in, and is not any more.
      await logIn(visitor, address, 'SECRET another', 'hello from home')

      const form = await answerOfMain(window, 'tunnels.form', { id })
      expect(form).toMatchObject({ visitors: {} })
      expect(JSON.stringify(form)).not.toContain('SECRET')
      expect(await answerOfMain(window, 'secrets.list')).toContainEqual({
        account: { kind: 'visitors', name: 'home', gateway: `127.0.0.1:${gateway.port}` },
        isKept: true,
        isNeeded: true,
      })
      await part.getByRole('button', { name: 'Stop asking' }).click()
      await part.getByText('Anyone who knows the address can open it.').waitFor({ timeout })
      await expect.poll(() => statusOf(address), { timeout }).toBe(200)
      expect(fileNow()).not.toContain('visitors')
      expect(JSON.stringify(await answerOfMain(window, 'secrets.list'))).not.toContain('visitors')

      const files = readdirSync(app.folder, { recursive: true, withFileTypes: true }).filter(entry =>
        entry.isFile(),
      )
      for (const { parentPath, name } of files)
        expect(readFileSync(join(parentPath, name)).includes('SECRET'), name).toBe(false)
      expect(app.machine.pageErrors).toEqual([])
    })

    it('stays when something else of the tunnel is changed, moves with its name, and goes with the tunnel', async () => {
      const { window, address, fileNow, connected, id, gateway } = await scene(
        '/~~home=pw#http://GATEWAY => http://SITE host=keep visitors=env:HOME;\n',
      )
      await connected()
      expect(await statusOf(address)).toBe(401)
      // A variable stays one, until a password is typed.
      const form = (await answerOfMain(window, 'tunnels.form', { id })) as object
      expect(form).toMatchObject({ visitors: { variable: 'HOME' } })
      await answerOfMain(window, 'tunnels.edit', { id, form: { ...form, title: 'Another' } })
      expect(fileNow()).toContain('host=keep visitors=env:HOME;')
      await answerOfMain(window, 'tunnels.askVisitors', { id, password: 'SECRET of visitors' })
      expect(fileNow()).toContain('host=keep visitors=keychain;')
      await expect.poll(() => statusOf(address), { timeout }).toBe(401)

      gateway.writeBalance('/~~away=pw#:*;\n/~~home=pw#:*;\n')
      await gateway.gateway.reload()
      const kept = (await answerOfMain(window, 'tunnels.form', { id })) as object
      const moved = await answerOfMain(window, 'tunnels.edit', { id, form: { ...kept, name: 'away' } })
      await window.getByRole('article', { name: 'away' }).getByText('Connected').waitFor({ timeout })
      const basic = (password: string) => ({
        headers: { authorization: `Basic ${Buffer.from(`:${password}`).toString('base64')}` },
      })
      const there = `${gateway.url}/~~away/`
      expect((await fetch(there, basic('SECRET of visitors'))).status).toBe(200)
      expect((await fetch(there, basic('SECRET wrong'))).status).toBe(401)

      await answerOfMain(window, 'tunnels.remove', { id: moved })
      await window.getByText('Nothing is shared yet').waitFor({ timeout })
      const left = JSON.stringify(await answerOfMain(window, 'secrets.list'))
      expect(left).not.toContain('"visitors","name":"away"')
      const short = await askMain(window, 'tunnels.askVisitors', { id, password: 'short' })
      expect(short).not.toHaveProperty('value')
    })
  },
)
