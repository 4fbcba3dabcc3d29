/** Requests of pages that do not know their prefix: found by Referer, then by the route cookie. */
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { DiallingUpstream } from '../../support/dialling-upstream.ts'
import { RawTarget } from '../../support/raw-peer.ts'
import { VirtualClock } from '../../support/virtual-clock.ts'
import { VisitorGateway } from '../../support/visitor-gateway.ts'

const clock = new VirtualClock()
let target: RawTarget
let gateway: VisitorGateway

/** The tunnels `a` and `b` lead to one raw target; `part` shares its `/app/`. */
beforeEach(async () => {
  target = await RawTarget.open()
  const upstream = (name: string, base = '/') => new DiallingUpstream(name, target.port, { base })
  const upstreams = [upstream('a'), upstream('b'), upstream('part', '/app/')]
  gateway = await VisitorGateway.open({ clock, upstreams, publicOrigin: 'https://public.example' })
})
afterEach(async () => {
  await gateway.close()
  await target.close()
})

const host = 'Host: gw.example\r\n'
const ofA = 'Referer: http://gw.example/~~a/page\r\n'
const cookieA = 'Cookie: x=y; tildegate-route=a\r\n'

async function ask(request: string, until: string | RegExp = '\r\n\r\n'): Promise<string> {
  const visitor = await gateway.visitor()
  visitor.send(request)
  const received = await visitor.until(until)
  visitor.socket.destroy()
  return received
}
const get = (path: string, headers = '') => ask(`GET ${path} HTTP/1.1\r\n${host}${headers}\r\n`)

