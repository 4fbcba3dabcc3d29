/** The proxies of an entry, ready to be dialled: passwords at hand, `system` replaced by what the system says. */
import type { Route } from '../net/dial/index.ts'
import type { ResolvedHop } from '../net/proxy/chain.ts'
import { nameOf } from '../net/proxy/chain.ts'
import type { Hop, HopLogin } from '../shared/balance/index.ts'
import { TildegateError } from '../shared/errors.ts'
import { Secret } from '../shared/secret.ts'

export interface HopSources {
  readonly environment: Readonly<Record<string, string | undefined>>
  /** From the keychain; undefined where it has none. */
  keychainPassword?(hop: string, login: HopLogin): Promise<Secret | undefined>
  /** What the operating system says for this gateway; an empty list is the direct way. */
  systemHops?(gateway: Route['gateway'], signal: AbortSignal): Promise<readonly ResolvedHop[]>
}

export type HopResolver = (route: Route, signal: AbortSignal) => Promise<readonly ResolvedHop[]>

/** The result throws TildegateError password-missing, system-proxy-unavailable, each with `hopIndex`. */
export function hopResolver(sources: HopSources): HopResolver {
  return async (route, signal) => {
    const resolved: ResolvedHop[] = []
    for (const [i, hop] of route.hops.entries()) {
      try {
        resolved.push(...(await resolveHop(hop, route, signal, sources)))
      } catch (cause) {
        if (!(cause instanceof TildegateError)) throw cause
        throw new TildegateError(cause.code, { ...cause.details, hopIndex: i + 1 }, { cause })
      }
    }
    return resolved
  }
}

async function resolveHop(
  hop: Hop,
  { gateway }: Route,
  signal: AbortSignal,
  sources: HopSources,
): Promise<readonly ResolvedHop[]> {
  if (hop.kind === 'system') {
    if (sources.systemHops !== undefined) return sources.systemHops(gateway, signal)
    throw new TildegateError('system-proxy-unavailable', { reason: 'it is not looked up here' })
  }
  const { kind, host, port, login } = hop
  if (login === undefined) return [{ kind, host, port }]
  const password = await passwordOf(nameOf(hop), login, sources)
  const { scheme, domain, user } = login
  return [
    { kind, host, port, login: { scheme, user, password, ...(domain === undefined ? {} : { domain }) } },
  ]
}

async function passwordOf(hop: string, login: HopLogin, sources: HopSources): Promise<Secret> {
  const { password } = login
  if (password.kind === 'file') return password.secret
  if (password.kind === 'environment') {
    const text = sources.environment[password.variable]
    if (text !== undefined) return Secret.fromText(text)
    throw new TildegateError('password-missing', {
      name: `${login.user} at ${hop}`,
      reason: `the variable ${password.variable} is not set`,
    })
  }
  const found = await sources.keychainPassword?.(hop, login)
  if (found !== undefined) return found
  const reason = sources.keychainPassword ? 'the keychain has none' : 'the keychain is not available here'
  throw new TildegateError('password-missing', { name: `${login.user} at ${hop}`, reason })
}
