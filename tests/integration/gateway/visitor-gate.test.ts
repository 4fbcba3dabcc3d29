/** Tunnels that ask visitors for a password, at a whole gateway: who gets in by what, and what the target sees of it. */
import { once } from 'node:events'
import type { IncomingHttpHeaders, RequestListener } from 'node:http'
import { describe, expect, test } from 'vitest'
import { WebSocket, WebSocketServer } from 'ws'
import { asBrowser, basic, GatedVisitor, visitorsOf } from '../../support/gated-visitor.ts'
import { RawPeer } from '../../support/raw-peer.ts'
import { runGateway } from '../../support/running-gateway.ts'
import { ShiftedClock } from '../../support/shifted-clock.ts'

const password = 'open sesame ä'

/** A gateway, a tunnel with a gate, and what its target was asked. */
async function gatedGateway(options: Parameters<typeof runGateway>[0] = {}, target: RequestListener = page) {
  const running = await runGateway(options)
  const seen: { url: string; headers: IncomingHttpHeaders }[] = []
  const visitors = await visitorsOf(password)
  const agent = await running.agent({
    hello: { visitors },
    target: (request, response) => {
      seen.push({ url: request.url ?? '', headers: request.headers })
      target(request, response)
    },
  })
  return { ...running, agent, visitors, seen, visitor: () => new GatedVisitor(running.url) }
}

const page: RequestListener = (_, response) => {
  response.setHeader('Content-Type', 'text/html')
  response.end('<p>inside</p>')
}

