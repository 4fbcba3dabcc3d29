/**
 * Where the visitors' gate stands: behind the routing, before anything is asked of the tunnel. Who its visitors are
 * is the gate's business (`gateway/gate/`); that nobody gets around it is the business of this file.
 */
import { TildegateError } from '../../shared/errors.ts'
import type { VisitorVerifier } from '../../shared/protocol/visitor-verifier.ts'
import type { Upstream } from '../upstream.ts'
import type { VisitorEnvironment } from './environment.ts'
import type { Visit } from './visit.ts'

export interface GateDoor {
  /** Of the tunnel, as the visitor sees it: `/~~name/`, or `/` on an origin of its own. */
  readonly root: string
  /** What is asked for below it, query included, byte for byte. */
  readonly rest: string
  /** The request does not name its tunnel. */
  readonly isRootRelative: boolean
  /** One of the gate's own. */
  readonly ownPath: 'login' | 'logout' | undefined
}

export interface VisitorGate {
  /** True: the visitor may pass, and `visit.login` says by what. False: it has been answered. */
  passes(
    visit: Visit,
    environment: VisitorEnvironment,
    upstream: { readonly name: string; readonly visitors: VisitorVerifier },
    door: GateDoor,
  ): Promise<boolean>
}

type Work = () => Promise<void>

/** `work`, for those whom the gate lets pass; for all where the tunnel has none. */
export function gated(
  visit: Visit,
  environment: VisitorEnvironment,
  upstream: Upstream,
  place: Pick<GateDoor, 'root' | 'rest' | 'isRootRelative'>,
  work: Work,
): Work {
  const { name, visitors } = upstream
  if (visitors === undefined) return work
  return async () => {
    const { gate } = environment
    // Better nobody than everybody.
    if (gate === undefined) throw new TildegateError('tunnel-offline')
    const ownPath = place.isRootRelative ? undefined : ownPathOf(place.rest)
    if (await gate.passes(visit, environment, { name, visitors }, { ...place, ownPath })) await work()
  }
}

/** Below the root of a tunnel with a gate only; elsewhere all paths are the target's. */
export function ownPathOf(rest: string): GateDoor['ownPath'] {
  const [, path] = /^\.tildegate\/(login|logout)(?:\?|$)/.exec(rest) ?? []
  return path === 'login' || path === 'logout' ? path : undefined
}
