/** Who may use the admin listener, and which pages of the web may not: token, login, origins, names. */
import { describe, expect, test } from 'vitest'
import type { GatewayLimits } from '../../../gateway/limits.ts'
import { Secret } from '../../../shared/secret.ts'
import { ask, openEvents } from '../../support/admin-client.ts'
import { runGateway } from '../../support/running-gateway.ts'
import { VirtualClock } from '../../support/virtual-clock.ts'

const token = 'a-token-of-sixteen-bytes-and-more'
const bearer = { authorization: `Bearer ${token}` }

async function admin({ isOpen = false, limits = {} as Partial<GatewayLimits> } = {}) {
  const clock = new VirtualClock()
  const address = { host: '127.0.0.1', port: 0, ...(isOpen ? {} : { token: Secret.fromText(token) }) }
  const running = await runGateway({ admin: address, clock, limits })
  const url = running.gateway.admin?.url ?? ''
  /** As our own page asks. */
  const page = { origin: url, 'x-tildegate-dashboard': '1', 'sec-fetch-site': 'same-origin' }
  const login = (given: string, headers: Readonly<Record<string, string>> = page) =>
    ask(`${url}/api/login`, { method: 'POST', headers, body: JSON.stringify({ token: given }) })
  const cookieOf = async () => (await login(token)).headers['set-cookie']?.[0]?.split(';')[0] ?? ''
  const state = async (headers: Readonly<Record<string, string>>) =>
    (await ask(`${url}/api/state`, { headers })).status
  const post = async (path: string, headers: Readonly<Record<string, string>>) =>
    (await ask(`${url}${path}`, { method: 'POST', headers })).status
  return { ...running, clock, url, page, login, cookieOf, state, post }
}

describe('with a token', () => {
  test('nothing is told without it, and the page that asks for it is served', async () => {
    const { url } = await admin()
    for (const path of ['/healthz', '/readyz', '/metrics', '/api/state', '/api/events', '/api/else'])
      expect((await ask(`${url}${path}`)).status, path).toBe(401)
    expect(await ask(`${url}/`)).toMatchObject({ status: 307, headers: { location: 'dashboard/' } })
    expect((await ask(`${url}/dashboard/`)).status).toBe(200)
  })

  test('a login gives a cookie that no script can read and no other site can send', async () => {
    const { login, state, url } = await admin()
    const { status, headers } = await login(token)
    expect(status).toBe(204)
    const [cookie = ''] = headers['set-cookie'] ?? []
    expect(cookie).toMatch(/^tildegate-admin=[\w-]{43}; Path=\/; Max-Age=43200; HttpOnly; SameSite=Strict$/)
    expect(cookie).not.toContain(token)
    expect(await state({ cookie: cookie.split(';')[0] ?? '' })).toBe(200)
    expect((await ask(`${url}/metrics`, { headers: bearer })).status).toBe(200)
  })

  test('behind something that ends TLS the cookie is for TLS alone', async () => {
    const { login } = await admin()
    const headers = { host: 'admin.example', origin: 'https://admin.example', 'x-tildegate-dashboard': '1' }
    const { status, headers: answer } = await login(token, headers)
    expect(status).toBe(204)
    expect(answer['set-cookie']?.[0]).toMatch(/; Secure$/)
  })

  test('a login ends by logging out, with its open dashboards, and by itself after a while', async () => {
    const { cookieOf, state, post, page, clock, url } = await admin()
    const [one, other] = [await cookieOf(), await cookieOf()]
    const events = await openEvents(`${url}/api/events`, { cookie: one })
    expect((await events.next())?.name).toBe('state')
    expect(await post('/api/logout', { ...page, cookie: one })).toBe(204)
    await clock.pass(1_000)
    while ((await events.next()) !== undefined);
    expect(await state({ cookie: one })).toBe(401)
    expect(await state({ cookie: other })).toBe(200)
    await clock.pass(12 * 3_600_000)
    expect(await state({ cookie: other })).toBe(401)
  })

  test('the cookie, which browsers send to every port of the host, is kept from targets', async () => {
    const { cookieOf, agent, url, ...running } = await admin()
    await agent({ target: (request, response) => void response.end(request.headers.cookie ?? 'none') })
    const visitors = running.gateway.listeners[0]?.url ?? ''
    const cookie = await cookieOf()
    const seen = async (sent: string) => (await ask(`${visitors}/~~srv/`, { headers: { cookie: sent } })).text
    expect(await seen(`${cookie}; theirs=1`)).toBe('theirs=1')
    expect(await seen(cookie)).toBe('none')
  })

  test('cookies of the same name, which a page of another port can set, do not hide the login', async () => {
    const { cookieOf, state } = await admin()
    const theirs = Array.from({ length: 40 }, (_, i) => `tildegate-admin=theirs${i}`).join('; ')
    expect(await state({ cookie: theirs })).toBe(401)
    expect(await state({ cookie: `${theirs}; ${await cookieOf()}` })).toBe(200)
  })

  test('of too many logins the oldest ends', async () => {
    const { cookieOf, state } = await admin({ limits: { adminLogins: 2 } })
    const cookies = [await cookieOf(), await cookieOf(), await cookieOf()]
    expect(await Promise.all(cookies.map(cookie => state({ cookie })))).toEqual([401, 200, 200])
  })

  test('after too many wrong tokens from an address none is looked at, for a minute', async () => {
    const { login, state, clock, lines, cookieOf } = await admin({
      limits: { wrongTokensPerAddressPerMinute: 3 },
    })
    const cookie = await cookieOf()
    expect((await login('wrong')).status).toBe(401)
    expect(await state({ authorization: 'Bearer wrong' })).toBe(401)
    expect((await login('wrong again')).status).toBe(401)
    expect(await login(token)).toMatchObject({ status: 429, headers: { 'retry-after': '60' } })
    expect(await state(bearer)).toBe(429)
    // Who is in stays in.
    expect(await state({ cookie })).toBe(200)
    expect(lines.some(line => line.includes('"limit":"wrong-admin-tokens"'))).toBe(true)
    expect(lines.join()).not.toContain('wrong again')
    await clock.pass(60_001)
    expect((await login(token)).status).toBe(204)
  })

  test.each([
    ['an empty body', ''],
    ['no JSON', '{'],
    ['a token that is no text', '{"token":1}'],
    ['more than a form holds', JSON.stringify({ token: 'x'.repeat(5_000) })],
  ])('a login with %s is refused', async (_, body) => {
    const { url, page } = await admin()
    expect((await ask(`${url}/api/login`, { method: 'POST', headers: page, body })).status).toBe(400)
  })
})

