/** Verifiers of visitor passwords against vectors of an independent implementation. */
import { describe, expect, it } from 'vitest'
import { hashVisitorPassword } from '../../net/visitor-password.ts'
import { decodeHello } from '../../shared/protocol/control-json.ts'
import { decodeFrame, encodeFrame } from '../../shared/protocol/frames.ts'
import { Secret } from '../../shared/secret.ts'
import vectors from './visitors.json' with { type: 'json' }

describe('a visitor’s password', () => {
  it.each(vectors.cases)('is hashed as specified: $title', async vector => {
    const { password, passwordUtf8, n, p, salt, hash } = vector
    expect(Buffer.from(password).toString('hex')).toBe(passwordUtf8)
    const how = { n: n as 32768, r: 8, p, salt } as const
    expect((await hashVisitorPassword(Secret.fromText(password), how)).toString('hex')).toBe(hash)
  })

  it('stands in HELLO as a verifier, byte for byte', () => {
    const payload = Buffer.from(vectors.hello)
    const hello = decodeHello(payload)
    const { title, password, passwordUtf8, ...scrypt } = vectors.cases[0] as (typeof vectors.cases)[number]
    expect(hello.visitors).toEqual({ scrypt })
    expect(Buffer.from(encodeFrame({ type: 'hello', hello })).subarray(1)).toEqual(payload)
    expect(decodeFrame(Buffer.concat([Buffer.of(1), payload]), 'a2g')).toEqual({ type: 'hello', hello })
  })
})
