/** The proxies of an entry, ready to be dialled: passwords at hand, `system` replaced by what the system says. */
import type { ResolvedLogin } from '../net/auth/index.ts'
import type { Route, Way } from '../net/dial/index.ts'
import type { ResolvedHop } from '../net/proxy/chain.ts'
import { nameOf } from '../net/proxy/chain.ts'
import { printAnswer, type SystemAnswer } from '../net/system-proxy/index.ts'
import type { Hop, HopLogin } from '../shared/balance/index.ts'
import { TildegateError } from '../shared/errors.ts'
import { said } from '../shared/phrases.ts'
import { Secret } from '../shared/secret.ts'

export interface HopSources {
  readonly environment: Readonly<Record<string, string | undefined>>
  /** From the keychain. @throws TildegateError password-missing and those of the store */
  keychainPassword?(hop: string, login: HopLogin): Promise<Secret>
  /** A login that the user stored for this proxy (`host:port`), which the system names without one. */
  keychainLogin?(hop: string): Promise<ResolvedLogin | undefined>
  /** What the system says for this gateway. @throws TildegateError system-proxy-unavailable */
  systemWays?(gateway: Route['gateway'], signal: AbortSignal): Promise<SystemAnswer>
}

/** The ways in the order in which to try them: several where the system names several. */
export type HopResolver = (route: Route, signal: AbortSignal) => Promise<readonly Way[]>

/** The result throws TildegateError password-missing, system-proxy-unavailable, each with `hopIndex`. */
export function hopResolver(sources: HopSources): HopResolver {
  return async (route, signal) => {
    let ways: readonly Way[] = [{ hops: [] }]
    for (const [i, hop] of route.hops.entries()) {
      try {
        const choices =
          hop.kind === 'system'
            ? await systemChoices(route, signal, sources)
            : [{ hops: [await resolveHop(hop, sources)] }]
        ways = joined(ways, choices, i + 1)
      } catch (cause) {
        if (!(cause instanceof TildegateError)) throw cause
        throw new TildegateError(cause.code, { ...cause.details, hopIndex: i + 1 }, { cause })
      }
    }
    return ways
  }
}

/** More ways than a system ever names are not tried. */
const maxWays = 8

/** Each way, gone on by each choice, whose proxy stands at `number` in the entry. */
function joined(ways: readonly Way[], choices: readonly Way[], number: number): readonly Way[] {
  return ways
    .flatMap(way =>
      choices.map(({ hops, said = way.said }) => ({
        hops: [...way.hops, ...hops.map(hop => ({ ...hop, number }))],
        ...(said === undefined ? {} : { said }),
      })),
    )
    .slice(0, maxWays)
}

async function systemChoices(
  { gateway }: Route,
  signal: AbortSignal,
  { systemWays, keychainLogin }: HopSources,
): Promise<readonly Way[]> {
  if (systemWays === undefined)
    throw new TildegateError('system-proxy-unavailable', said('reason', 'not-looked-up'))
  const answer = await systemWays(gateway, signal)
  const { ways, source } = answer
  const printed = printAnswer(answer)
  return Promise.all(
    ways.map(async proxy => {
      if (proxy === undefined) return { hops: [], said: printed }
      const login = proxy.login ?? (await keychainLogin?.(nameOf(proxy)))
      return { hops: [{ ...proxy, source, ...(login === undefined ? {} : { login }) }], said: printed }
    }),
  )
}

async function resolveHop(hop: Exclude<Hop, { kind: 'system' }>, sources: HopSources): Promise<ResolvedHop> {
  const { kind, host, port, login } = hop
  if (login === undefined) return { kind, host, port }
  const password = await passwordOf(nameOf(hop), login, sources)
  const { scheme, domain, user } = login
  return { kind, host, port, login: { scheme, user, password, ...(domain === undefined ? {} : { domain }) } }
}

async function passwordOf(hop: string, login: HopLogin, sources: HopSources): Promise<Secret> {
  const { password } = login
  if (password.kind === 'file') return password.secret
  const whose = said('name', 'login-at', { user: login.user, proxy: hop })
  if (password.kind === 'environment') {
    const text = sources.environment[password.variable]
    if (text !== undefined) return Secret.fromText(text)
    throw new TildegateError('password-missing', {
      ...whose,
      ...said('reason', 'variable-unset', { variable: password.variable }),
    })
  }
  if (sources.keychainPassword !== undefined) return sources.keychainPassword(hop, login)
  throw new TildegateError('password-missing', { ...whose, ...said('reason', 'no-keychain-here') })
}
