/** A password for visitors, with the built programs and a real browser: set, asked, typed, logged out, changed. */
import { join } from 'node:path'
import { afterEach, describe, expect, it } from 'vitest'
import { hasBrowser, howToGetBrowser, openBrowserPage } from '../support/browser.ts'
import { temporaryFolder } from '../support/files.ts'
import { startGateway, startProgram, stopAll } from '../support/programs.ts'
import { bare, run } from './secrets-scene.ts'

const password = 'SECRET für Besucher'
const patience = { timeout: 60_000, interval: 100 }

/** A gateway, the store of a user without a keychain, and the agent of an entry that asks. */
async function scene() {
  const folder = temporaryFolder({ 'balance.bin': '/~~homePC=pw#:*;\n' })
  const gateway = await startGateway(['--listen', '127.0.0.1:0', '--balance', join(folder, 'balance.bin')])
  const env = { ...bare(), TILDEGATE_SECRET_STORE: 'file' }
  const account = ['--visitors', `homePC@${gateway.host}`]
  const entry = `/~~homePC=pw#http://${gateway.host} => visitors=keychain;`
  const cwd = temporaryFolder({ 'backbalance.bin': `${entry}\n` })
  const set = (input: string) => run(['secret', 'set', ...account], { env, input })
  const state = { STATE_DIRECTORY: join(cwd, 'state') }
  const start = () => startProgram(['agent', '--target', 'sample:'], { env: { ...env, ...state }, cwd })
  return { url: `${gateway.url}/~~homePC/`, env, cwd, account, set, start }
}

describe('a password for visitors', { timeout: 120_000 }, () => {
  afterEach(stopAll)

  it('is asked for by name or for a whole file, listed without it, and needed by the agent', async () => {
    const { env, cwd, account, set } = await scene()
    const [, whose = ''] = account
    const needy = startProgram(['agent', '--once'], { env, cwd })
    expect(await needy.ended).toBe(1)
    expect(needy.stderr.join('\n')).toContain(`tildegate secret set --visitors ${whose}`)
    expect((await run(['secret', 'list', '--file', 'backbalance.bin'], { env, cwd })).stdout).toContain(
      `missing  visitors ${whose}`,
    )
    expect((await set(password)).stderr).toContain(`Stored in the file store: visitors ${whose}`)
    const listed = await run(['secret', 'list', '--file', 'backbalance.bin'], { env, cwd })
    expect([listed.status, listed.stdout]).toEqual([0, `stored   visitors ${whose}`])
    const tested = await run(['test'], { env, cwd })
    expect([tested.status, tested.stderr]).toEqual([0, ''])
    const deleted = await run(['secret', 'delete', ...account], { env })
    expect(deleted.stderr).toContain('Deleted')
  })

  it('in the file itself is an error that does not show it', async () => {
    const { env } = await scene()
    const cwd = temporaryFolder({ 'backbalance.bin': '/~~a=#gw:1 => visitors=SECRETplain;\n' })
    const { status, stdout, stderr } = await run(['check', 'backbalance.bin'], { env, cwd })
    expect(status).toBe(1)
    expect(stdout + stderr).toContain('visitors=keychain')
    expect(stdout + stderr).not.toContain('SECRET')
  })

  it.skipIf(!hasBrowser)(
    `opens the page in a browser, over a restart of the agent, until the visitor logs out or it is changed ${howToGetBrowser}`,
    async () => {
      const { url, set, start } = await scene()
      await set(password)
      let agent = start()
      await agent.line(/^agent ready /)
      const restart = async () => {
        agent.signal('SIGTERM')
        await agent.ended
        agent = start()
        await agent.line(/^agent ready /)
      }
      const { page, answers } = await openBrowserPage()
      const heading = () => page.locator('h1').textContent()
      await page.goto(`${url}?from=a link`)
      await expect.poll(heading, patience).toBe('This address asks for a password')
      expect(answers.every(({ status }) => status === 401)).toBe(true)
      const field = page.getByLabel('Password')
      await field.fill('wrong')
      await page.getByRole('button', { name: 'Open' }).click()
      await expect.poll(heading, patience).toBe('This password is wrong')
      await field.fill(password)
      await page.getByRole('button', { name: 'Open' }).click()
      // The sample page: its WebSocket and events get through as well.
      await expect.poll(() => page.locator('#echoed').textContent(), patience).toBe('connected')
      expect(page.url()).toBe(`${url}?from=a%20link`)
      expect(await page.evaluate('document.cookie')).toBe('')

      await restart()
      await page.goto(url)
      await expect.poll(() => page.locator('#echoed').textContent(), patience).toBe('connected')

      await page.goto(`${url}.tildegate/logout`)
      await page.getByRole('button', { name: 'Log out' }).click()
      await expect.poll(heading, patience).toBe('This address asks for a password')
      await page.getByLabel('Password').fill(password)
      await page.getByRole('button', { name: 'Open' }).click()
      await expect.poll(() => page.locator('#echoed').textContent(), patience).toBe('connected')

      await set('SECRET another')
      await restart()
      await page.goto(url)
      await expect.poll(heading, patience).toBe('This address asks for a password')
      await page.getByLabel('Password').fill('SECRET another')
      await page.getByRole('button', { name: 'Open' }).click()
      await expect.poll(() => page.locator('#echoed').textContent(), patience).toBe('connected')
      expect([...agent.stdout, ...agent.stderr].join()).not.toContain('SECRET')
    },
  )
})
