/** The official vectors of draft-irtf-cfrg-cpace for X25519 and SHA-512. */
import { describe, expect, it } from 'vitest'
import { calculateGenerator, publicShare, sessionKey } from '../../net/seal/cpace.ts'
import { x25519 } from '../../net/seal/x25519.ts'
import vectors from './cpace-x25519-sha512.json' with { type: 'json' }

const bytes = (hex: string) => Buffer.from(hex, 'hex')
const hex = (value: Uint8Array) => Buffer.from(value).toString('hex')

describe('CPACE-X25519-SHA512', () => {
  it.each(vectors.cases)('gives generator, shares, shared point and session key for CI $CI', vector => {
    const generator = calculateGenerator(bytes(vectors.PRS), bytes(vector.CI), bytes(vectors.sid))
    expect(hex(generator)).toBe(vector.generator)
    const ya = publicShare(bytes(vectors.ya), generator)
    const yb = publicShare(bytes(vectors.yb), generator)
    expect(hex(ya)).toBe(vector.Ya)
    expect(hex(yb)).toBe(vector.Yb)
    const k = x25519(bytes(vectors.ya), yb)
    expect(hex(k)).toBe(vector.K)
    expect(hex(x25519(bytes(vectors.yb), ya))).toBe(vector.K)
    const shares = { ya, yb, ada: bytes(vectors.ADa), adb: bytes(vectors.ADb) }
    expect(hex(sessionKey(bytes(vectors.sid), k, shares))).toBe(vector.ISK)
    expect(k.every(byte => byte === 0)).toBe(true)
  })

  it.each(vectors.lowOrder.mustAbort)('aborts at the point of low order %s', point => {
    expect(() => x25519(bytes(vectors.lowOrder.scalar), bytes(point))).toThrow('a point of low order')
  })

  it.each(Object.entries(vectors.lowOrder.mustGive))('accepts the point %s', (point, result) => {
    expect(hex(x25519(bytes(vectors.lowOrder.scalar), bytes(point)))).toBe(result)
  })
})