describe('a tunnel that asks for a password', () => {
  test('is told by WELCOME that its visitors are asked', async () => {
    const { agent } = await gatedGateway()
    expect(agent.welcome.visitors).toBe(true)
  })

  test('shows a browser the login page in its language, and asks the agent for nothing', async () => {
    const { visitor, seen, agent } = await gatedGateway({ limits: { sparesMin: 0, sparesMax: 0 } })
    const texts = {
      en: 'This address asks for a password',
      de: 'Diese Adresse fragt',
      fr: 'Cette adresse demande',
    }
    for (const [language, text] of Object.entries(texts)) {
      const { status, headers, body } = await visitor().ask('/~~srv/some/page?q="><script>', {
        headers: { 'accept-language': language },
      })
      expect(status).toBe(401)
      expect(headers['www-authenticate']).toMatch(/^Form /)
      expect(headers['content-language']).toBe(language)
      expect(headers['cache-control']).toBe('no-store')
      expect(headers['content-security-policy']).toMatch(
        /default-src 'none'.*form-action 'self'; frame-ancestors 'none'/,
      )
      expect(body).toContain(text)
      expect(body).toContain('value="some/page?q=&#34;&#62;&#60;script&#62;"')
      expect(body).toContain('action="/~~srv/.tildegate/login"')
    }
    expect(seen).toEqual([])
    expect(agent.frames.filter(({ type }) => type === 'open')).toEqual([])
  })

  test('lets in who knows it, back to where they wanted to go, and shows the target nothing of that', async () => {
    const { visitor, seen } = await gatedGateway()
    const someone = visitor()
    const login = await someone.logIn('/~~srv/', password, { back: 'some/page?q=1' })
    expect([login.status, login.headers.location]).toEqual([303, '/~~srv/some/page?q=1'])
    expect(login.headers['set-cookie']?.[0]).toMatch(
      /^tildegate-visitor=1\.[^;]+; Path=\/~~srv\/; HttpOnly; SameSite=Lax; Max-Age=604800$/,
    )
    const inside = await someone.ask('/~~srv/some/page?q=1', {
      headers: { cookie: `a=1; ${someone.cookiesFor('/~~srv/')}; b=2` },
    })
    expect([inside.status, inside.body]).toEqual([200, '<p>inside</p>'])
    expect(inside.headers['cache-control']).toBe('private')
    expect(seen[0]?.headers.cookie).toBe('a=1; b=2')
    expect(JSON.stringify(seen)).not.toMatch(/tildegate-|sesame/)
  })

  test('leaves a login that is meant for the target alone, once the visitor is logged in', async () => {
    const { visitor, seen } = await gatedGateway()
    const someone = visitor()
    await someone.logIn('/~~srv/', password)
    await someone.ask('/~~srv/', { headers: basic('of the target') })
    expect(seen[0]?.headers.authorization).toBe(basic('of the target').authorization)
  })

  test('lets programs in by Basic, whatever the user’s name, and keeps that from the target', async () => {
    const { url, seen } = await gatedGateway()
    const program = new GatedVisitor(url, { accept: '*/*' })
    const refused = await program.ask('/~~srv/x')
    expect([refused.status, refused.headers['www-authenticate']]).toEqual([
      401,
      'Basic realm="/~~srv/", charset="UTF-8"',
    ])
    const let_in = await program.ask('/~~srv/x', { headers: basic(password, 'me') })
    expect(let_in.status).toBe(200)
    expect(seen[0]?.headers.authorization).toBeUndefined()
    const json = await program.ask('/~~srv/x', { headers: { accept: 'application/json', ...basic('wrong') } })
    expect(json.status).toBe(401)
    expect((JSON.parse(json.body) as { error: { code: string } }).error.code).toBe('visitor-password-wrong')
  })

  test('does not make a browser open its own window for a picture or a fetch', async () => {
    const { visitor } = await gatedGateway()
    for (const headers of [{ accept: '*/*' }, { accept: 'image/*', 'sec-fetch-mode': 'no-cors' }]) {
      const { status, headers: got } = await visitor().ask('/~~srv/x.png', { headers })
      expect([status, got['www-authenticate']]).toEqual([401, 'Form realm="/~~srv/"'])
    }
  })

  test('takes no login from a page of another site, nor one that says nothing of where it comes from', async () => {
    const { visitor, url } = await gatedGateway()
    for (const headers of [
      { origin: 'https://evil.example' },
      { origin: 'null' },
      {},
      { origin: url, 'sec-fetch-site': 'cross-site' },
      { origin: url, 'sec-fetch-site': 'same-site' },
    ]) {
      const { status, headers: got } = await visitor().logIn('/~~srv/', password, { headers })
      expect([status, got['set-cookie']]).toEqual([403, undefined])
    }
    expect(
      (await visitor().logIn('/~~srv/', password, { headers: { 'sec-fetch-site': 'same-origin' } })).status,
    ).toBe(303)
  })

  test.each([
    ['//evil.example/', '/~~srv/'],
    ['/\\evil.example', '/~~srv/'],
    ['https://evil.example/', '/~~srv/https://evil.example/'],
    ['../other/', '/~~srv/'],
    ['a/%2e%2e/%2E./..%2fb', '/~~srv/'],
    ['x\r\nSet-Cookie: a=b', '/~~srv/'],
    ['ü', '/~~srv/'],
    [`a${'b'.repeat(3000)}`, '/~~srv/'],
  ])('sends a visitor who asks for %j back to %s', async (back, location) => {
    const { visitor } = await gatedGateway()
    const { headers } = await visitor().logIn('/~~srv/', password, { back })
    expect(headers.location).toBe(location)
  })

  test('reads no more of a login than a login is long', async () => {
    const { port } = await gatedGateway()
    for (const head of ['Content-Length: 1000000000', 'Transfer-Encoding: chunked']) {
      const peer = await RawPeer.connect(port)
      const chunk = head.startsWith('T') ? `8000\r\n${'a'.repeat(0x8000)}\r\n` : 'a'.repeat(0x8000)
      peer.send(
        `POST /~~srv/.tildegate/login HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\nOrigin: http://127.0.0.1:${port}\r\n` +
          `Content-Type: application/x-www-form-urlencoded\r\n${head}\r\n\r\n${chunk}`,
      )
      await peer.closed
      expect(peer.received).toMatch(/^HTTP\/1\.1 400 /)
    }
  })
})

