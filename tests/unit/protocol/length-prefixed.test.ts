/** The decoder of lengths and bodies: every split point, every limit. */
import { describe, expect, it } from 'vitest'
import {
  LengthPrefixedDecoder,
  type LengthRule,
  withLength,
} from '../../../shared/protocol/length-prefixed.ts'
import { wire } from '../../../shared/protocol/limits.ts'

const message: LengthRule = { prefixBytes: 2, minBytes: wire.messageMinBytes, maxBytes: wire.messageMaxBytes }
const frame: LengthRule = { prefixBytes: 4, minBytes: wire.frameMinBytes, maxBytes: wire.frameMaxBytes }
const bodies = [1, 2, 3, 64].map((length, i) => Buffer.alloc(length, i + 1))
const stream = Buffer.concat(bodies.map(body => withLength(body, 2)))

function decodeAll(rule: LengthRule, pieces: readonly Uint8Array[]): Buffer[] {
  const decoder = new LengthPrefixedDecoder(rule)
  const found: Buffer[] = []
  for (const piece of pieces) {
    decoder.push(piece)
    for (let body = decoder.next(); body !== undefined; body = decoder.next()) found.push(Buffer.from(body))
  }
  return found
}

describe('bodies with their length before them', () => {
  it('are found whatever the one place where the bytes are split', () => {
    for (let at = 0; at <= stream.length; at++) {
      expect(decodeAll(message, [stream.subarray(0, at), stream.subarray(at)]), `split at ${at}`).toEqual(
        bodies,
      )
    }
  })

  it('are found byte by byte', () => {
    expect(
      decodeAll(
        message,
        Array.from(stream, byte => Uint8Array.of(byte)),
      ),
    ).toEqual(bodies)
  })

  it('leave what follows them to another decoder', () => {
    for (let at = 0; at <= stream.length; at++) {
      const decoder = new LengthPrefixedDecoder(message)
      decoder.push(stream.subarray(0, at))
      const first = decoder.next()
      if (first === undefined) continue
      expect(Buffer.concat([decoder.rest(), stream.subarray(at)]), `split at ${at}`).toEqual(
        stream.subarray(3),
      )
    }
  })

  it.each([
    ['a message', message, wire.messageMinBytes, wire.messageMaxBytes],
    ['a frame', frame, wire.frameMinBytes, wire.frameMaxBytes],
  ] as const)('%s has the smallest and the largest length allowed, and no other', (_, rule, min, max) => {
    for (const length of [min, max]) {
      const body = Buffer.alloc(length, 7)
      expect(decodeAll(rule, [withLength(body, rule.prefixBytes)])).toEqual([body])
    }
    for (const length of [min - 1, max + 1, 2 ** (8 * rule.prefixBytes) - 1]) {
      const field = Buffer.alloc(rule.prefixBytes)
      field.writeUIntBE(length, 0, rule.prefixBytes)
      expect(() => decodeAll(rule, [field, Uint8Array.of(0)]), `${length} bytes`).toThrow('a length of')
    }
  })

  it('are not there before their last byte', () => {
    const decoder = new LengthPrefixedDecoder(frame)
    const whole = withLength(Buffer.alloc(17), 4)
    decoder.push(whole.subarray(0, -1))
    expect(decoder.next()).toBeUndefined()
    decoder.push(whole.subarray(-1))
    expect(decoder.next()).toHaveLength(17)
  })
})
