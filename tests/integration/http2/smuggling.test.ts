/**
 * What HTTP/2 can say and HTTP/1.1 would understand otherwise, written frame by frame: lengths that lie, codings, line
 * ends in names and values. Each ends in 400 or with its stream, or is harmless; and whoever comes next on the same
 * pool of back-connections gets the answer to what it asked for.
 */
import type { ClientHttp2Session } from 'node:http2'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { DiallingUpstream } from '../../support/dialling-upstream.ts'
import { Http2Gateway } from '../../support/http2-gateway.ts'
import { flags, type Http2RawPeer, literals } from '../../support/http2-raw-peer.ts'
import { TrustingTarget } from '../../support/trusting-target.ts'

type Field = readonly [name: string, value: string]
interface Attack {
  readonly fields: readonly Field[]
  readonly body?: string
  readonly trailers?: readonly Field[]
}

const smuggled = 'GET /smuggled HTTP/1.1\r\nHost: x\r\n\r\n'
const head = (method: string, path: string, authority = 'localhost'): Field[] => [
  [':method', method],
  [':scheme', 'https'],
  [':path', path],
  [':authority', authority],
]
const get = (...fields: Field[]): Attack => ({ fields: [...head('GET', '/~~t/'), ...fields] })
const post = (body: string, ...fields: Field[]): Attack => ({
  fields: [...head('POST', '/~~t/'), ...fields],
  body,
})
const path = (text: string): Attack => ({ fields: head('GET', text) })
const method = (text: string): Attack => ({ fields: head(text, '/~~t/'), body: '' })
const authority = (text: string, ...fields: Field[]): Attack => ({
  fields: [...head('GET', '/~~t/', text), ...fields],
})
const without = (name: string): Attack => ({ fields: head('GET', '/~~t/').filter(([one]) => one !== name) })
const trailer = (...trailers: Field[]): Attack => ({ ...post('hi'), trailers })