describe('a root-relative request', () => {
  test('is redirected below the prefix of the page that asks, and nobody may keep that', async () => {
    const answer = await get('/static/app.js?v=1', ofA)
    expect(answer).toMatch(/^HTTP\/1\.1 307 /)
    expect(answer).toContain('\r\nLocation: /~~a/static/app.js?v=1\r\n')
    expect(answer).toContain('\r\nCache-Control: no-store\r\nVary: Referer, Origin, Cookie\r\n')
    expect(answer).toContain('\r\nSet-Cookie: tildegate-route=a; Path=/; HttpOnly; SameSite=Lax\r\n')
    expect(target.peers).toHaveLength(0)
  })

  test.each([
    ['the public origin', 'Referer: https://public.example/~~a/\r\n', '/~~a/x'],
    ['a Referer with an encoded tilde', 'Referer: http://gw.example/%7e~a/\r\n', '/~~a/x'],
    ['the route cookie', cookieA, '/~~a/x'],
    ['the Referer before the cookie', `Referer: http://gw.example/~~b/\r\n${cookieA}`, '/~~b/x'],
    [
      'the cookie where the page gave itself an address',
      `Referer: http://gw.example/users/7\r\n${cookieA}`,
      '/~~a/x',
    ],
    [
      'the cookie where a person comes from elsewhere',
      `Referer: https://login.example/\r\nSec-Fetch-Site: cross-site\r\nSec-Fetch-Mode: navigate\r\n${cookieA}`,
      '/~~a/x',
    ],
    [
      'the cookie for a form of a page that hides its address',
      `Origin: null\r\nSec-Fetch-Site: same-origin\r\n${cookieA}`,
      '/~~a/x',
    ],
  ])('follows %s', async (_, headers, location) => {
    const answer = await get('/x', headers)
    expect(answer).toContain(`HTTP/1.1 307 Temporary Redirect\r\nLocation: ${location}\r\n`)
  })

  test('of a page below a base loses the base', async () => {
    const page = 'Referer: http://gw.example/~~part/\r\n'
    expect(await get('/app/x?y', page)).toContain('\r\nLocation: /~~part/x?y\r\n')
    expect(await get('/app?y', page)).toContain('\r\nLocation: /~~part/?y\r\n')
    expect(await get('/application', page)).toMatch(/^HTTP\/1\.1 404 /)
  })

  test.each([
    ['nothing says whose it is', '/x', ''],
    ['another site asks', '/x', `Sec-Fetch-Site: cross-site\r\nSec-Fetch-Mode: no-cors\r\n${cookieA}`],
    [
      'another host of the domain asks',
      '/x',
      `Sec-Fetch-Site: same-site\r\nSec-Fetch-Mode: cors\r\n${cookieA}`,
    ],
    ['another origin asks', '/x', `Origin: https://evil.example\r\n${cookieA}`],
    ['a hidden origin asks', '/x', `Origin: null\r\n${cookieA}`],
    ['the Referer is of another site', '/x', 'Referer: http://evil.example/~~a/\r\n'],
    ['the Referer only looks like ours', '/x', 'Referer: http://gw.example@evil.example/~~a/\r\n'],
    ['the cookie names no tunnel', '/x', 'Cookie: tildegate-route=a/b\r\n'],
    ['the cookie has the name that TLS has', '/x', 'Cookie: __Host-tildegate-route=a\r\n'],
    ['the path looks like a tunnel', '/~~', cookieA],
    ['the path looks like a tunnel in disguise', '/%7e%7e$a/', cookieA],
    ['the path is the gateway’s own', '/.tildegate/control', ofA],
    ['the path proves who owns the gateway’s name', '/.well-known/acme-challenge/token', ofA],
    ['the path climbs', '/../x', ofA],
    ['the path climbs in disguise', '/%2e%2E/x', ofA],
    ['the path climbs later', '/x/..\\..\\y', ofA],
  ])('finds nothing where %s', async (_, path, headers) => {
    expect(await get(path, headers)).toMatch(/^HTTP\/1\.1 404 /)
  })

  test('of a tunnel that is not connected gets the same bytes as one of an unknown tunnel, whatever the cookie says', async () => {
    const pages = await Promise.all([
      ask(`GET /x HTTP/1.1\r\n${host}Referer: http://gw.example/~~gone/\r\n${cookieA}\r\n`, '</html>'),
      ask(`GET /x HTTP/1.1\r\n${host}\r\n`, '</html>'),
      ask(`GET /~~gone/x HTTP/1.1\r\n${host}\r\n`, '</html>'),
    ])
    const withoutDate = pages.map(page => page.replace(/Date: [^\r]*/, ''))
    expect(new Set(withoutDate).size).toBe(1)
    expect(withoutDate[0]).toMatch(/^HTTP\/1\.1 404 /)
  })

  test.each(['//evil.example/x', '/\\evil.example/x', '/https://evil.example/', '/%2f/evil.example'])(
    'to %s stays at the gateway',
    async path => {
      const location = /\r\nLocation: (.*)\r\n/.exec(await get(path, ofA))?.[1] ?? ''
      expect(location).toBe(`/~~a${path}`)
      expect(new URL(location, 'http://gw.example').href.startsWith('http://gw.example/~~a/')).toBe(true)
    },
  )

  test('with a body is read whole, so that a browser sees the answer, and the connection goes on', async () => {
    const visitor = await gateway.visitor()
    visitor.send(`POST /api HTTP/1.1\r\n${host}${ofA}Content-Length: 2000000\r\n\r\n`)
    visitor.send('a'.repeat(1_000_000))
    expect(visitor.received).toBe('')
    visitor.send('b'.repeat(1_000_000))
    await visitor.until('307 Temporary Redirect\r\nLocation: /~~a/api\r\n')
    visitor.clear()
    visitor.send(`GET /next HTTP/1.1\r\n${host}${ofA}\r\n`)
    await visitor.until('Location: /~~a/next\r\n')
  })

  test('whose body stops coming ends', async () => {
    const visitor = await gateway.visitor()
    visitor.send(`POST /api HTTP/1.1\r\n${host}${ofA}Content-Length: 10\r\n\r\nabc`)
    await vi.waitFor(() => expect(clock.waiting).toBeGreaterThan(0))
    await clock.pass(61_000)
    await visitor.until('HTTP/1.1 408 ')
  })

  test('that asks before it sends its body need not send it', async () => {
    const answer = await ask(
      `PUT /big HTTP/1.1\r\n${host}${ofA}Expect: 100-continue\r\nContent-Length: 10\r\n\r\n`,
    )
    expect(answer).toMatch(/^HTTP\/1\.1 307 /)
  })
})

