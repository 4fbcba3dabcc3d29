/** A visitor's real browser over HTTP/2, through the built gateway and agent: pages, WebSockets, logins of connections. */
import { createServer, type Server } from 'node:http'
import { join } from 'node:path'
import { afterEach, describe, expect, it } from 'vitest'
import { WebSocketServer } from 'ws'
import { hasBrowser, howToGetBrowser, openBrowserPage } from '../support/browser.ts'
import { temporaryFolder } from '../support/files.ts'
import { listening } from '../support/listening.ts'
import { ntlmSite } from '../support/ntlm-site.ts'
import { startAgent, startGateway, stopAll } from '../support/programs.ts'

const patience = { timeout: 60_000, interval: 100 }
const pictures = 60

/** A page of many parts, which says what a WebSocket told it. */
function manyParts(): Server {
  const images = Array.from({ length: pictures }, (_, at) => `<img src="image/${at}.svg" alt="">`).join('')
  const server = createServer((request, response) => {
    const path = request.url ?? ''
    if (path === '/') {
      response.setHeader('Content-Type', 'text/html')
      response.end(
        `<!doctype html><link rel="icon" href="data:,"><title>Many parts</title><script src="script.js" defer></script><p id="heard"></p>${images}`,
      )
    } else if (path === '/script.js') {
      response.setHeader('Content-Type', 'text/javascript')
      response.end(
        `const socket = new WebSocket('live'); socket.onmessage = ({ data }) => { heard.textContent = data }`,
      )
    } else {
      response.setHeader('Content-Type', 'image/svg+xml')
      response.end(
        '<svg xmlns="http://www.w3.org/2000/svg" width="3" height="3"><rect width="3" height="3"/></svg>',
      )
    }
  })
  const sockets = new WebSocketServer({ server, path: '/live' })
  sockets.on('connection', socket => socket.send('a WebSocket'))
  return server
}

async function startTunnel(site: Server) {
  const target = `http://127.0.0.1:${await listening(site)}`
  const balance = join(temporaryFolder({ 'balance.bin': '/~~pc=pw#:*;\n' }), 'balance.bin')
  const gateway = await startGateway(['--listen-tls', '127.0.0.1:0', '--balance', balance])
  await startAgent(['--line', `/~~pc=pw#${gateway.host} => ${target};`])
  return { gateway, url: `${gateway.url}/~~pc/` }
}

describe.skipIf(!hasBrowser)(`a real browser by HTTP/2 ${howToGetBrowser}`, () => {
  afterEach(stopAll)

  it('opens a page of many parts over one connection, and its WebSocket over one of its own', {
    timeout: 180_000,
  }, async () => {
    const { url } = await startTunnel(manyParts())
    const { page, answers, complaints } = await openBrowserPage({ ignoreHTTPSErrors: true })
    await page.goto(url, { timeout: 60_000 })
    await expect.poll(() => page.locator('#heard').textContent(), patience).toBe('a WebSocket')
    await expect
      .poll(
        () => page.evaluate('Array.from(document.images).filter(one => one.naturalWidth === 3).length'),
        patience,
      )
      .toBe(pictures)
    const protocols: string[] = await page.evaluate(
      `[...performance.getEntriesByType('navigation'), ...performance.getEntriesByType('resource')].map(one => one.nextHopProtocol)`,
    )
    expect(protocols).toHaveLength(pictures + 2)
    expect(new Set(protocols)).toEqual(new Set(['h2']))
    expect(answers.every(({ status }) => status === 200)).toBe(true)
    expect(complaints).toEqual([])
  })

  it('comes by HTTP/1.1 to a target that logs connections in, and is let in', {
    timeout: 180_000,
  }, async () => {
    const { url, gateway } = await startTunnel(ntlmSite())
    const { page } = await openBrowserPage({
      ignoreHTTPSErrors: true,
      httpCredentials: { username: 'ada', password: 'lovelace' },
    })
    await page.goto(url, { timeout: 60_000 })
    expect(await page.locator('h1').textContent()).toBe('Welcome inside')
    const requests = () =>
      gateway.program.stderr.flatMap(line => {
        const { msg, http, status } = JSON.parse(line) as Record<string, unknown>
        return msg === 'request' ? [`${http}: ${status}`] : []
      })
    // Refused, challenged, and served.
    await expect.poll(requests, patience).toEqual(['2: 0', '1.1: 401', '1.1: 401', '1.1: 200'])
  })
})
