import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { namesOf, parseChallenges } from '../../../net/auth/challenges.ts'

describe('the challenges of a 407', () => {
  it.each([
    [['Basic realm="Proxy"'], [{ scheme: 'basic' }]],
    [['basic REALM=x'], [{ scheme: 'basic' }]],
    [['NTLM'], [{ scheme: 'ntlm' }]],
    [['NTLM TlRMTVNTUAAC='], [{ scheme: 'ntlm', token: 'TlRMTVNTUAAC=' }]],
    [
      ['Negotiate', 'NTLM', 'Basic realm="a, b", charset="UTF-8"'],
      [{ scheme: 'negotiate' }, { scheme: 'ntlm' }, { scheme: 'basic' }],
    ],
    [
      ['Negotiate, NTLM, Basic realm="x"'],
      [{ scheme: 'negotiate' }, { scheme: 'ntlm' }, { scheme: 'basic' }],
    ],
    [['Digest realm="a \\" NTLM", nonce=abc, Basic realm="y"'], [{ scheme: 'digest' }, { scheme: 'basic' }]],
    [[], []],
    [['', ' , ,'], []],
    [['"'], []],
  ])('in %j are read', (values, challenges) => {
    expect(parseChallenges(values)).toEqual(challenges)
  })

  it('in any text at all are read without an exception, and not without end', () => {
    fc.assert(
      fc.property(fc.array(fc.string({ maxLength: 300 }), { maxLength: 5 }), values => {
        expect(parseChallenges(values).length).toBeLessThanOrEqual(32)
      }),
    )
  })

  it.each([
    ['nothing', []],
    ['Basic', ['Basic realm=x']],
    ['Negotiate, NTLM and Basic', ['Negotiate', 'NTLM', 'Basic realm=x']],
  ])('are called "%s" for people', (words, values) => {
    expect(namesOf(parseChallenges(values))).toBe(words)
  })
})