const refused: readonly (readonly [title: string, attack: Attack])[] = [
  // H2.CL
  ['no length and a request behind', post(smuggled, ['content-length', '0'])],
  ['a length that is too short', post(`hello${smuggled}`, ['content-length', '5'])],
  ['a length that is too long', post('hello', ['content-length', '500'])],
  ['a length and no body', get(['content-length', '5'])],
  ['two equal lengths', post('hello', ['content-length', '5'], ['content-length', '5'])],
  ['two lengths', post(smuggled, ['content-length', '0'], ['content-length', String(smuggled.length)])],
  ['a list of lengths', post('hello', ['content-length', '5, 5'])],
  ['a length with a plus', post('hello', ['content-length', '+5'])],
  ['a hexadecimal length', post('hello', ['content-length', '0x5'])],
  ['a negative length', post(smuggled, ['content-length', '-1'])],
  ['an empty length', post(smuggled, ['content-length', ''])],
  ['a length with a space', post('hello', ['content-length', '5 '])],
  ['a length beyond 64 bits', post('hello', ['content-length', '18446744073709551621'])],
  // H2.TE
  ['a chunked coding', post(`0\r\n\r\n${smuggled}`, ['transfer-encoding', 'chunked'])],
  ['an identity coding', post(smuggled, ['transfer-encoding', 'identity'])],
  ['a coding without a body', get(['transfer-encoding', 'chunked'])],
  [
    'a coding and a length',
    post(`0\r\n\r\n${smuggled}`, ['content-length', '5'], ['transfer-encoding', 'chunked']),
  ],
  ['TE: chunked', post('0\r\n\r\n', ['te', 'chunked'])],
  ['TE: trailers and more', get(['te', 'trailers, chunked'])],
  // Fields of connections
  ['Connection', get(['connection', 'content-length'])],
  ['Connection: close', get(['connection', 'close'])],
  ['Keep-Alive', get(['keep-alive', 'timeout=5'])],
  ['Proxy-Connection', get(['proxy-connection', 'keep-alive'])],
  ['Upgrade to a WebSocket', get(['upgrade', 'websocket'])],
  ['Upgrade to h2c', get(['upgrade', 'h2c'], ['http2-settings', 'AAA'])],
  ['a name in upper case', get(['X-A', 'b'])],
  // :path
  ['an empty path', path('')],
  ['a path without a slash', path('~~t/')],
  ['an absolute path', path('https://localhost/~~t/')],
  ['an absolute path of another host', path('http://evil.example/~~t/')],
  ['a path that is a star', path('*')],
  ['a space in the path', path('/~~t/a b')],
  ['a request line in the path', path(`/~~t/ HTTP/1.1\r\nHost: x\r\n\r\n${smuggled}`)],
  ['a version in the path', path('/~~t/ HTTP/1.1')],
  ['a line feed in the path', path('/~~t/a\nb')],
  ['a tab in the path', path('/~~t/a\tb')],
  ['a NUL in the path', path('/~~t/a\0b')],
  ['bytes beyond ASCII in the path', path('/~~t/\xff')],
  ['a fragment in the path', path('/~~t/a#b')],
  // :method
  ['a request line in the method', method(`GET /smuggled HTTP/1.1\r\nHost: x\r\n\r\nGET`)],
  ['a space in the method', method('GET /smuggled')],
  ['a space behind the method', method('GET ')],
  ['a line end in the method', method('GET\r\nX-A: b')],
  ['a method in lower case', method('get')],
  ['an unknown method', method('SMUGGLE')],
  ['an empty method', method('')],
  ['CONNECT', method('CONNECT')],
  ['CONNECT to an authority', { fields: [head('CONNECT', '')[0] as Field, [':authority', 'localhost:22']] }],
  [
    'an extended CONNECT',
    { fields: [...head('CONNECT', '/~~t/'), [':protocol', 'websocket'] as Field], body: '' },
  ],
  // :authority and Host
  ['an authority with a user', authority('user@localhost')],
  ['an authority with a path', authority('localhost/x')],
  ['an authority with a line end', authority('localhost\r\nX-A: b')],
  ['an authority with a space', authority('local host')],
  ['a list of authorities', authority('localhost, evil.example')],
  ['another Host', authority('localhost', ['host', 'evil.example'])],
  ['two Hosts', authority('localhost', ['host', 'localhost'], ['host', 'localhost'])],
  ['neither authority nor Host', without(':authority')],
  // :scheme and the rest of the pseudo-headers
  ['another scheme', { fields: get().fields.map(([n, v]) => (n === ':scheme' ? [n, 'ftp'] : [n, v])) }],
  [
    'a request in the scheme',
    {
      fields: get().fields.map(([n, v]) => (n === ':scheme' ? [n, `https\r\n\r\n${smuggled}`] : [n, v])),
    },
  ],
  ['no scheme', without(':scheme')],
  ['no path', without(':path')],
  ['no method', without(':method')],
  ['two paths', get([':path', '/~~t/smuggled'])],
  ['two methods', get([':method', 'POST'])],
  ['two authorities', get([':authority', 'evil.example'])],
  ['a pseudo-header behind a field', { fields: [['x-a', 'b'], ...head('GET', '/~~t/')] }],
  ['an unknown pseudo-header', { fields: [[':smuggled', 'b'], ...head('GET', '/~~t/')] }],
  ['a status in a request', { fields: [[':status', '200'], ...head('GET', '/~~t/')] }],
  // Trailers
  ['a length in the trailers', trailer(['content-length', '50'])],
  ['a pseudo-header in the trailers', trailer([':path', '/smuggled'])],
  ['a coding in the trailers', trailer(['transfer-encoding', 'chunked'])],
  ['a trailer in upper case', trailer(['X-A', 'b'])],
]

/** nghttp2 leaves such a field out without a word; nothing of it, and nothing instead of it, may arrive. */
const leftOut: readonly (readonly [title: string, attack: Attack])[] = [
  ['a coding with a space behind its name', post('0\r\n\r\n', ['transfer-encoding ', 'chunked'])],
  ['a coding with a tab before its name', post('0\r\n\r\n', ['\ttransfer-encoding', 'chunked'])],
  ['a coding with a colon in its name', post('0\r\n\r\n', ['transfer-encoding: chunked\r\nx', 'y'])],
  ['a line end in a value', get(['x-a', 'b\r\nTransfer-Encoding: chunked'])],
  ['a whole request in a value', get(['x-a', `b\r\n\r\n${smuggled}`])],
  ['a line feed in a value', get(['x-a', 'b\nX-B: c'])],
  ['a carriage return in a value', get(['x-a', 'b\rX-B: c'])],
  ['a NUL in a value', get(['x-a', 'b\0c'])],
  ['a space before a value', get(['x-a', ' b'])],
  ['a tab behind a value', get(['x-a', 'b\t'])],
  ['a line end in a cookie', get(['cookie', 'a=b'], ['cookie', 'c=d\r\nX-B: c'])],
  ['a line end in a name', get(['x-a: b\r\nx-c', 'd'])],
  ['a whole request in a name', get([`x-a: b\r\n\r\n${smuggled}x`, 'd'])],
  ['a colon in a name', get(['x:a', 'b'])],
  ['a colon at the end of a name', get(['x-a:', 'b'])],
  ['a space in a name', get(['x a', 'b'])],
  ['a NUL in a name', get(['x\0a', 'b'])],
  ['an empty name', get(['', 'b'])],
  ['a name beyond ASCII', get(['x-\xe4', 'b'])],
  ['a line end in a trailer', trailer(['x-a', `b\r\n\r\n${smuggled}`])],
  ['a line end in the name of a trailer', trailer([`x-a: b\r\n\r\n${smuggled}x`, 'c'])],
]

