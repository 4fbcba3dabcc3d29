/** Host mode: `name.gateway.example` is the tunnel at `/`, with an origin of its own. */
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { TargetAddress } from '../../../gateway/upstream.ts'
import { DiallingUpstream } from '../../support/dialling-upstream.ts'
import { RawTarget } from '../../support/raw-peer.ts'
import { VisitorGateway } from '../../support/visitor-gateway.ts'

let target: RawTarget
let gateway: VisitorGateway

beforeEach(async () => {
  target = await RawTarget.open()
  const upstream = (name: string, more: Partial<TargetAddress> = {}) =>
    new DiallingUpstream(name, target.port, { authority: 'app.local:3000', ...more })
  gateway = await VisitorGateway.open({
    upstreams: [
      upstream('homePC'),
      upstream('part', { base: '/app/' }),
      upstream('keeping', { keepsHost: true }),
      upstream('a.b'),
    ],
    publicOrigin: 'https://gateway.example',
    hostMode: 'gateway.example',
  })
})
afterEach(async () => {
  await gateway.close()
  await target.close()
})

const ok = 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok'

/** What the target sees of a request, and the visitor of its answer. */
async function exchange(request: string, answer = ok) {
  const visitor = await gateway.visitor()
  visitor.send(request)
  const peer = await target.next()
  const seen = await peer.until('\r\n\r\n')
  peer.send(answer)
  const received = await visitor.until(/ok$/)
  visitor.socket.destroy()
  return { seen, received }
}
const get = (host: string, path: string, headers = '') =>
  `GET ${path} HTTP/1.1\r\nHost: ${host}\r\n${headers}\r\n`
async function refused(request: string): Promise<string> {
  const visitor = await gateway.visitor()
  visitor.send(request)
  const received = await visitor.until('\r\n\r\n')
  visitor.socket.destroy()
  return received
}

