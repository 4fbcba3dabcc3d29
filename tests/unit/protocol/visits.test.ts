/** VISITS: what bounds it, and that what is not exactly as specified is ignored as a whole. */
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { decodeFrame, encodeFrame } from '../../../shared/protocol/frames.ts'
import { LengthPrefixedDecoder, withLength } from '../../../shared/protocol/length-prefixed.ts'
import { wire } from '../../../shared/protocol/limits.ts'
import type { ToldVisit } from '../../../shared/protocol/visits.ts'

const visit: ToldVisit = {
  ...{ agoMs: 5, durationMs: 6, status: 200 },
  ...{ address: '192.0.2.7', method: 'GET', path: '/a' },
}
const frameOf = (visits: readonly ToldVisit[], leftOut = 0) =>
  encodeFrame({ type: 'visits', leftOut, visits })
const told = (frame: Uint8Array) => {
  const decoded = decodeFrame(frame, 'g2a')
  if (decoded?.type !== 'visits') throw new Error('no VISITS')
  return decoded
}
const u32 = fc.nat({ max: 2 ** 32 - 1 })
const anyVisit = fc.record({
  agoMs: u32,
  durationMs: u32,
  status: fc.nat({ max: 999 }),
  address: fc.string({ unit: 'binary', maxLength: 16 }),
  method: fc.string({ unit: 'binary', maxLength: 8 }),
  path: fc.string({ unit: 'binary', maxLength: 63 }),
})

describe('a VISITS frame', () => {
  it('comes back as it was, whatever visitors call themselves and ask for', () => {
    fc.assert(
      fc.property(u32, fc.array(anyVisit, { maxLength: wire.visitsMax }), (leftOut, visits) => {
        expect(told(frameOf(visits, leftOut))).toEqual({ type: 'visits', leftOut, visits })
      }),
    )
  })

  it('is never larger than a sealed frame may be, and holds the latest visits; the others are counted', () => {
    const long = { ...visit, address: '😀'.repeat(99), method: 'M'.repeat(999), path: '€'.repeat(9_999) }
    const many = Array.from({ length: 100 }, (_, i) => ({ ...long, agoMs: i }))
    const frame = frameOf(many, 7)
    expect(frame.length + 16).toBeLessThanOrEqual(wire.frameMaxBytes)
    const { leftOut, visits } = told(frame)
    expect(leftOut).toBe(7 + 68)
    expect(visits.map(({ agoMs }) => agoMs)).toEqual(Array.from({ length: 32 }, (_, i) => 68 + i))
    // Cut between characters.
    expect(visits[0]).toMatchObject({ address: '😀'.repeat(16), path: `${'€'.repeat(84)}…` })
  })

  it('says the greatest number it can where one is greater, and the least where one is below nothing', () => {
    const odd = { ...visit, agoMs: -3, durationMs: 1e12, status: 60_000 }
    expect(told(frameOf([odd], 1e12))).toMatchObject({
      leftOut: 2 ** 32 - 1,
      visits: [{ agoMs: 0, durationMs: 2 ** 32 - 1, status: 999 }],
    })
  })

  it('that ends anywhere within a visit is ignored as a whole', () => {
    const frame = frameOf([visit, visit])
    const wholes = [frameOf([]).length, frameOf([visit]).length, frame.length]
    for (let end = 1; end <= frame.length; end++)
      expect(decodeFrame(frame.subarray(0, end), 'g2a') !== undefined, `${end}`).toBe(wholes.includes(end))
  })

  it.each([
    ['more visits than it may have', [...Array(33)].flatMap(() => [...frameOf([visit]).subarray(5)])],
    ['a status that there is not', [...frameOf([visit]).subarray(5)].with(8, 4)],
    ['an address that is too long', [...frameOf([visit]).subarray(5, 15), 65, ...Buffer.alloc(70)]],
    ['a method that is too long', [...frameOf([visit]).subarray(5, 15), 0, 33, ...Buffer.alloc(40)]],
    ['a path that is not UTF-8', [...frameOf([visit]).subarray(5, -1), 0xff]],
  ])('with %s is ignored as a whole', (_, visits) => {
    expect(decodeFrame(Buffer.from([0x81, 0, 0, 0, 0, ...visits]), 'g2a')).toBeUndefined()
  })

  it('of any bytes whatever is read or ignored, and breaks nothing', () => {
    const bytes = fc.uint8Array({ maxLength: 400 })
    fc.assert(
      fc.property(bytes, payload => {
        const decoded = decodeFrame(Buffer.concat([Buffer.of(0x81), payload]), 'g2a')
        if (decoded !== undefined) expect(told(encodeFrame(decoded))).toEqual(decoded)
      }),
      { numRuns: 2_000 },
    )
  })

  it('is put together again wherever the stream cuts it', () => {
    const stream = Buffer.concat([
      ...[frameOf([visit]), encodeFrame({ type: 'pong', id: 1n })].map(f => withLength(f, 4)),
    ])
    for (let cut = 0; cut <= stream.length; cut++) {
      const decoder = new LengthPrefixedDecoder({ prefixBytes: 4, minBytes: 1, maxBytes: 16_400 })
      const types = []
      for (const part of [stream.subarray(0, cut), stream.subarray(cut)]) {
        decoder.push(part)
        for (let body = decoder.next(); body !== undefined; body = decoder.next())
          types.push(decodeFrame(body, 'g2a')?.type)
      }
      expect(types).toEqual(['visits', 'pong'])
    }
  })
})

it('SEEN with anything behind it is somebody else’s extension', () => {
  expect(decodeFrame(Buffer.of(0x82, 0), 'a2g')).toBeUndefined()
})
