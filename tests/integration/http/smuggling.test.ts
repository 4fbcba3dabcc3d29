/**
 * Bytes that two servers might read differently. Whatever a visitor sends: the target never sees a request
 * that the gateway did not see as one, and what is refused closes the connection.
 */
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { VisitorGateway } from '../../support/visitor-gateway.ts'

const host = 'Host: gw.example\r\n'
const post = (headers: string, body: string) => `POST /~~t/ HTTP/1.1\r\n${host}${headers}\r\n${body}`
const smuggled = 'GET /~~t/smuggled HTTP/1.1\r\nHost: gw.example\r\n\r\n'
const bare = 'GET /smuggled HTTP/1.1\r\nHost: x\r\n\r\n'
const chunked = 'Transfer-Encoding: chunked\r\n'

const refused: [title: string, request: string, status?: number][] = [
  ['CL.TE', post(`Content-Length: 6\r\n${chunked}`, `0\r\n\r\n${bare}`)],
  ['TE.CL', post(`${chunked}Content-Length: 4\r\n`, `5c\r\n${bare}\r\n0\r\n\r\n`)],
  ['TE.TE with identity', post(`${chunked}Transfer-Encoding: identity\r\n`, `0\r\n\r\n${bare}`)],
  ['TE.TE with identity before', post(`Transfer-Encoding: identity\r\n${chunked}`, `0\r\n\r\n${bare}`)],
  ['TE.TE twice chunked', post(chunked + chunked, `0\r\n\r\n${bare}`)],
  ['gzip, chunked', post('Transfer-Encoding: gzip, chunked\r\n', `0\r\n\r\n${bare}`)],
  ['chunked, gzip', post('Transfer-Encoding: chunked, gzip\r\n', `0\r\n\r\n${bare}`)],
  ['an empty member of the codings', post('Transfer-Encoding: ,chunked\r\n', `0\r\n\r\n${bare}`)],
  ['xchunked', post('Transfer-Encoding: xchunked\r\n', `0\r\n\r\n${bare}`)],
  ['an empty coding', post('Transfer-Encoding: \r\n', `0\r\n\r\n${bare}`)],
  ['a vertical tab before chunked', post('Transfer-Encoding: \x0bchunked\r\n', `0\r\n\r\n${bare}`)],
  ['chunked in quotes', post('Transfer-Encoding: "chunked"\r\n', `0\r\n\r\n${bare}`)],
  ['a space before the colon', post('Transfer-Encoding : chunked\r\n', `0\r\n\r\n${bare}`)],
  ['a line end within the name', post('X: y\rTransfer-Encoding: chunked\r\n', bare)],
  ['a folded coding', post('Transfer-Encoding:\r\n chunked\r\n', `0\r\n\r\n${bare}`)],
  ['a folded field', post('X: a\r\n b\r\nContent-Length: 0\r\n', '')],
  ['a chunked coding in HTTP/1.0', `POST /~~t/ HTTP/1.0\r\n${host}${chunked}\r\n0\r\n\r\n${bare}`],
  ['equal lengths twice', post('Content-Length: 4\r\nContent-Length: 4\r\n', 'abcd')],
  ['different lengths', post('Content-Length: 0\r\nContent-Length: 44\r\n', bare)],
  ['a list of lengths', post('Content-Length: 4, 4\r\n', 'abcd')],
  ['a length with a plus', post('Content-Length: +4\r\n', 'abcd')],
  ['a negative length', post('Content-Length: -1\r\n', bare)],
  ['a hexadecimal length', post('Content-Length: 0x4\r\n', 'abcd')],
  ['an empty length', post('Content-Length: \r\n', bare)],
  ['a length with a space', post('Content-Length: 4 4\r\n', 'abcd')],
  ['a length beyond 64 bits', post('Content-Length: 99999999999999999999\r\n', 'a')],
  ['a length beyond what is exact', post('Content-Length: 18446744073709551615\r\n', 'a')],
  ['bare line feeds', 'GET /~~t/ HTTP/1.1\nHost: gw.example\n\n'],
  ['a bare line feed in a field', `GET /~~t/ HTTP/1.1\r\n${host}X: a\nContent-Length: 5\r\n\r\n`],
  ['a bare line feed behind a chunk size', post(chunked, `3\nabc\r\n0\r\n\r\n`)],
  ['a hexadecimal prefix of a chunk size', post(chunked, '0x3\r\nabc\r\n0\r\n\r\n')],
  ['a negative chunk size', post(chunked, '-3\r\nabc\r\n0\r\n\r\n')],
  ['a chunk size beyond 64 bits', post(chunked, 'fffffffffffffffff\r\nabc\r\n0\r\n\r\n')],
  ['a space behind a chunk size', post(chunked, '3 \r\nabc\r\n0\r\n\r\n')],
  ['an empty chunk size', post(chunked, '\r\nabc\r\n0\r\n\r\n')],
  ['a chunk longer than it says', post(chunked, `3\r\nabcX\r\n0\r\n\r\n${bare}`)],
  ['a line feed in a chunk extension', post(chunked, '3;a\nb\r\nabc\r\n0\r\n\r\n')],
  ['a length in the trailers', post(chunked, `0\r\nContent-Length: 5\r\n\r\n${bare}`)],
  ['a NUL in a value', `GET /~~t/ HTTP/1.1\r\n${host}X: a\0b\r\n\r\n`],
  ['a NUL in a name', `GET /~~t/ HTTP/1.1\r\n${host}X\0: a\r\n\r\n`],
  ['an empty name', `GET /~~t/ HTTP/1.1\r\n${host}: a\r\n\r\n`],
  ['a field before the first that begins with a space', 'GET /~~t/ HTTP/1.1\r\n Host: gw.example\r\n\r\n'],
  ['two Hosts', 'GET /~~t/ HTTP/1.1\r\nHost: gw.example\r\nHost: evil\r\n\r\n'],
  ['no Host', 'GET /~~t/ HTTP/1.1\r\n\r\n'],
  ['a Host with a path', 'GET /~~t/ HTTP/1.1\r\nHost: gw.example/x\r\n\r\n'],
  ['a Host with a user', 'GET /~~t/ HTTP/1.1\r\nHost: a@gw.example\r\n\r\n'],
  ['an absolute target of another host', `GET http://evil/~~t/ HTTP/1.1\r\n${host}\r\n`],
  ['an absolute target with a user', `GET http://a@gw.example/~~t/ HTTP/1.1\r\n${host}\r\n`],
  ['a fragment in the target', `GET /~~t/a#b HTTP/1.1\r\n${host}\r\n`],
  ['bytes beyond ASCII in the target', `GET /~~t/\xff HTTP/1.1\r\n${host}\r\n`],
  ['a tab in the target', `GET /~~t/a\tb HTTP/1.1\r\n${host}\r\n`],
  ['HTTP/2.0', `GET /~~t/ HTTP/2.0\r\n${host}\r\n`],
  ['HTTP/1.2', `GET /~~t/ HTTP/1.2\r\n${host}\r\n`],
  ['RTSP', `DESCRIBE /~~t/ RTSP/1.0\r\n${host}\r\n`],
  ['a method in lower case', `get /~~t/ HTTP/1.1\r\n${host}\r\n`],
  ['a head over 16 KiB', `GET /~~t/ HTTP/1.1\r\n${host}X: ${'x'.repeat(17_000)}\r\n\r\n`, 431],
  [
    'more fields than Node lists',
    `POST /~~t/ HTTP/1.1\r\n${host}${'a:b\r\n'.repeat(1010)}${chunked}\r\n3\r\nabc\r\n0\r\n\r\n`,
    431,
  ],
  ['a chunk extension without end', post(chunked, `3;${'x'.repeat(20_000)}\r\nabc\r\n0\r\n\r\n`)],
]