describe('a tunnel with a host', () => {
  test.each(['/', '/x?y=%20', '//x', '/~~homePC/x', '/~~other', '/a/../b', '/%2e%2e/'])(
    'gets the path %s as it stands',
    async path => {
      const { seen } = await exchange(get('homepc.gateway.example', path))
      expect(seen.startsWith(`GET ${path} HTTP/1.1\r\nHost: app.local:3000\r\n`)).toBe(true)
      expect(seen).toContain('\r\nX-Forwarded-Host: homepc.gateway.example\r\n')
      expect(seen).not.toContain('X-Forwarded-Prefix')
    },
  )

  test('is asked in any case and at any port', async () => {
    const { seen } = await exchange(get('HomePC.Gateway.Example:8443', '/'))
    expect(seen).toContain('\r\nX-Forwarded-Host: HomePC.Gateway.Example:8443\r\n')
  })

  test('sees its own Origin and Referer, and strangers as they are', async () => {
    const own = await exchange(
      get(
        'homepc.gateway.example',
        '/x',
        'Origin: https://homepc.gateway.example\r\nReferer: https://homepc.gateway.example/~~a/b?c\r\n',
      ),
    )
    expect(own.seen).toContain(
      '\r\nOrigin: http://app.local:3000\r\nReferer: http://app.local:3000/~~a/b?c\r\n',
    )
  })

  test('sees the pages of the gateway and of its siblings as strangers', async () => {
    const foreign = await exchange(
      get(
        'homepc.gateway.example',
        '/x',
        'Origin: https://gateway.example\r\nReferer: https://part.gateway.example/x\r\n',
      ),
    )
    expect(foreign.seen).toContain(
      '\r\nOrigin: https://gateway.example\r\nReferer: https://part.gateway.example/x\r\n',
    )
  })

  test('with host=keep sees what the visitor sees', async () => {
    const { seen } = await exchange(
      get(
        'keeping.gateway.example',
        '/x',
        'Origin: http://keeping.gateway.example\r\nReferer: http://keeping.gateway.example/y\r\n',
      ),
    )
    expect(seen).toContain(
      '\r\nHost: keeping.gateway.example\r\nOrigin: http://keeping.gateway.example\r\nReferer: http://keeping.gateway.example/y\r\n',
    )
  })

  test.each([
    ['Location: /x?y', 'Location: /x?y'],
    ['Location: ../x', 'Location: /x'],
    ['Location: http://app.local:3000/x', 'Location: /x'],
    ['Location: http://app.local:3000//evil.example', 'Location: /evil.example'],
    ['Location: https://elsewhere.example/', 'Location: https://elsewhere.example/'],
    ['Location: http://homepc.gateway.example/x', 'Location: http://homepc.gateway.example/x'],
    ['Link: </x>; rel=preload', 'Link: </x>; rel=preload'],
    ['Service-Worker-Allowed: /', 'Service-Worker-Allowed: /'],
    ['Set-Cookie: a=b; Path=/; HttpOnly', 'Set-Cookie: a=b; Path=/; HttpOnly'],
    ['Set-Cookie: __Host-a=b; Path=/; Secure', 'Set-Cookie: __Host-a=b; Path=/; Secure'],
    ['Set-Cookie: a=b; Domain=gateway.example', 'Set-Cookie: a=b'],
    ['Set-Cookie: a=b; Domain=.Gateway.Example; Path=/x', 'Set-Cookie: a=b; Path=/x'],
    ['Set-Cookie: a=b; Domain=example', 'Set-Cookie: a=b'],
    ['Set-Cookie: a=b; Domain=homepc.gateway.example', 'Set-Cookie: a=b'],
    ['Set-Cookie: a=b; Domain=app.local', 'Set-Cookie: a=b'],
    ['Set-Cookie: a=b; Domain=gateway.example; Domain=gateway.example', 'Set-Cookie: a=b'],
    ['Strict-Transport-Security: max-age=1', 'Strict-Transport-Security: max-age=1'],
    ['WWW-Authenticate: Basic realm="x"', 'WWW-Authenticate: Basic realm="x"'],
  ])('answers %s, and the visitor gets %s', async (given, wanted) => {
    const answer = `HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n${given}\r\nContent-Length: 2\r\n\r\nok`
    const { received } = await exchange(
      get('homepc.gateway.example', '/dir/', 'Accept: text/html\r\n'),
      answer,
    )
    expect(received).toContain(`\r\n${wanted}\r\n`)
    expect(received).not.toContain('tildegate-route')
  })

  test('of which a part is shared leads to that part and to nothing else', async () => {
    const { seen } = await exchange(get('part.gateway.example', '/app/x?y'))
    expect(seen).toMatch(/^GET \/app\/x\?y HTTP/)
    for (const path of ['/', '/app'])
      expect(await refused(get('part.gateway.example', `${path}?q`))).toMatch(
        /^HTTP\/1\.1 307 Temporary Redirect\r\nLocation: \/app\/\?q\r\nCache-Control: no-store\r\n/,
      )
    for (const path of ['/x', '/application', '/app/../x', '/app/%2e%2e/x'])
      expect(await refused(get('part.gateway.example', path))).toMatch(/^HTTP\/1\.1 404 /)
  })

  test('takes a WebSocket at its own path', async () => {
    const visitor = await gateway.visitor()
    visitor.send(
      get(
        'homepc.gateway.example',
        '/live',
        'Connection: Upgrade\r\nUpgrade: websocket\r\nOrigin: http://homepc.gateway.example\r\n',
      ),
    )
    const peer = await target.next()
    const seen = await peer.until('\r\n\r\n')
    expect(seen).toMatch(/^GET \/live HTTP\/1\.1\r\n/)
    expect(seen).toContain('\r\nOrigin: http://app.local:3000\r\n')
    peer.send('HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\nhello')
    await visitor.until('hello')
    visitor.socket.destroy()
  })
})

describe('a host that is nobody’s', () => {
  test.each(['unknown.gateway.example', 'a.b.gateway.example', 'x.homepc.gateway.example'])(
    '%s gets the page for what is not connected, whatever the path or the cookie says',
    async host => {
      for (const path of ['/', '/~~homePC/'])
        expect(await refused(get(host, path, 'Cookie: tildegate-route=homePC\r\n'))).toMatch(
          /^HTTP\/1\.1 404 /,
        )
    },
  )
})

describe('the domain itself, and any other host', () => {
  test.each(['gateway.example', '127.0.0.1'])('%s goes on with prefixes', async host => {
    const { seen } = await exchange(get(host, '/~~homePC/x'))
    expect(seen).toMatch(/^GET \/x HTTP\/1\.1\r\n/)
    expect(seen).toContain('\r\nX-Forwarded-Prefix: /~~homePC\r\n')
    expect(await refused(get(host, '/x', `Referer: http://${host}/~~a.b/\r\n`))).toContain(
      '\r\nLocation: /~~a.b/x\r\n',
    )
  })
})