describe('a session of a visitor', () => {
  test('cannot be forged, cut short or taken to another tunnel', async () => {
    const { url, agent } = await runGateway({ balance: '/~~srv=pw#:*;\n/~~other=pw#:*;\n' })
    const visitors = await visitorsOf(password)
    await agent({ hello: { visitors } })
    await agent({ name: 'other', hello: { visitors } })
    const someone = new GatedVisitor(url)
    await someone.logIn('/~~srv/', password)
    const cookie = someone.cookiesFor('/~~srv/').split('; ')[0] ?? ''
    expect(cookie).toMatch(/^tildegate-visitor=1\./)
    const [version, until, id, mac = ''] = cookie.slice('tildegate-visitor='.length).split('.')
    const later = (Number.parseInt(until ?? '', 36) + 1).toString(36)
    const forged = [
      `${version}.${later}.${id}.${mac}`,
      `${version}.${until}.${id}.${mac.slice(0, -1)}`,
      `${version}.${until}.${id}.${'A'.repeat(43)}`,
      `${version}.${until}.${id}.`,
      '',
      'ä',
      'x'.repeat(5000),
    ]
    const stranger = new GatedVisitor(url)
    const status = async (path: string, text: string) =>
      (await stranger.ask(path, { headers: { cookie: text } })).status
    for (const value of forged) expect(await status('/~~srv/', `tildegate-visitor=${value}`)).toBe(401)
    expect(await status('/~~other/', cookie)).toBe(401)
    expect(await status('/~~srv/', cookie)).toBe(200)
    // A page of another tunnel can set cookies of the same name beside it.
    expect(await status('/~~srv/', `tildegate-visitor=junk; ${cookie}`)).toBe(200)
  })

  test('ends by logging out, also for who has copied the cookie, and not by a mere link', async () => {
    const { visitor, url } = await gatedGateway()
    const someone = visitor()
    await someone.logIn('/~~srv/', password)
    const copied = someone.cookiesFor('/~~srv/')
    const asked = await someone.ask('/~~srv/.tildegate/logout')
    expect([asked.status, (await someone.ask('/~~srv/')).status]).toEqual([200, 200])
    expect(asked.body).toContain('Log out')
    const { status, headers } = await someone.logOut('/~~srv/')
    expect([status, headers.location]).toEqual([303, '/~~srv/'])
    expect(someone.cookiesFor('/~~srv/')).toBe('tildegate-route=srv')
    expect((await new GatedVisitor(url).ask('/~~srv/', { headers: { cookie: copied } })).status).toBe(401)
  })

  test('ends when its time is over', async () => {
    const clock = new ShiftedClock()
    const { visitor } = await gatedGateway({ clock, limits: { visitorSessionMs: 60_000, deadMs: 1e9 } })
    const someone = visitor()
    await someone.logIn('/~~srv/', password)
    expect((await someone.ask('/~~srv/')).status).toBe(200)
    clock.leap(61_000)
    expect((await someone.ask('/~~srv/')).status).toBe(401)
  })

  test('outlives a reconnect and a restart of the gateway, and ends when the password changes', async () => {
    const first = await gatedGateway()
    const someone = first.visitor()
    await someone.logIn('/~~srv/', password)
    const cookie = someone.cookiesFor('/~~srv/')
    const second = await runGateway()
    const resumed = await second.agent({ hello: { visitors: first.visitors } })
    const later = new GatedVisitor(second.url)
    expect((await later.ask('/~~srv/', { headers: { cookie } })).status).toBe(200)
    await second.agent({ resume: resumed, hello: { visitors: await visitorsOf('another') } })
    expect((await later.ask('/~~srv/', { headers: { cookie } })).status).toBe(401)
    expect((await later.logIn('/~~srv/', password)).status).toBe(401)
    expect((await later.logIn('/~~srv/', 'another')).status).toBe(303)
  })
})

