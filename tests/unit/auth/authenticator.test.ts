import { describe, expect, it } from 'vitest'
import { createAuthenticator, type NextStep, type ResolvedLogin } from '../../../net/auth/index.ts'
import { systemRandom } from '../../../net/world.ts'
import { Secret } from '../../../shared/secret.ts'
import { VirtualClock } from '../../support/virtual-clock.ts'
import vectors from '../../vectors/ntlm.json' with { type: 'json' }

const hop = '192.168.10.11:808'
const challenge = `NTLM ${Buffer.from(vectors.type2, 'hex').toString('base64')}`
const basic: ResolvedLogin = { scheme: 'basic', user: 'jürgen', password: Secret.fromText('Grüße:99') }
const ntlm: ResolvedLogin = {
  scheme: 'ntlm',
  domain: 'LAB',
  user: 'alice',
  password: Secret.fromText('Passw0rd!'),
}

const authenticator = (login?: ResolvedLogin) =>
  createAuthenticator({ hop, clock: new VirtualClock(), random: systemRandom, ...(login ? { login } : {}) })

const codeOf = (step: NextStep) => (step.kind === 'fail' ? step.error.code : step.kind)

describe('without a login', () => {
  it('nothing is sent, and a 407 says what the proxy offers', () => {
    const own = authenticator()
    expect(own.first()).toBeUndefined()
    const step = own.next(['Negotiate', 'Basic realm=x'])
    expect(step.kind === 'fail' && step.error.message).toContain('Negotiate and Basic')
  })
})

describe('Basic', () => {
  it('goes first, in UTF-8', () => {
    expect(authenticator(basic).first()).toBe(
      `Basic ${Buffer.from('jürgen:Grüße:99', 'utf8').toString('base64')}`,
    )
  })

  it.each([
    [['Basic realm=x'], 'proxy-auth-refused'],
    [[], 'proxy-auth-refused'],
    [['NTLM'], 'proxy-wants-ntlm'],
    [['Digest realm=x'], 'proxy-scheme-not-offered'],
  ])('answered by 407 with %j ends with %s', (values, code) => {
    expect(codeOf(authenticator(basic).next(values))).toBe(code)
  })

  it('hints at a backslash that stands in the password', () => {
    const login = { ...basic, password: Secret.fromText('dom\\secret') }
    expect(codeOf(authenticator(login).next(['Basic realm=x']))).toBe('proxy-auth-refused-backslash')
  })
})

describe('NTLM', () => {
  it('sends Type 1 first and Type 3 for the challenge, on the same connection', () => {
    const own = authenticator(ntlm)
    expect(own.first()).toMatch(/^NTLM TlRMTVNTUAAB/)
    const step = own.next([challenge])
    expect(step.kind === 'send' && step.value).toMatch(/^NTLM TlRMTVNTUAAD/)
    expect(codeOf(own.next(['NTLM']))).toBe('proxy-auth-refused')
  })

  it('goes inside Negotiate only where NTLM itself is not offered', () => {
    const own = authenticator(ntlm)
    own.first()
    const step = own.next(['Negotiate'])
    expect(step.kind === 'send' && step.value).toMatch(/^Negotiate TlRMTVNTUAAB/)
    const last = own.next([challenge.replace('NTLM', 'Negotiate')])
    expect(last.kind === 'send' && last.value).toMatch(/^Negotiate TlRMTVNTUAAD/)
  })

  it('is never given up for Basic', () => {
    const own = authenticator(ntlm)
    own.first()
    const step = own.next(['Basic realm=x', 'Digest realm=x'])
    expect(step.kind === 'fail' && step.error.message).toBe(
      `The proxy ${hop} offers Basic and Digest, the entry asks for NTLM.`,
    )
  })

  it.each([[['NTLM']], [[]]])('begins anew once where no challenge comes (%j), and then gives up', values => {
    const own = authenticator(ntlm)
    own.first()
    expect(codeOf(own.next(values))).toBe('redial')
    own.first()
    expect(codeOf(own.next(values))).toBe('proxy-ntlm-no-challenge')
  })

  it('finds a proxy that only takes Kerberos not to offer it', () => {
    const own = authenticator(ntlm)
    own.first()
    expect(codeOf(own.next(['Negotiate']))).toBe('send')
    expect(codeOf(own.next(['Negotiate']))).toBe('redial')
    expect(own.first()).toMatch(/^Negotiate /)
    const step = own.next(['Negotiate'])
    expect(step.kind === 'fail' && step.error.message).toContain('offers Negotiate, the entry asks for NTLM')
  })

  it('does not answer a challenge that leads to NTLMv1', () => {
    const weak = Buffer.from(vectors.type2, 'hex')
    weak.writeUInt32LE((weak.readUInt32LE(20) & ~0x80000) >>> 0, 20)
    const own = authenticator(ntlm)
    own.first()
    expect(codeOf(own.next([`NTLM ${weak.toString('base64')}`]))).toBe('proxy-ntlmv1-refused')
  })

  it.each(['NTLM !!!', 'NTLM AAAA', 'NTLM TlRMTVNTUAAC'])(
    'meets the broken challenge "%s" with an error',
    value => {
      const own = authenticator(ntlm)
      own.first()
      expect(['proxy-ntlm-malformed', 'redial']).toContain(codeOf(own.next([value])))
    },
  )
})
