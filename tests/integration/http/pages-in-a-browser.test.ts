/** Pages that do not know their prefix, in a real browser: two tunnels, two tabs, and what neither may do to the other. */
import { createServer, type RequestListener, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { type Browser, type BrowserContext, chromium, type Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { WebSocketServer } from 'ws'
import { hasBrowser, howToGetBrowser } from '../../support/browser.ts'
import { DiallingUpstream } from '../../support/dialling-upstream.ts'
import { chromiumPath } from '../../support/electron-standin/chromium.ts'
import { VisitorGateway } from '../../support/visitor-gateway.ts'

/** What the applications were asked for. */
const seen: string[] = []

/** An application at `/` that says who it is and what it saw. */
function application(name: string): Server {
  const answer: RequestListener = (request, response) => {
    seen.push(`${name} ${request.url}`)
    const page = `<!doctype html><link rel="icon" href="data:,"><form method="post" action="/echo"><input name="word" value="kept"><button>Go</button></form>`
    switch (request.url) {
      case '/':
        response.setHeader('Set-Cookie', [`mine=${name}; Path=/`, `wide=${name}; Path=/; Domain=localhost`])
        response.writeHead(200, { 'Content-Type': 'text/html' }).end(page)
        return
      case '/sw.js':
        response.writeHead(200, { 'Content-Type': 'text/javascript', 'Service-Worker-Allowed': '/' }).end('')
        return
      case '/echo':
        response.writeHead(200, { 'Content-Type': 'text/plain' })
        response.write(`${name} ${request.method} ${request.headers.origin} `)
        request.pipe(response)
        return
      default:
        response.end(`${name} ${request.url}`)
    }
  }
  const server = createServer(answer)
  const sockets = new WebSocketServer({ server })
  sockets.on('connection', (socket, { url, headers }) => socket.send(`${name} ${url} ${headers.origin}`))
  return server.listen(0, '127.0.0.1')
}

const portOf = (server: Server) => (server.address() as AddressInfo).port
const fetched = (page: Page, path: string) =>
  page.evaluate(where => fetch(where).then(answer => answer.text()), path)
const heard = (page: Page, url: string) =>
  page.evaluate(
    where =>
      new Promise<string>(resolve => {
        const socket = new WebSocket(where)
        socket.onmessage = ({ data }) => resolve(String(data))
        socket.onerror = () => resolve('refused')
      }),
    url,
  )

describe.skipIf(!hasBrowser)(
  `pages below a prefix, in a browser${hasBrowser ? '' : ` ${howToGetBrowser}`}`,
  () => {
    const applications = new Map(['a', 'b'].map(name => [name, application(name)]))
    let browser: Browser
    let gateway: VisitorGateway
    let context: BrowserContext
    let at: string

    beforeAll(async () => {
      const args = ['--no-sandbox', '--no-proxy-server']
      browser = await chromium.launch({ executablePath: chromiumPath() ?? '', args })
      const upstreams = [...applications].map(([name, server]) => new DiallingUpstream(name, portOf(server)))
      gateway = await VisitorGateway.open({ upstreams, hostMode: 'localhost' })
      at = `localhost:${gateway.port}`
    })
    afterAll(async () => {
      await browser?.close()
      await gateway?.close()
      for (const server of applications.values()) server.close().closeAllConnections()
    })
    beforeEach(async () => {
      context = await browser.newContext()
    })
    afterEach(() => context.close())

    async function open(url: string): Promise<Page> {
      const page = await context.newPage()
      await page.goto(url)
      return page
    }

    test('each tab gets its own tunnel', async () => {
      const a = await open(`http://${at}/~~a/`)
      const b = await open(`http://${at}/~~b/`)
      expect(await fetched(a, '/who')).toBe('a /who')
      expect(await fetched(b, '/who')).toBe('b /who')
    })

    test('a WebSocket goes to the tab that was opened, or asked, last', async () => {
      const a = await open(`http://${at}/~~a/`)
      await open(`http://${at}/~~b/`)
      const own = (name: string) =>
        `${name} /live http://127.0.0.1:${portOf(applications.get(name) as Server)}`
      expect(await heard(a, `ws://${at}/live`)).toBe(own('b'))
      await fetched(a, '/who')
      expect(await heard(a, `ws://${at}/live`)).toBe(own('a'))
    })

    test('an address that a page gave itself works, and is mended by a reload', async () => {
      const page = await open(`http://${at}/~~a/`)
      await page.evaluate(() => history.pushState(undefined, '', '/users/7'))
      expect(await fetched(page, 'who')).toBe('a /users/who')
      await page.reload()
      expect(page.url()).toBe(`http://${at}/~~a/users/7`)
    })

    test('a form keeps its method and what was typed, and counts as the application’s own', async () => {
      const page = await open(`http://${at}/~~a/`)
      await page.click('button')
      await page.waitForURL(`http://${at}/~~a/echo`)
      const origin = `http://127.0.0.1:${portOf(applications.get('a') as Server)}`
      expect(await page.locator('body').textContent()).toBe(`a POST ${origin} word=kept`)
    })

    test('cookies stay with their tunnel', async () => {
      const a = await open(`http://${at}/~~a/`)
      const b = await open(`http://${at}/~~b/`)
      expect(await a.evaluate(() => document.cookie)).toBe('mine=a; wide=a')
      expect(await b.evaluate(() => document.cookie)).toBe('mine=b; wide=b')
      const own = await open(`http://a.${at}/`)
      expect(await own.evaluate(() => document.cookie)).toBe('mine=a; wide=a')
      const sibling = await open(`http://b.${at}/who`)
      expect(await sibling.evaluate(() => document.cookie)).toBe('')
    })

    test('no service worker gets beyond its tunnel', async () => {
      const page = await open(`http://${at}/~~a/`)
      const register = (script: string, scope: string) =>
        page.evaluate(
          ([file = '', reach = '']) =>
            navigator.serviceWorker.register(file, { scope: reach }).then(
              ({ scope: reached }) => new URL(reached).pathname,
              (error: Error) => error.name,
            ),
          [script, scope],
        )
      expect(await register('/sw.js', '/')).toBe('SecurityError')
      expect(await register('sw.js', '/')).toBe('SecurityError')
      expect(await register('sw.js', '/~~b/')).toBe('SecurityError')
      expect(await register('sw.js', './')).toBe('/~~a/')
    })

    test('another site gets nothing, although the browser has the cookie', async () => {
      await open(`http://${at}/~~a/`)
      // Another origin, but the same site: SameSite cookies come along.
      const stranger = await open(`http://localhost:${portOf(applications.get('b') as Server)}/who`)
      expect(await heard(stranger, `ws://${at}/live`)).toBe('refused')
      seen.length = 0
      await stranger.evaluate(
        url => fetch(url, { mode: 'no-cors', credentials: 'include' }).then(() => {}),
        `http://${at}/who`,
      )
      expect(seen).toEqual([])
      // The host of a tunnel is open to all, and the target is told who asks.
      expect(await heard(stranger, `ws://a.${at}/live`)).toContain(`a /live http://localhost:`)
    })
  },
)
