/** Vectors of RFC 1320 and [MS-NLMP] 4.2.4, and any number of broken challenges. */
import { createHmac } from 'node:crypto'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { md4 } from '../../net/auth/md4.ts'
import { ntlmType1, ntlmType3, ntlmv2Response, ntowfv2 } from '../../net/auth/ntlm.ts'
import { parseNtlmChallenge } from '../../net/auth/ntlm-challenge.ts'
import { TildegateError } from '../../shared/errors.ts'
import { Secret } from '../../shared/secret.ts'
import vectors from './ntlm.json' with { type: 'json' }

const bytes = (hex: string) => Buffer.from(hex, 'hex')
const login = { domain: vectors.domain, user: vectors.user, password: Secret.fromText(vectors.password) }
/** The time zero of the vectors, on our clock. */
const epochMs = -11_644_473_600_000

/** The challenge of the specification with another pair in its target info. */
function withPair(id: number, value: Buffer): Buffer {
  const message = bytes(vectors.type2)
  const [length, offset] = [message.readUInt16LE(40), message.readUInt32LE(44)]
  const head = Buffer.alloc(4)
  head.writeUInt16LE(id)
  head.writeUInt16LE(value.length, 2)
  const pairs = message.subarray(offset, offset + length - 4)
  const info = Buffer.concat([pairs, head, value, Buffer.alloc(4)])
  const whole = Buffer.concat([message.subarray(0, offset), info])
  whole.writeUInt16LE(info.length, 40)
  whole.writeUInt16LE(info.length, 42)
  return whole
}

const timed = () => withPair(7, Buffer.from([1, 2, 3, 4, 5, 6, 7, 8]))

describe('MD4', () => {
  it.each(vectors.md4 as [string, string][])('of "%s" is %s', (text, digest) => {
    expect(md4(Buffer.from(text)).toString('hex')).toBe(digest)
  })
})

describe('NTLMv2', () => {
  const challenge = parseNtlmChallenge(bytes(vectors.type2), 'proxy:808')

  it('has the key of the specification', () => {
    expect(ntowfv2(login).toString('hex')).toBe(vectors.ntowfv2)
  })

  it('reads the challenge of the specification', () => {
    expect(challenge.serverChallenge.toString('hex')).toBe(vectors.serverChallenge)
    expect(challenge.targetInfo.map(({ id, value }) => [id, value.toString('utf16le')])).toEqual(
      vectors.type2Pairs,
    )
  })

  it('gives proof and session key of the specification', () => {
    const clientChallenge = bytes(vectors.clientChallenge)
    const response = ntlmv2Response({ login, challenge, clientChallenge, wallMs: epochMs }, false)
    expect(response.ntResponse.subarray(0, 16).toString('hex')).toBe(vectors.ntProofStr)
    expect(response.sessionBaseKey.toString('hex')).toBe(vectors.sessionBaseKey)
  })

  it('puts the ß of a name into its key as it is', () => {
    const key = (user: string) => ntowfv2({ ...login, user }).toString('hex')
    expect(key('weiß')).toBe(key('WEIß'))
    expect(key('weiß')).not.toBe(key('WEISS'))
    expect(key('jürgen')).toBe(key('JÜRGEN'))
  })

  it('sends no LM response and no answer to NTLMv1, whichever bit is cleared', () => {
    const type3 = ntlmType3({
      login,
      type1: ntlmType1(),
      challenge,
      clientChallenge: bytes(vectors.clientChallenge),
      wallMs: 0,
    })
    expect(type3.subarray(88, 88 + 24).every(byte => byte === 0)).toBe(true)
    for (const flag of [0x1, 0x80000, 0x800000]) {
      const weak = bytes(vectors.type2)
      weak.writeUInt32LE((weak.readUInt32LE(20) & ~flag) >>> 0, 20)
      expect(() => parseNtlmChallenge(weak, 'proxy:808')).toThrow('NTLMv1')
    }
  })

  it('puts a MIC and the server’s time in where the server sends its time, and only there', () => {
    for (const withTime of [false, true]) {
      const type1 = ntlmType1()
      const parsed = parseNtlmChallenge(withTime ? timed() : bytes(vectors.type2), 'proxy:808')
      const parts = { login, challenge: parsed, clientChallenge: Buffer.alloc(8, 7), wallMs: epochMs }
      const type3 = ntlmType3({ ...parts, type1 })
      const { ntResponse, sessionBaseKey } = ntlmv2Response(parts, withTime)
      const mic = type3.subarray(72, 88)
      const pairs = ntResponse.subarray(16 + 28).toString('hex')
      // MsvAvFlags with the bit that announces a MIC ([MS-NLMP] 2.2.2.1).
      expect(pairs.includes('0600040002000000')).toBe(withTime)
      expect(ntResponse.subarray(24, 32).toString('hex')).toBe(
        withTime ? '0102030405060708' : '0000000000000000',
      )
      if (!withTime) {
        expect(mic.every(byte => byte === 0)).toBe(true)
        continue
      }
      const unsigned = Buffer.from(type3)
      unsigned.fill(0, 72, 88)
      const wanted = createHmac('md5', sessionBaseKey).update(type1).update(parsed.raw).update(unsigned)
      expect(mic.toString('hex')).toBe(wanted.digest('hex'))
    }
  })

  it('binds to the certificate of a proxy that is reached by TLS, and else to nothing', () => {
    const parts = { login, challenge, clientChallenge: Buffer.alloc(8), wallMs: 0 }
    const bindings = Buffer.alloc(16, 0xab)
    const bound = ntlmv2Response({ ...parts, channelBindings: bindings }, false).ntResponse
    expect(bound.includes(Buffer.concat([Buffer.from([10, 0, 16, 0]), bindings]))).toBe(true)
    expect(ntlmv2Response(parts, false).ntResponse.includes(Buffer.from([10, 0, 16, 0]))).toBe(false)
  })

  it.each([
    ['a time of 7 bytes', 7, 7],
    ['flags of 3 bytes', 6, 3],
  ])('takes %s for a broken challenge', (_, id, length) => {
    expect(() => parseNtlmChallenge(withPair(id, Buffer.alloc(length)), 'proxy:808')).toThrow(
      'cannot be read',
    )
  })

  it('meets any bytes and any mutation of a challenge with an answer or an error of its own', () => {
    const bases = [bytes(vectors.type2), timed()]
    const mutation = fc
      .tuple(fc.constantFrom(...bases), fc.array(fc.tuple(fc.nat(160), fc.nat(255)), { maxLength: 6 }))
      .map(([base, changes]) => {
        const mutated = Buffer.from(base)
        for (const [at, value] of changes) if (at < mutated.length) mutated[at] = value
        return mutated
      })
    const message = fc.oneof(
      mutation,
      fc.uint8Array({ maxLength: 200 }).map(random => Buffer.from(random)),
    )
    const cut = fc
      .tuple(message, fc.nat(120))
      .map(([whole, length]) => whole.subarray(0, whole.length - length))
    fc.assert(
      fc.property(fc.oneof(message, cut), raw => {
        try {
          const parsed = parseNtlmChallenge(Buffer.from(raw), 'proxy:808')
          ntlmType3({
            login,
            type1: ntlmType1(),
            challenge: parsed,
            clientChallenge: Buffer.alloc(8),
            wallMs: 0,
            channelBindings: Buffer.alloc(16),
          })
        } catch (error) {
          if (!(error instanceof TildegateError)) throw error
        }
      }),
      { numRuns: 50_000 },
    )
  })
})