const harmless: readonly (readonly [title: string, attack: Attack, seen: { head?: RegExp; body: string }])[] =
  [
    [
      'a request in a counted body',
      post(smuggled, ['content-length', String(smuggled.length)]),
      { body: smuggled },
    ],
    ['a request in a body without a length', post(smuggled), { body: smuggled }],
    ['the end of chunks in a body', post(`0\r\n\r\n${smuggled}`), { body: `0\r\n\r\n${smuggled}` }],
    ['a request in the body of a GET', { ...get(), body: smuggled }, { body: smuggled }],
    ['a coding with an underscore', post('hi', ['transfer_encoding', 'chunked']), { body: 'hi' }],
    ['a length with an underscore', post(smuggled, ['content_length', '0']), { body: smuggled }],
    ['the same Host again', authority('localhost', ['host', 'LOCALHOST']), { body: '' }],
    ['a length of nothing', get(['content-length', '0']), { body: '' }],
    [
      'cookies in several fields',
      get(['cookie', 'a=b'], ['x-a', 'b'], ['cookie', 'c=d']),
      { head: /\r\ncookie: a=b; c=d\r\nx-a: b\r\n/, body: '' },
    ],
    [
      'a trailer that would change the meaning',
      trailer(['authorization', 'evil.example'], ['host', 'evil.example'], ['x-a', 'b']),
      { body: 'hi' },
    ],
  ]

describe('what HTTP/2 says and HTTP/1.1 would understand otherwise', () => {
  let gateway: Http2Gateway
  let target: TrustingTarget
  let upstream: DiallingUpstream
  let other: ClientHttp2Session
  beforeAll(async () => {
    target = await TrustingTarget.open()
    upstream = new DiallingUpstream('t', target.port)
    gateway = await Http2Gateway.open({ upstreams: [upstream] })
    other = await gateway.visitor()
  })
  afterAll(async () => {
    other.destroy()
    await gateway.close()
    upstream.destroy()
    await target.close()
  })
  beforeEach(() => {
    target.requests.length = 0
  })

  test.each(refused)('%s is refused', async (_, attack) => {
    const attacker = await gateway.rawVisitor()
    send(attacker, attack)
    expect(await attacker.outcome(1)).toMatch(/^(?:400|reset 1|goaway [12])$/)
    await othersAreServed()
    // A beginning may have reached the target, never a whole request.
    expect(target.requests.map(({ line }) => line)).toEqual(['GET /mine HTTP/1.1', 'GET /mine HTTP/1.1'])
    attacker.socket.destroy()
  })

  test.each(leftOut)('%s is left out', async (_, attack) => {
    const attacker = await gateway.rawVisitor()
    send(attacker, attack)
    expect(await attacker.outcome(1)).toBe('200')
    expect(target.requests).toHaveLength(1)
    const { head: seen = '', body } = target.requests[0] ?? {}
    const known =
      /^(?:(?:host|x-forwarded-(?:for|proto|host|prefix)|connection|transfer-encoding|cookie): [^\r\n]+(?:\r\n|$))+$/i
    expect(seen.slice(seen.indexOf('\r\n') + 2)).toMatch(known)
    expect(body).toBe(attack.body ?? '')
    await othersAreServed()
    expect(target.requests).toHaveLength(3)
    attacker.socket.destroy()
  })

  test.each(harmless)('%s is harmless', async (_, attack, seen) => {
    const visitor = await gateway.rawVisitor()
    send(visitor, attack)
    expect(await visitor.outcome(1)).toBe('200')
    expect(target.requests).toHaveLength(1)
    expect(target.requests[0]?.body).toBe(seen.body)
    if (seen.head !== undefined) expect(target.requests[0]?.head).toMatch(seen.head)
    expect(target.requests[0]?.head).not.toContain('evil.example')
    await othersAreServed()
    expect(target.requests).toHaveLength(3)
    visitor.socket.destroy()
  })

  /** Twice, so that the first one leaves the connection that it was served on to the second. */
  async function othersAreServed(): Promise<void> {
    for (let round = 0; round < 2; round++) {
      const stream = other.request({ ':path': '/~~t/mine' })
      stream.setEncoding('latin1')
      let body = ''
      for await (const piece of stream) body += piece
      expect(body).toBe('GET /mine')
    }
  }
})

function send(visitor: Http2RawPeer, { fields, body, trailers }: Attack): void {
  visitor.request(1, fields, body === undefined)
  if (body !== undefined) visitor.data(1, body, trailers === undefined)
  if (trailers !== undefined)
    visitor.send('headers', flags.endHeaders | flags.endStream, 1, literals(trailers))
}