/** Read in one way only: the body is a body, and what follows is the visitor's next request. */
const harmless: [title: string, request: string, body: string][] = [
  ['a request within a counted body', post(`Content-Length: ${bare.length}\r\n`, bare), bare],
  ['a request within a chunk', post(chunked, `${bare.length.toString(16)}\r\n${bare}\r\n0\r\n\r\n`), bare],
  [
    'a request within the body of a GET',
    `GET /~~t/ HTTP/1.1\r\n${host}Content-Length: ${bare.length}\r\n\r\n${bare}`,
    bare,
  ],
  [
    'a coding with an underscore',
    post(`Transfer_Encoding: chunked\r\nContent-Length: 5\r\n`, '0\r\n\r\n'),
    '0\r\n\r\n',
  ],
]

describe('request smuggling', () => {
  let gateway: VisitorGateway
  const violations: string[] = []
  beforeAll(async () => {
    gateway = await VisitorGateway.open({
      limits: { lingerMs: 100 },
      counters: {
        requestStarted() {},
        requestFinished() {},
        surplus() {},
        untrustedFront() {},
        protocolViolation: reason => void violations.push(reason),
      },
    })
  })
  afterAll(() => gateway.close())

  test.each(refused)('%s is refused', async (title, request, status = 400) => {
    violations.length = 0
    const visitor = await gateway.visitor()
    visitor.send(request + smuggled)
    await visitor.closed
    expect(visitor.received).toMatch(new RegExp(`^HTTP/1.1 ${status} `))
    expect(visitor.received).toMatch(/\r\nConnection: close\r\n/i)
    expect(visitor.received.match(/HTTP\/1/g)).toHaveLength(1)
    // Node itself answers where there is no Host.
    expect(violations.length > 0).toBe(title !== 'no Host')
    for (const peer of gateway.target.peers) {
      expect(peer.received).not.toContain('/smuggled')
      // A connection that saw a beginning of it is not used again.
      await peer.until(() => peer.hasEnded || peer.socket.destroyed)
    }
    expect(gateway.upstream.openConnections).toBe(0)
  })

  test.each(harmless)('%s is passed on as a body', async (_, request, body) => {
    const visitor = await gateway.visitor()
    visitor.send(request)
    const target = await nextAlive()
    await target.until(seen => seen.includes(body) && seen.includes('\r\n\r\n'))
    expect(target.received).toMatch(/^(?:POST|GET) \/ HTTP\/1\.1\r\n/)
    expect(target.received).toMatch(/content-length: \d+|transfer-encoding: chunked/i)
    target.send('HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok')
    await visitor.until('ok')
    visitor.socket.destroy()
    gateway.upstream.destroy()
  })

  /** Refusals in the middle of a body have dialled too; those connections are dead. */
  async function nextAlive() {
    for (;;) {
      const peer = await gateway.target.next()
      if (!peer.socket.destroyed && !peer.hasEnded) return peer
    }
  }
})
