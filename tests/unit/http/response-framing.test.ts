import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { ResponseFraming } from '../../../gateway/http/response-framing.ts'

const table: [title: string, method: string, bytes: string, isWhole: boolean][] = [
  ['a body with a length', 'GET', 'HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nabc', true],
  ['an empty body', 'GET', 'HTTP/1.1 200 OK\r\ncontent-length:0\r\n\r\n', true],
  ['a body one byte short', 'GET', 'HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nab', false],
  ['one byte behind the body', 'GET', 'HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nabcH', false],
  ['a line end behind the body', 'GET', 'HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nabc\r\n', false],
  ['a second answer', 'GET', 'HTTP/1.1 204 N\r\n\r\nHTTP/1.1 204 N\r\n\r\n', false],
  ['an answer to HEAD', 'HEAD', 'HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\n', true],
  ['an answer to HEAD with a body', 'HEAD', 'HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nabc', false],
  ['no content', 'GET', 'HTTP/1.1 204 No Content\r\n\r\n', true],
  ['not modified', 'GET', 'HTTP/1.1 304 Not Modified\r\nContent-Length: 9\r\n\r\n', true],
  [
    'chunks',
    'GET',
    'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\nA;x=y\r\n0123456789\r\n0\r\n\r\n',
    true,
  ],
  [
    'chunks with trailers',
    'GET',
    'HTTP/1.1 200 OK\r\nTransfer-Encoding: Chunked\r\n\r\n0\r\nA: b\r\nC: d\r\n\r\n',
    true,
  ],
  [
    'chunks without the last',
    'GET',
    'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n',
    false,
  ],
  [
    'a byte behind the chunks',
    'GET',
    'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\nx',
    false,
  ],
  [
    'a chunk longer than it says',
    'GET',
    'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabcd\r\n0\r\n\r\n',
    false,
  ],
  [
    'a bad chunk size',
    'GET',
    'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0x3\r\nabc\r\n0\r\n\r\n',
    false,
  ],
  [
    'both lengths',
    'GET',
    'HTTP/1.1 200 OK\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n',
    false,
  ],
  ['two lengths', 'GET', 'HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 1\r\n\r\na', false],
  ['no length', 'GET', 'HTTP/1.1 200 OK\r\n\r\nabc', false],
  [
    'an answer after others with 1xx',
    'GET',
    'HTTP/1.1 100 C\r\n\r\nHTTP/1.1 103 E\r\nLink: a\r\n\r\nHTTP/1.1 204 N\r\n\r\n',
    true,
  ],
  ['only an answer with 1xx', 'GET', 'HTTP/1.1 100 Continue\r\n\r\n', false],
  ['another protocol', 'GET', 'HTTP/1.1 101 Switching Protocols\r\n\r\n', false],
  ['a line end before the head', 'GET', '\r\nHTTP/1.1 204 N\r\n\r\n', false],
  ['no HTTP', 'GET', 'SSH-2.0-x\r\n\r\n', false],
]

describe('the end of an answer', () => {
  test.each(table)('%s', (_, method, text, isWhole) => {
    const bytes = Buffer.from(text, 'latin1')
    const whole = new ResponseFraming(method, 16_384)
    whole.push(bytes)
    expect(whole.isExactlyWhole).toBe(isWhole)
    expect(whole.receivedBytes).toBe(bytes.length)
    for (let at = 0; at <= bytes.length; at++) {
      const split = new ResponseFraming(method, 16_384)
      split.push(bytes.subarray(0, at))
      split.push(bytes.subarray(at))
      expect(split.isExactlyWhole, `split at ${at}`).toBe(isWhole)
    }
    const single = new ResponseFraming(method, 16_384)
    for (const byte of bytes) single.push(Buffer.from([byte]))
    expect(single.isExactlyWhole, 'byte by byte').toBe(isWhole)
  })

  test('a head over the limit is never whole', () => {
    const framing = new ResponseFraming('GET', 100)
    framing.push(Buffer.from(`HTTP/1.1 204 N\r\nX: ${'x'.repeat(200)}\r\n\r\n`))
    expect(framing.isExactlyWhole).toBe(false)
  })

  test('any bytes in any pieces give the same word and no exception', () => {
    fc.assert(
      fc.property(
        fc.constantFrom(...table),
        fc.nat(200),
        fc.nat(255),
        fc.array(fc.nat(200), { maxLength: 5 }),
        (row, spot, byte, cuts) => {
          const bytes = Buffer.from(row[2], 'latin1')
          if (spot < bytes.length) bytes[spot] = byte
          const whole = new ResponseFraming(row[1], 16_384)
          whole.push(bytes)
          const pieces = new ResponseFraming(row[1], 16_384)
          let at = 0
          for (const cut of cuts.map(cut => Math.min(cut, bytes.length)).sort((a, b) => a - b)) {
            pieces.push(bytes.subarray(at, cut))
            at = cut
          }
          pieces.push(bytes.subarray(at))
          expect(pieces.isExactlyWhole).toBe(whole.isExactlyWhole)
        },
      ),
    )
  })
})
