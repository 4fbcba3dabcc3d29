/** The plaintext of sealed frames: literal bytes, directions, limits of the JSON payloads. */
import { describe, expect, it } from 'vitest'
import { hexOf, leb128, lvCat, utf8 } from '../../../shared/protocol/bytes.ts'
import { decodeHello, decodeRefused, decodeWelcome } from '../../../shared/protocol/control-json.ts'
import {
  type ControlFrame,
  type Direction,
  decodeFrame,
  encodeFrame,
} from '../../../shared/protocol/frames.ts'
import { wire } from '../../../shared/protocol/limits.ts'
import { Secret } from '../../../shared/secret.ts'

const bytes = (hex: string) => Buffer.from(hex, 'hex')
const json = (value: unknown) => Buffer.from(JSON.stringify(value))
const id = bytes('00112233445566778899aabbccddeeff')
const idHex = hexOf(id)
const hello = { agent: 'a/1', os: 'linux', outer: { tls: false } } as const
const welcome = {
  session: idHex,
  resumeSecret: 'ab'.repeat(32),
  aliveMs: 20_000,
  deadMs: 60_000,
  url: 'http://gateway.example/~~x/',
  outer: 'plain',
  innerTls: { certSha256: 'cd'.repeat(32) },
  gateway: 'tildegate/1',
} as const
const refused = { code: 'busy', message: 'in use' } as const

const literal: readonly (readonly [frame: ControlFrame, direction: Direction, hex: string])[] = [
  [{ type: 'hello', hello }, 'a2g', `01${json(hello).toString('hex')}`],
  [{ type: 'welcome', welcome }, 'g2a', `02${json(welcome).toString('hex')}`],
  [{ type: 'refused', refused }, 'g2a', `03${json(refused).toString('hex')}`],
  [{ type: 'ping', id: 255n }, 'a2g', '0400000000000000ff'],
  [{ type: 'pong', id: 2n ** 64n - 1n }, 'g2a', '05ffffffffffffffff'],
  [{ type: 'failed', id, code: 6, text: 'ä' }, 'a2g', `07${idHex}06c3a4`],
  [{ type: 'close', code: 1, text: 'restart' }, 'g2a', '080172657374617274'],
  [{ type: 'close', code: 0, text: '' }, 'a2g', '0800'],
  [{ type: 'ended', id, isInOrder: true }, 'a2g', `80${idHex}00`],
  [{ type: 'ended', id, isInOrder: false }, 'a2g', `80${idHex}01`],
]

describe('a frame', () => {
  it.each(literal)('%o from %s is these bytes, both ways', (frame, direction, hex) => {
    expect(hexOf(encodeFrame(frame))).toBe(hex)
    expect(decodeFrame(bytes(hex), direction)).toEqual(frame)
  })

  it('OPEN carries kind and inner TLS, and its secret does not print', () => {
    const open = {
      type: 'open',
      id,
      secret: Secret.fromBytes(Buffer.alloc(32, 9)),
      kind: 'raw',
      innerTls: true,
    } as const
    const hex = `06${idHex}${'09'.repeat(32)}0101`
    expect(hexOf(encodeFrame(open))).toBe(hex)
    const decoded = decodeFrame(bytes(hex), 'g2a')
    expect(decoded).toMatchObject({ type: 'open', kind: 'raw', innerTls: true })
    expect(JSON.stringify(decoded)).toContain('[secret]')
    expect(decodeFrame(bytes(`06${idHex}${'09'.repeat(32)}0000`), 'g2a')).toMatchObject({
      kind: 'http',
      innerTls: false,
    })
  })

  it.each([
    ['HELLO', 'g2a', `01${json(hello).toString('hex')}`],
    ['WELCOME', 'a2g', `02${json(welcome).toString('hex')}`],
    ['REFUSED', 'a2g', `03${json(refused).toString('hex')}`],
    ['PING', 'g2a', '040000000000000000'],
    ['PONG', 'a2g', '050000000000000000'],
    ['OPEN', 'a2g', `06${idHex}${'09'.repeat(32)}0000`],
    ['FAILED', 'g2a', `07${idHex}01`],
  ] as const)('%s is refused from the side that may not send it (%s)', (_, direction, hex) => {
    expect(() => decodeFrame(bytes(hex), direction)).toThrow('broke the protocol')
  })

  it.each([
    ['of no type', ''],
    ['of type 0', '00'],
    ['of an unknown type', '09'],
    ['of the last type that is no extension', '7f'],
    ['PING too short', '0400000000000000'],
    ['PING too long', '04000000000000000000'],
    ['FAILED without a code', `07${idHex}`],
    ['FAILED with a text that is not UTF-8', `07${idHex}01ff`],
    ['FAILED with too long a text', `07${idHex}01${'61'.repeat(257)}`],
    ['CLOSE without a code', '08'],
    ['CLOSE with half a character', '0800c3'],
    ['CLOSE with too long a text', `0800${'61'.repeat(257)}`],
  ])('%s is refused', (_, hex) => {
    expect(() => decodeFrame(bytes(hex), 'a2g')).toThrow('broke the protocol')
  })

  it.each([
    ['too short', `06${idHex}${'09'.repeat(32)}00`],
    ['too long', `06${idHex}${'09'.repeat(32)}000000`],
    ['of an unknown kind', `06${idHex}${'09'.repeat(32)}0200`],
  ])('OPEN %s is refused', (_, hex) => {
    expect(() => decodeFrame(bytes(hex), 'g2a')).toThrow('broke the protocol')
  })

  it.each(['81', '83', '9c010203', 'ff'])('of an extension that nobody knows (%s) is ignored', hex => {
    expect(decodeFrame(bytes(hex), 'a2g')).toBeUndefined()
    expect(decodeFrame(bytes(hex), 'g2a')).toBeUndefined()
  })

  it.each([
    ['a', 300, 256],
    ['ä', 200, 256],
    ['€', 100, 255],
    ['😀', 70, 256],
  ])('cuts a text of %s between characters', (character, count, length) => {
    const encoded = encodeFrame({ type: 'close', code: 0, text: character.repeat(count) })
    expect(encoded).toHaveLength(2 + length)
    expect(decodeFrame(encoded, 'a2g')).toMatchObject({
      text: character.repeat(length / utf8(character).length),
    })
  })
})