describe('wrong passwords', () => {
  const limits = { visitorGuessesPerTunnelAndAddressPerMinute: 3, deadMs: 1e9 }

  test('are limited for address and tunnel, by form and Basic alike, and who is logged in does not notice', async () => {
    const clock = new ShiftedClock()
    const { visitor, url, lines } = await gatedGateway({ clock, limits })
    const insider = visitor()
    await insider.logIn('/~~srv/', password)
    const program = new GatedVisitor(url, { accept: '*/*' })
    const someone = visitor()
    const tries = [
      await someone.logIn('/~~srv/', 'wrong 1', { back: 'x' }),
      await program.ask('/~~srv/', { headers: basic('wrong 2') }),
      await someone.logIn('/~~srv/', 'wrong 3'),
      await someone.logIn('/~~srv/', password),
      await program.ask('/~~srv/', { headers: basic(password) }),
    ]
    expect(tries.map(({ status }) => status)).toEqual([401, 401, 401, 429, 429])
    expect(tries[0]?.body).toContain('This password is wrong')
    expect(tries[0]?.body).toContain('name="back" value="x"')
    expect(Number(tries[3]?.headers['retry-after'])).toBeGreaterThan(50)
    expect(Number(tries[3]?.headers['retry-after'])).toBeLessThanOrEqual(60)
    expect((await insider.ask('/~~srv/')).status).toBe(200)
    expect(lines.join()).toContain('visitor-guesses')
    expect(lines.join()).not.toMatch(/wrong 1|sesame/)
    clock.leap(60_000)
    expect((await someone.logIn('/~~srv/', password)).status).toBe(303)
  })

  test('count once where a program repeats the same, and a right one is checked once', async () => {
    const { url } = await gatedGateway({ limits })
    const program = new GatedVisitor(url, { accept: '*/*' })
    for (let i = 0; i < 6; i++)
      expect((await program.ask('/~~srv/', { headers: basic('wrong') })).status).toBe(401)
    for (let i = 0; i < 6; i++)
      expect((await program.ask('/~~srv/', { headers: basic(password) })).status).toBe(200)
  })

  test('count while they are checked: many at once are not so many guesses', async () => {
    const { visitor } = await gatedGateway({ limits })
    const tries = await Promise.all(
      ['a', 'b', 'c', 'd', 'e', 'f'].map(word => visitor().logIn('/~~srv/', word)),
    )
    expect(tries.map(({ status }) => status).toSorted()).toEqual([401, 401, 401, 429, 429, 429])
  })

  test('wait for each other, and no more of them than there is room for', async () => {
    const { visitor } = await gatedGateway({
      limits: { visitorHashesAtOnce: 1, visitorHashQueue: 2, visitorHashQueuePerTunnel: 2 },
    })
    const words = ['a', 'b', 'c', 'd', 'e', 'f']
    const tries = await Promise.all(words.map(word => visitor().logIn('/~~srv/', word)))
    const busy = tries.filter(({ status }) => status === 503)
    expect(tries.filter(({ status }) => status === 401)).toHaveLength(3)
    expect(busy).toHaveLength(3)
    expect(busy[0]?.headers['retry-after']).toBeDefined()
    expect((await visitor().logIn('/~~srv/', password)).status).toBe(303)
  })
})

describe('a WebSocket', () => {
  test.each(['/~~srv/ws', '/ws'])('at %s is refused before the login and served after it', async path => {
    const sockets = new WebSocketServer({ noServer: true })
    const running = await runGateway()
    const heard: (string | undefined)[] = []
    await running.agent({
      hello: { visitors: await visitorsOf(password) },
      sockets: (request, socket, head) => {
        heard.push(request.headers.cookie)
        sockets.handleUpgrade(request, socket, head, made => made.send('inside'))
      },
      target: page,
    })
    const someone = new GatedVisitor(running.url)
    const open = () =>
      new WebSocket(`${running.url.replace('http', 'ws')}${path}`, {
        headers: {
          cookie: ['tildegate-route=srv', someone.cookiesFor(path)].filter(text => text !== '').join('; '),
        },
        origin: running.url,
      })
    const refused = open()
    const [, answer] = (await once(refused, 'unexpected-response')) as [unknown, { statusCode: number }]
    expect(answer.statusCode).toBe(401)
    expect(heard).toEqual([])
    await someone.logIn('/~~srv/', password)
    const socket = open()
    const [message] = (await once(socket, 'message')) as [Buffer]
    expect(String(message)).toBe('inside')
    expect(heard).toEqual([undefined])
    socket.terminate()
  })
})

