/**
 * The login at one proxy, as explicit states: what to send with each CONNECT, and what an answer 407 means. The entry decides the
 * scheme (a backslash means NTLM); never is NTLM given up for Basic, which would hand the password out.
 */
import { TildegateError } from '../../shared/errors.ts'
import type { Secret } from '../../shared/secret.ts'
import type { Clock, Random } from '../../shared/world.ts'
import { type AuthChallenge, namesOf, parseChallenges } from './challenges.ts'
import { ntlmType1, ntlmType3 } from './ntlm.ts'
import { parseNtlmChallenge } from './ntlm-challenge.ts'

/** A login whose password is at hand. */
export interface ResolvedLogin {
  readonly scheme: 'basic' | 'ntlm'
  /** NTLM only; empty without one. */
  readonly domain?: string
  readonly user: string
  readonly password: Secret
}

export type NextStep =
  /** The value of Proxy-Authorization for another CONNECT on the same connection. */
  | { readonly kind: 'send'; readonly value: string }
  /** Begin again with a new connection, from the first hop on. */
  | { readonly kind: 'redial' }
  | { readonly kind: 'fail'; readonly error: TildegateError }

export interface ProxyAuthenticator {
  /** As it is shown: Basic, NTLM, or Negotiate where that is what carries NTLM. Undefined without a login. */
  readonly scheme: string | undefined
  /** For the first CONNECT on a new connection; undefined without a login. Also begins anew after a redial. */
  first(): string | undefined
  /** After a 407. `values`: its Proxy-Authenticate lines. */
  next(values: readonly string[]): NextStep
}

export interface AuthenticatorParts {
  /** `host:port`, for errors. */
  readonly hop: string
  readonly login?: ResolvedLogin
  readonly clock: Clock
  readonly random: Random
  /** MD5 of the channel bindings where the proxy is reached by TLS; see `serverEndPointBindings`. */
  channelBindings?(): Buffer | undefined
}

export function createAuthenticator(parts: AuthenticatorParts): ProxyAuthenticator {
  const { hop, login } = parts
  if (login === undefined) return withoutLogin(hop)
  return login.scheme === 'basic' ? basic(hop, login) : ntlm(parts, login)
}

function withoutLogin(hop: string): ProxyAuthenticator {
  return {
    scheme: undefined,
    first: () => undefined,
    next: values => fail('proxy-login-required', { hop, offered: namesOf(parseChallenges(values)) }),
  }
}

function basic(hop: string, login: ResolvedLogin): ProxyAuthenticator {
  const value = login.password.use(password => {
    const pair = Buffer.concat([Buffer.from(`${login.user}:`, 'utf8'), password])
    return `Basic ${pair.toString('base64')}`
  })
  const hasBackslash = login.password.use(password => password.includes(0x5c))
  return {
    scheme: 'Basic',
    first: () => value,
    next: values => {
      const offered = parseChallenges(values)
      if (offers(offered, 'basic') || offered.length === 0) {
        return fail(hasBackslash ? 'proxy-auth-refused-backslash' : 'proxy-auth-refused', { hop })
      }
      if (offers(offered, 'ntlm')) return fail('proxy-wants-ntlm', { hop, offered: namesOf(offered) })
      return fail('proxy-scheme-not-offered', { hop, offered: namesOf(offered), wanted: 'Basic' })
    },
  }
}

function ntlm(parts: AuthenticatorParts, login: ResolvedLogin): ProxyAuthenticator {
  const { hop, clock, random } = parts
  const type1 = ntlmType1()
  /** NTLM inside Negotiate only where NTLM itself is not offered. */
  let carrier: 'NTLM' | 'Negotiate' = 'NTLM'
  let state: 'type1' | 'type3' = 'type1'
  let hasRedialled = false

  function answer(token: string): NextStep {
    const challenge = parseNtlmChallenge(Buffer.from(token, 'base64'), hop)
    const channelBindings = parts.channelBindings?.()
    const type3 = ntlmType3({
      login: { domain: login.domain ?? '', user: login.user, password: login.password },
      type1,
      challenge,
      clientChallenge: random.bytes(8),
      wallMs: clock.wall(),
      ...(channelBindings === undefined ? {} : { channelBindings }),
    })
    state = 'type3'
    return { kind: 'send', value: `${carrier} ${type3.toString('base64')}` }
  }

  return {
    get scheme() {
      return carrier
    },
    first() {
      state = 'type1'
      return `${carrier} ${type1.toString('base64')}`
    },
    next(values) {
      const offered = parseChallenges(values)
      if (state === 'type3') return fail('proxy-auth-refused', { hop })
      const own = carrier.toLowerCase()
      const token = offered.find(({ scheme, token }) => scheme === own && token !== undefined)?.token
      if (token !== undefined) {
        try {
          return answer(token)
        } catch (error) {
          if (error instanceof TildegateError) return { kind: 'fail', error }
          throw error
        }
      }
      if (carrier === 'NTLM' && !offers(offered, 'ntlm') && offers(offered, 'negotiate')) {
        carrier = 'Negotiate'
        return { kind: 'send', value: `${carrier} ${type1.toString('base64')}` }
      }
      // The scheme is named, but no challenge came: on a fresh connection it may. Once.
      if ((offers(offered, own) || offered.length === 0) && !hasRedialled) {
        hasRedialled = true
        return { kind: 'redial' }
      }
      // No password was sent yet: it is not the login that was refused.
      if (carrier === 'NTLM' && (offers(offered, own) || offered.length === 0))
        return fail('proxy-ntlm-no-challenge', { hop })
      return fail('proxy-scheme-not-offered', { hop, offered: namesOf(offered), wanted: 'NTLM' })
    },
  }
}

function offers(challenges: readonly AuthChallenge[], scheme: string): boolean {
  return challenges.some(challenge => challenge.scheme === scheme)
}

type RefusalCode =
  | 'proxy-login-required'
  | 'proxy-auth-refused'
  | 'proxy-auth-refused-backslash'
  | 'proxy-wants-ntlm'
  | 'proxy-scheme-not-offered'
  | 'proxy-ntlm-no-challenge'

function fail(code: RefusalCode, details: Readonly<Record<string, string>>): NextStep {
  return { kind: 'fail', error: new TildegateError(code, details) }
}