describe('a JSON payload', () => {
  it('may have further members, up to the limit of its bytes and not beyond', () => {
    const padded = (length: number) => {
      const empty = json({ ...hello, future: '' }).length
      return json({ ...hello, future: 'x'.repeat(length - empty) })
    }
    expect(decodeHello(padded(wire.jsonMaxBytes))).toEqual(hello)
    expect(() => decodeHello(padded(wire.jsonMaxBytes + 1))).toThrow('broke the protocol')
  })

  it('may nest to depth 8 and not deeper, arrays and objects alike', () => {
    const nested = (open: string, close: string, inner: number) =>
      Buffer.from(`{"f":${open.repeat(inner)}1${close.repeat(inner)},${json(hello).toString().slice(1)}`)
    for (const [open, close] of [
      ['[', ']'],
      ['{"f":', '}'],
    ] as const) {
      expect(decodeHello(nested(open, close, 7))).toEqual(hello)
      expect(() => decodeHello(nested(open, close, 8))).toThrow('deeper')
    }
    expect(() => decodeHello(Buffer.from('['.repeat(wire.jsonMaxBytes)))).toThrow('deeper')
  })

  it('counts no brackets within strings', () => {
    expect(decodeHello(json({ ...hello, agent: '[[[[{{{{"[[[\\"{{{' }))).toMatchObject({ os: 'linux' })
  })

  it.each([
    ['nothing', Buffer.alloc(0)],
    ['not UTF-8', Buffer.from([0x7b, 0xff, 0x7d])],
    ['a byte-order mark', Buffer.concat([bytes('efbbbf'), json(hello)])],
    ['no object', json('hello')],
    ['an array', json([hello])],
    ['null', json(null)],
    ['without agent', json({ os: 'o', outer: { tls: false } })],
    ['agent a number', json({ ...hello, agent: 1 })],
    ['without outer', json({ agent: 'a', os: 'o' })],
    ['TLS without a certificate', json({ ...hello, outer: { tls: true } })],
    ['a certificate of 31 bytes', json({ ...hello, outer: { tls: true, certSha256: 'ab'.repeat(31) } })],
    [
      'a session that is not hex',
      json({ ...hello, resume: { session: 'x'.repeat(32), proof: 'ab'.repeat(32) } }),
    ],
    ['a short proof', json({ ...hello, resume: { session: idHex, proof: 'ab' } })],
    ['another scheme', json({ ...hello, target: { scheme: 'file', host: 'h', base: '/' } })],
    [
      'a line break in the target',
      json({ ...hello, target: { scheme: 'http', host: 'h\r\nX: y', base: '/' } }),
    ],
    ['a space in the base', json({ ...hello, target: { scheme: 'http', host: 'h', base: '/ x' } })],
    ['probe a word', json({ ...hello, probe: 'yes' })],
  ])('of HELLO is refused: %s', (_, payload) => {
    expect(() => decodeHello(payload)).toThrow('broke the protocol')
  })

  it.each(['session', 'resumeSecret', 'aliveMs', 'deadMs', 'url', 'outer', 'innerTls', 'gateway'] as const)(
    'of WELCOME has %s',
    member => {
      const { [member]: _, ...rest } = welcome
      expect(() => decodeWelcome(json(rest))).toThrow('broke the protocol')
    },
  )

  it('of REFUSED has a known code', () => {
    expect(decodeRefused(json({ ...refused, retryAfterMs: 5 }))).toEqual({ ...refused, retryAfterMs: 5 })
    expect(() => decodeRefused(json({ ...refused, code: 'other' }))).toThrow('broke the protocol')
    expect(() => decodeRefused(json({ ...refused, retryAfterMs: -1 }))).toThrow('broke the protocol')
  })
})

describe('lengths in LEB128', () => {
  it.each([
    [0, '00'],
    [127, '7f'],
    [128, '8001'],
    [300, 'ac02'],
    [16_384, '808001'],
  ])('%i is %s', (length, hex) => {
    expect(hexOf(leb128(length))).toBe(hex)
  })

  it('stand before each part of lv_cat, empty ones too', () => {
    expect(hexOf(lvCat(utf8('ab'), utf8(''), utf8('c')))).toBe('026162000163')
  })
})