describe('other tunnels of the same gateway', () => {
  test('need no login, keep their paths below .tildegate, and a root-relative request is led to the gate', async () => {
    const { url, agent } = await runGateway({ balance: '/~~srv=pw#:*;\n/~~open=pw#:*;\n' })
    await agent({ hello: { visitors: await visitorsOf(password) } })
    await agent({ name: 'open' })
    const someone = new GatedVisitor(url)
    expect((await someone.ask('/~~open/.tildegate/login')).body).toBe('/.tildegate/login')
    expect((await someone.ask('/.tildegate/login')).status).toBe(404)
    expect((await someone.ask('/~~srv')).headers.location).toBe('/~~srv/')
    const led = await someone.ask('/app.js', { headers: { referer: `${url}/~~srv/page` } })
    expect([led.status, led.headers.location]).toEqual([307, '/~~srv/app.js'])
    expect((await someone.ask('/~~srv/app.js')).status).toBe(401)
    expect((await someone.ask('/~~srv/.tildegate/other')).status).toBe(401)
  })
})

describe('in host mode', () => {
  test('the cookie is the host’s own, the login stands at its root, and no other host shares it', async () => {
    const { url, port, agent } = await runGateway({
      hostMode: 'gw.example',
      balance: '/~~srv=pw#:*;\n/~~other=pw#:*;\n/~~open=pw#:*;\n',
    })
    const visitors = await visitorsOf(password)
    await agent({ hello: { visitors, target: { scheme: 'http', host: 't', base: '/base/' } } })
    await agent({ name: 'other', hello: { visitors } })
    await agent({ name: 'open' })
    const host = `srv.gw.example:${port}`
    const someone = new GatedVisitor(url, { ...asBrowser, host })
    for (const path of ['/', '/base', '/base/', '/elsewhere', '/base/%2e%2e/'])
      expect((await someone.ask(path)).status).toBe(401)
    expect((await someone.ask('/base/x')).body).toContain('action="/.tildegate/login"')
    const headers = { origin: `http://${host}` }
    for (const back of ['/evil.example', '\\evil.example'])
      expect((await someone.logIn('/', password, { headers, back })).headers.location).toBe('/')
    const login = await someone.logIn('/', password, { headers, back: 'base/x?y' })
    expect(login.headers.location).toBe('/base/x?y')
    expect(login.headers['set-cookie']).toHaveLength(1)
    expect(login.headers['set-cookie']?.[0]).toMatch(
      /^tildegate-visitor=[^;]+; Path=\/; HttpOnly; SameSite=Lax; Max-Age=\d+$/,
    )
    expect((await someone.ask('/base/x?y')).body).toBe('/base/x?y')
    expect((await someone.ask('/elsewhere')).status).toBe(404)
    const elsewhere = new GatedVisitor(url, { ...asBrowser, host: `other.gw.example:${port}` })
    expect((await elsewhere.ask('/', { headers: { cookie: someone.cookiesFor('/') } })).status).toBe(401)
    const open = new GatedVisitor(url, { ...asBrowser, host: `open.gw.example:${port}` })
    expect((await open.ask('/.tildegate/login')).status).toBe(404)
    expect((await open.ask('/.tildegate/control')).status).toBe(426)
  })
})

describe('an agent', () => {
  test.each([
    ['a cost beyond the limit', { p: 8 }],
    ['more than the limit of the settings', { n: 2 ** 17 }],
  ])('that asks for %s is refused', async (_, more) => {
    const { agent } = await runGateway({ limits: { visitorHashCost: 2 ** 16 } })
    const { scrypt } = await visitorsOf(password)
    await expect(
      agent({ hello: { visitors: { scrypt: { ...scrypt, ...more } as typeof scrypt } } }),
    ).rejects.toThrow('switched this name off')
  })

  test.each([{ n: 2 ** 20 }, { n: 32_769 }, { r: 64 }, { p: 9 }, { p: 0 }, { salt: '' }, { hash: 'x' }])(
    'whose verifier has %j breaks the protocol',
    async more => {
      const { agent } = await runGateway()
      const { scrypt } = await visitorsOf(password)
      await expect(
        agent({ hello: { visitors: { scrypt: { ...scrypt, ...more } as typeof scrypt } } }),
      ).rejects.toThrow(/protocol|connection/i)
    },
  )
})