describe('what changes something', () => {
  test('must come from the page itself, where a browser would add the cookie', async () => {
    const { cookieOf, post, page, agent, url } = await admin()
    const twin = await agent()
    const cookie = await cookieOf()
    const drop = '/api/tunnels/srv/drop'
    const { origin: _, ...withoutOrigin } = page
    const { 'x-tildegate-dashboard': __, ...withoutHeader } = page
    for (const [headers, status] of [
      [{ ...page, cookie, origin: 'https://evil.example' }, 403],
      [{ ...page, cookie, origin: 'null' }, 403],
      // Another port of this computer: the same site to a browser, so that it sends the cookie.
      [{ ...page, cookie, origin: 'http://127.0.0.1:1', 'sec-fetch-site': 'same-site' }, 403],
      [{ ...page, cookie, 'sec-fetch-site': 'cross-site' }, 403],
      [{ ...withoutOrigin, cookie }, 403],
      [{ ...withoutHeader, cookie }, 403],
      [page, 401],
    ] as const)
      expect(await post(drop, headers), JSON.stringify(headers)).toBe(status)
    expect((await ask(`${url}${drop}`, { headers: { cookie } })).status).toBe(404)
    expect(twin.frames.some(({ type }) => type === 'close')).toBe(false)
    expect(await post(drop, { ...page, cookie })).toBe(204)
    expect(await twin.frame('close')).toMatchObject({ code: 2, text: 'dropped by the admin' })
  })

  test('needs nothing else beside the token in its header, which no browser adds by itself', async () => {
    const { post, agent } = await admin()
    await agent()
    expect(await post('/api/tunnels/srv/drop', { ...bearer, origin: 'https://evil.example' })).toBe(403)
    expect(await post('/api/tunnels/srv/drop', bearer)).toBe(204)
    expect(await post('/api/tunnels/srv/drop', bearer)).toBe(404)
    expect(await post('/api/tunnels/%zz/drop', bearer)).toBe(404)
  })

  test('knows no other methods', async () => {
    const { url } = await admin()
    for (const method of ['PUT', 'DELETE', 'OPTIONS', 'PATCH'])
      expect((await ask(`${url}/api/tunnels/srv/drop`, { method, headers: bearer })).status).toBe(405)
  })
})

describe('without a token', () => {
  test('this computer is told all, and may drop from the page alone', async () => {
    const { state, post, page, agent } = await admin({ isOpen: true })
    await agent()
    expect(await state({})).toBe(200)
    expect(await post('/api/tunnels/srv/drop', {})).toBe(403)
    expect(await post('/api/tunnels/srv/drop', page)).toBe(204)
    expect(await post('/api/login', page)).toBe(400)
  })

  test('a foreign name that was rebound to this computer gets nothing, not even the page', async () => {
    const { url } = await admin({ isOpen: true })
    const port = new URL(url).port
    const rebound = {
      host: `evil.example:${port}`,
      origin: `http://evil.example:${port}`,
      'x-tildegate-dashboard': '1',
    }
    for (const path of ['/', '/dashboard/', '/api/state', '/api/events', '/metrics'])
      expect((await ask(`${url}${path}`, { headers: rebound })).status, path).toBe(401)
    expect((await ask(`${url}/api/tunnels/srv/drop`, { method: 'POST', headers: rebound })).status).toBe(401)
    for (const host of ['localhost', '127.0.0.1', '[::1]'])
      expect((await ask(`${url}/api/state`, { headers: { host: `${host}:${port}` } })).status, host).toBe(200)
  })

  test('a page of another origin is told nothing, also where it cannot read it, but a link leads here', async () => {
    const { state, url } = await admin({ isOpen: true })
    expect(await state({ origin: 'https://evil.example' })).toBe(403)
    expect(await state({ 'sec-fetch-site': 'cross-site', 'sec-fetch-mode': 'no-cors' })).toBe(403)
    const framed = {
      'sec-fetch-site': 'cross-site',
      'sec-fetch-mode': 'navigate',
      'sec-fetch-dest': 'iframe',
    }
    expect((await ask(`${url}/dashboard/`, { headers: framed })).status).toBe(403)
    const followed = { ...framed, 'sec-fetch-dest': 'document' }
    expect((await ask(`${url}/dashboard/`, { headers: followed })).status).toBe(200)
  })
})
