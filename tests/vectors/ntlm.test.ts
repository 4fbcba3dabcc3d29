/** Vectors of RFC 1320 and [MS-NLMP] 4.2.4, and any number of broken challenges. */
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

  it('meets any bytes and any mutation of a challenge with an answer or an error of its own', () => {
    const mutation = fc
      .array(fc.tuple(fc.nat(bytes(vectors.type2).length - 1), fc.nat(255)), { maxLength: 6 })
      .map(changes => {
        const mutated = bytes(vectors.type2)
        for (const [at, value] of changes) mutated[at] = value
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
          })
        } catch (error) {
          if (!(error instanceof TildegateError)) throw error
        }
      }),
      { numRuns: 20_000 },
    )
  })
})