describe('the route cookie', () => {
  const page = 'HTTP/1.1 200 OK\r\nContent-Type: text/html; charset=utf-8\r\nContent-Length: 2\r\n\r\nhi'
  const open = async (headers: string, answer = page) => {
    const visitor = await gateway.visitor()
    visitor.send(`GET /~~a/ HTTP/1.1\r\n${host}${headers}\r\n`)
    const peer = await target.next()
    const seen = await peer.until('\r\n\r\n')
    peer.send(answer)
    return { seen, received: await visitor.until('hi') }
  }
  const accept = 'Accept: text/html,*/*;q=0.8\r\n'

  test('comes with a page that is opened', async () => {
    const { received } = await open(accept)
    expect(received).toContain('\r\nSet-Cookie: tildegate-route=a; Path=/; HttpOnly; SameSite=Lax\r\n')
  })

  test('changes with the page that was opened last', async () => {
    const { received } = await open(`${accept}Cookie: tildegate-route=b\r\n`)
    expect(received).toContain('\r\nSet-Cookie: tildegate-route=a;')
  })

  test.each([
    ['that has it', `${accept}Cookie: tildegate-route=a\r\n`, page],
    ['that asks for data', 'Accept: */*\r\n', page],
    ['that fetches', `${accept}Sec-Fetch-Mode: cors\r\n`, page],
    ['that gets an image', accept, page.replace('text/html', 'image/png')],
  ])('does not come to a browser %s', async (_, headers, answer) => {
    const { received } = await open(headers, answer)
    expect(received).not.toContain('Set-Cookie')
  })

  test('is not for the target, neither to read nor to set', async () => {
    const { seen, received } = await open(
      `Cookie: tildegate-route=a; mine=1\r\n`,
      page.replace('\r\n\r\n', '\r\nSet-Cookie: tildegate-route=b; Path=/\r\nSet-Cookie: mine=2\r\n\r\n'),
    )
    expect(seen).toContain('\r\nCookie: mine=1\r\n')
    expect(received).toContain('\r\nSet-Cookie: mine=2\r\n')
    expect(received).not.toContain('tildegate-route')
  })
})

describe('a root-relative WebSocket', () => {
  const upgrade = (headers: string) =>
    `GET /live HTTP/1.1\r\n${host}Connection: Upgrade\r\nUpgrade: websocket\r\n${headers}\r\n`

  test('goes to the tunnel of the cookie without a redirect, as if it came from the target’s own page', async () => {
    const visitor = await gateway.visitor()
    visitor.send(upgrade(`Origin: http://gw.example\r\n${cookieA}`))
    const peer = await target.next()
    const seen = await peer.until('\r\n\r\n')
    expect(seen).toMatch(/^GET \/live HTTP\/1\.1\r\n/)
    expect(seen).toContain(`\r\nOrigin: http://127.0.0.1:${target.port}\r\nCookie: x=y\r\n`)
    expect(seen).toContain('\r\nX-Forwarded-Prefix: /~~a\r\n')
    peer.send(
      'HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSet-Cookie: s=1\r\n\r\nhello',
    )
    const received = await visitor.until('hello')
    expect(received).toMatch(/^HTTP\/1\.1 101 /)
    expect(received).toContain('\r\nSet-Cookie: s=1; Path=/~~a/\r\n')
    visitor.send('and back')
    await peer.until('and back')
    visitor.socket.destroy()
  })

  test.each([
    ['of another site', `Origin: https://evil.example\r\n${cookieA}`],
    ['of a hidden origin', `Origin: null\r\n${cookieA}`],
    ['of another port', `Origin: http://gw.example:8080\r\n${cookieA}`],
    ['without a cookie', 'Origin: http://gw.example\r\n'],
  ])('%s reaches nothing', async (_, headers) => {
    expect(await ask(upgrade(headers))).toMatch(/^HTTP\/1\.1 404 /)
    expect(target.peers).toHaveLength(0)
  })

  test('of no browser is redirected like any request', async () => {
    expect(await ask(upgrade(cookieA))).toContain('307 Temporary Redirect\r\nLocation: /~~a/live\r\n')
  })
})

describe('a page of another tunnel', () => {
  test('is a stranger to the target, and tells it only where it comes from', async () => {
    const visitor = await gateway.visitor()
    visitor.send(
      `POST /~~b/x HTTP/1.1\r\n${host}Origin: http://gw.example\r\n${ofA}Content-Length: 0\r\n\r\n`,
    )
    const seen = await (await target.next()).until('\r\n\r\n')
    expect(seen).toContain('\r\nOrigin: http://gw.example\r\nReferer: http://gw.example/\r\n')
  })
})
