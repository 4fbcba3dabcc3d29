/** Tunnels that ask visitors for a password, at a whole gateway: who gets in by what, and what the target sees of it. */
import { once } from 'node:events'
import { describe, expect, test } from 'vitest'
import { WebSocket, WebSocketServer } from 'ws'
import { gatedGateway, visitorPassword as password } from '../../support/gated-gateway.ts'
import { asBrowser, basic, GatedVisitor, visitorsOf } from '../../support/gated-visitor.ts'
import { RawPeer } from '../../support/raw-peer.ts'
import { runGateway } from '../../support/running-gateway.ts'

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
      target: (_, response) => response.end('inside'),
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
