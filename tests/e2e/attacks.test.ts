/** What a hostile page, link or name could try on the app. */
import { once } from 'node:events'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { describe, expect, it, onTestFinished } from 'vitest'
import { isStandInThere, standInNeeds, windowTestMs } from '../support/app/launch-app.ts'
import { askMain } from '../support/electron-standin/ask-main.ts'
import { startApp } from '../support/electron-standin/start-app.ts'
import { runGateway } from '../support/running-gateway.ts'

const refused = { ok: false, failure: { code: 'ipc-refused' } }

async function foreignSite(): Promise<string> {
  const server = createServer((_, response) =>
    response.setHeader('Content-Type', 'text/html').end('<title>evil</title>'),
  )
  server.listen(0, '127.0.0.1')
  await new Promise(resolve => server.once('listening', resolve))
  onTestFinished(() => void server.close())
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/`
}

/** On one of the usual ports that nobody here uses. */
async function listenWhereServicesAre(server: Server): Promise<void> {
  onTestFinished(() => void server.close())
  for (const port of [7878, 8989, 9117, 8787, 6052]) {
    const listened = once(server, 'listening').then(
      () => true,
      () => false,
    )
    server.listen(port, '127.0.0.1')
    if (await listened) return
  }
  throw new Error('no usual port is free')
}

describe.skipIf(!isStandInThere)(`an attack ${standInNeeds}`, { timeout: windowTestMs }, () => {
  it('by a page that leads the window away is refused', async () => {
    const evil = await foreignSite()
    const app = await startApp()
    const window = await app.window()
    await window.getByText('Nothing is shared yet').waitFor()
    const left = window.waitForEvent('requestfailed', request => request.url() === evil)
    await window.evaluate(url => location.assign(url), evil)
    await left
    await window.getByText('Nothing is shared yet').waitFor()
    expect(new URL(window.url()).pathname).toBe('/index.html')
  })

  it('by a page that opens windows is refused', async () => {
    const app = await startApp()
    const window = await app.window()
    await window.getByText('Nothing is shared yet').waitFor()
    const closed = window.waitForEvent('popup').then(async popup => {
      if (!popup.isClosed()) await popup.waitForEvent('close')
    })
    await window.evaluate(() => void open('https://evil.example/'))
    await closed
    expect(app.machine.windows.size).toBe(1)
    expect(app.machine.opened).toEqual([])
  })

  it('by a foreign page in the window that has the bridge gets no answer', async () => {
    const evil = await foreignSite()
    const app = await startApp()
    const window = await app.window()
    await window.getByText('Nothing is shared yet').waitFor()
    const [shown] = app.machine.windows
    await shown?.loadURL(evil)
    expect(await window.title()).toBe('evil')
    for (const [group, call] of [
      ['tunnels', 'list'],
      ['settings', 'read'],
      ['file', 'read'],
    ] as const)
      expect(await askMain(window, `${group}.${call}`)).toMatchObject(refused)
  })

  it.each([
    ['an argument of another shape', 'tunnels', 'turn', { id: 'x', isOn: 'yes' }],
    ['a field too many', 'tunnels', 'turn', { id: 'x', isOn: true, path: '/etc/passwd' }],
    ['an oversized argument', 'file', 'check', { text: 'x'.repeat(3_000_000), revision: 'x' }],
    ['an argument where none belongs', 'settings', 'read', { a: 1 }],
    ['a setting that is none', 'settings', 'change', { userData: '/tmp' }],
  ])('by %s is refused', async (_, group, call, argument) => {
    const app = await startApp()
    const window = await app.window()
    await window.getByText('Nothing is shared yet').waitFor()
    expect(await askMain(window, `${group}.${call}`, argument)).toMatchObject(refused)
  })

  it('by naming an address to be opened finds no such call, and a name is looked up among the tunnels', async () => {
    const app = await startApp()
    const window = await app.window()
    await window.getByText('Nothing is shared yet').waitFor()
    expect(await askMain(window, 'address.open', { id: 'https://evil.example/' })).toMatchObject({
      ok: false,
      failure: { code: 'tunnel-not-listed' },
    })
    expect(await askMain(window, 'address.open', { url: 'https://evil.example/' })).toMatchObject(refused)
    expect(app.machine.opened).toEqual([])
  })

  it('by a script in the page has nothing of Node and can run nothing from elsewhere', async () => {
    const app = await startApp()
    const window = await app.window()
    await window.getByText('Nothing is shared yet').waitFor()
    const seen = await window.evaluate(() => {
      const script = document.createElement('script')
      script.textContent = 'window.inlineRan = true'
      document.body.append(script)
      const world = window as unknown as Record<string, unknown>
      return [
        typeof world['require'],
        typeof world['process'],
        typeof world['inlineRan'],
        typeof world['sendToMain'],
      ]
    })
    expect(seen).toEqual(['undefined', 'undefined', 'undefined', 'undefined'])
    await expect(window.evaluate(() => fetch('https://evil.example/'))).rejects.toThrow()
  })

  it('by asking for camera, place or notifications is refused', async () => {
    const app = await startApp()
    await (await app.window()).getByText('Nothing is shared yet').waitFor()
    const { request, check } = app.machine.permissions
    const decided: unknown[] = []
    const decide = (is: boolean) => decided.push(is)
    for (const permission of ['media', 'geolocation', 'notifications', 'openExternal'])
      (request as ((...args: unknown[]) => void) | undefined)?.({}, permission, decide)
    expect(decided).toEqual([false, false, false, false])
    expect((check as (() => boolean) | undefined)?.()).toBe(false)
  })

  it.each(['tildegate://remove?id=home', 'tildegate://add?line=a%0Ab', 'tildegate://evil/add'])(
    'by the link %s does nothing but show the window',
    async link => {
      const app = await startApp({ arguments: ['--hidden'] })
      app.machine.app.emit('second-instance', {}, ['tildegate', link])
      await (await app.window()).getByText('Nothing is shared yet').waitFor()
    },
  )

  it('by the title of a local service with HTML in it is shown as text', async () => {
    const title = '<b>Bank</b><img src=x onerror="document.title=1">'
    const escaped = title.replaceAll('<', '&lt;').replaceAll('>', '&gt;')
    const server = createServer((_, res) => res.end(`<!doctype html><title>${escaped}</title>`))
    await listenWhereServicesAre(server)
    const app = await startApp()
    const window = await app.window()
    await window.getByRole('button', { name: 'Share something' }).click()
    await window.getByText(title).first().waitFor()
    expect(await window.locator('main b, main img').count()).toBe(0)
    expect(await window.title()).toBe('Tildegate')
  })

  it('by words of a gateway with HTML in them is shown as text', async () => {
    const { port } = await runGateway({ balance: '/~~home=pw#:*;\n' })
    const name = 'home'
    const app = await startApp({
      files: { 'backbalance.bin': `/~~${name}=pw#http://127.0.0.1:${port} -> a<b>c@127.0.0.1:1;\n` },
    })
    const window = await app.window()
    await window.getByRole('article', { name }).waitFor()
    expect(await window.locator('article b').count()).toBe(0)
  })
})
