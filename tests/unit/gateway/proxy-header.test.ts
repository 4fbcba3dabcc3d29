import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { type ProxyHeader, ProxyHeaderDecoder } from '../../../gateway/listen/proxy-header.ts'
import { TildegateError } from '../../../shared/errors.ts'

const signature = '0d0a0d0a000d0a515549540a'
const hex = (text: string) => Buffer.from(text.replace(/\s/g, ''), 'hex')

const good: [string, Buffer, ProxyHeader['source']][] = [
  [
    'v1 with IPv4',
    Buffer.from('PROXY TCP4 192.0.2.7 198.51.100.1 4711 443\r\n'),
    { address: '192.0.2.7', port: 4711 },
  ],
  [
    'v1 with IPv6',
    Buffer.from('PROXY TCP6 2001:DB8:0::7 2001:db8::1 4711 443\r\n'),
    { address: '2001:db8::7', port: 4711 },
  ],
  ['v1 UNKNOWN', Buffer.from('PROXY UNKNOWN\r\n'), undefined],
  ['v1 UNKNOWN with more', Buffer.from('PROXY UNKNOWN ffff::1 ffff::2 1 2\r\n'), undefined],
  [
    'v2 with IPv4',
    hex(`${signature} 21 11 000c c0000207 c6336401 1267 01bb`),
    { address: '192.0.2.7', port: 4711 },
  ],
  [
    'v2 with IPv4 and a TLV',
    hex(`${signature} 21 11 0010 c0000207 c6336401 1267 01bb 04000161`),
    { address: '192.0.2.7', port: 4711 },
  ],
  [
    'v2 with IPv6',
    hex(
      `${signature} 21 21 0024 20010db8000000000000000000000007 20010db8000000000000000000000001 1267 01bb`,
    ),
    { address: '2001:db8::7', port: 4711 },
  ],
  ['v2 LOCAL', hex(`${signature} 20 00 0000`), undefined],
  ['v2 of a Unix socket', hex(`${signature} 21 31 0002 0000`), undefined],
]

const bad: [string, Buffer][] = [
  ['an HTTP request', Buffer.from('GET / HTTP/1.1\r\n')],
  ['v1 with an unknown family', Buffer.from('PROXY TCP5 192.0.2.7 198.51.100.1 1 2\r\n')],
  ['v1 whose address is of the other family', Buffer.from('PROXY TCP4 2001:db8::1 198.51.100.1 1 2\r\n')],
  ['v1 with a port too large', Buffer.from('PROXY TCP4 192.0.2.7 198.51.100.1 65536 2\r\n')],
  ['v1 with a leading zero in an address', Buffer.from('PROXY TCP4 192.0.2.07 198.51.100.1 1 2\r\n')],
  ['v1 with a word too many', Buffer.from('PROXY TCP4 192.0.2.7 198.51.100.1 1 2 3\r\n')],
  ['v1 with a bare line feed', Buffer.from('PROXY TCP4 192.0.2.7 198.51.100.1 1 2\n')],
  ['v1 without an end', Buffer.from(`PROXY UNKNOWN ${'x'.repeat(200)}`)],
  ['v2 of version 1', hex(`${signature} 11 11 000c c0000207 c6336401 1267 01bb`)],
  ['v2 with an unknown command', hex(`${signature} 22 11 000c c0000207 c6336401 1267 01bb`)],
  ['v2 with addresses cut short', hex(`${signature} 21 11 0004 c0000207`)],
  ['v2 longer than the limit', hex(`${signature} 21 11 ffff`)],
  ['a v1 start that turns into v2', Buffer.from('PROXY\r\n')],
]

/** All bytes in pieces of one length; the rest is what came after the header in any piece. */
function decode(
  bytes: Buffer,
  pieceBytes: number,
): { source: ProxyHeader['source']; rest: Buffer } | undefined {
  const decoder = new ProxyHeaderDecoder(512)
  for (let at = 0; at < bytes.length; at += pieceBytes) {
    const header = decoder.push(bytes.subarray(at, at + pieceBytes))
    if (header)
      return { source: header.source, rest: Buffer.concat([header.rest, bytes.subarray(at + pieceBytes)]) }
  }
  return undefined
}

describe('the PROXY header', () => {
  test.each(good)('%s is read whole, byte by byte and at every split', (_, bytes, source) => {
    const rest = Buffer.from('GET / HTTP/1.1\r\n\r\n')
    for (let pieceBytes = 1; pieceBytes <= bytes.length + rest.length; pieceBytes++) {
      expect(decode(Buffer.concat([bytes, rest]), pieceBytes)).toEqual({ source, rest })
    }
  })

  test.each(bad)('%s is refused', (_, bytes) => {
    expect(() => decode(bytes, 1)).toThrow(TildegateError)
    expect(() => decode(bytes, bytes.length)).toThrow(TildegateError)
  })

  test.each(good)('%s that is not whole yet gives nothing', (_, bytes) => {
    expect(decode(bytes.subarray(0, -1), 1)).toBeUndefined()
  })

  test('any bytes give a header, a wish for more or an error of ours, and nothing else', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), fc.boolean(), (bytes, withSignature) => {
        const start = withSignature ? hex(signature) : Buffer.alloc(0)
        try {
          decode(Buffer.concat([start, bytes]), 7)
        } catch (error) {
          expect(error).toBeInstanceOf(TildegateError)
        }
      }),
    )
  })
})
