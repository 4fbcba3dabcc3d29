/** Who serves a request: a tunnel, by its host or its prefix, or found by the page that asks; or a redirect of our own. */
import { TildegateError } from '../../shared/errors.ts'
import type { Upstream } from '../upstream.ts'
import { discardBody } from './bodies.ts'
import { ownOrigins, type VisitorEnvironment } from './environment.ts'
import { gated, ownPathOf } from './gated.ts'
import { redirect } from './refusing.ts'
import { relayRequest } from './relay.ts'
import type { CheckedRequest } from './request-checks.ts'
import { isWebSocket, type PageTunnel, restOf, tunnelOfPage } from './root-relative.ts'
import { routeCookie, routeOf } from './route-cookie.ts'
import { climbsOut, routeRequest } from './routing.ts'
import { refusalOfSurplus } from './surplus.ts'
import { locationByTls } from './transport-security.ts'
import type { Visit } from './visit.ts'

type Work = () => Promise<void>

/** What is to be done for this request; names its tunnel in `visit`. What is wrong with it is thrown by the work. */
export function workFor(visit: Visit, environment: VisitorEnvironment): Work {
  try {
    return refusalOfSurplus(visit, environment) ?? find(visit, environment)
  } catch (error) {
    if (error instanceof TunnelAway) return () => workOnceBack(error.tunnel, visit, environment)
    return () => Promise.reject(error)
  }
}

/** Undefined: a host that is nobody's. */
class TunnelAway extends TildegateError {
  readonly tunnel: string | undefined

  constructor(tunnel: string | undefined) {
    super('tunnel-offline')
    this.tunnel = tunnel
  }
}

/** After a start agents are on their way back; until then requests wait, whatever name they ask for. */
async function workOnceBack(
  tunnel: string | undefined,
  visit: Visit,
  environment: VisitorEnvironment,
): Promise<void> {
  await environment.directory.whenBack?.(tunnel, visit.signal)
  await find(visit, environment)()
}

/** @throws TildegateError request-malformed, tunnel-offline */
function find(visit: Visit, environment: VisitorEnvironment): Work {
  const checked = visit.check()
  const location = locationByTls(checked.target, visit.context, environment, environment.transport)
  if (location !== undefined) {
    const headers = ['Location', location, 'Cache-Control', 'no-store']
    return () => redirectWhole(visit, environment, 308, headers)
  }
  const host = environment.hostMode?.find(visit.context.host)
  if (host !== undefined) return findByHost(visit, environment, checked, host.name)
  const route = routeRequest(checked)
  switch (route.kind) {
    case 'redirect':
      return async () => redirect(visit, environment, route.status, ['Location', route.location])
    case 'tunnel': {
      const upstream = take(visit, environment, route.name)
      const place = { prefix: route.prefix, isOwnOrigin: false, isRootRelative: false, rest: route.rest }
      return gated(visit, environment, upstream, { ...place, root: route.prefix }, () => {
        // Only a part of the target is shared: what lies beside it does not exist.
        if (upstream.target.base !== '/' && climbsOut(route.rest)) throw new TildegateError('tunnel-offline')
        return relayRequest(visit, environment, upstream, checked, place)
      })
    }
    case 'nothing':
      return findByPage(visit, environment, checked)
  }
}

/**
 * For a host that is a tunnel's. Visitor and target see the same paths, so that nothing need be rewritten; where only
 * a part of the target is shared, the root leads there and the rest does not exist.
 */
function findByHost(
  visit: Visit,
  environment: VisitorEnvironment,
  checked: CheckedRequest,
  name: string | undefined,
): Work {
  if (name === undefined) throw new TunnelAway(undefined)
  const upstream = take(visit, environment, name)
  const door = { root: '/', rest: checked.target.slice(1), isRootRelative: false }
  // Below the root of a host these are the gateway's own, as all of `/.tildegate/` is.
  if (upstream.visitors === undefined && ownPathOf(door.rest) !== undefined)
    throw new TildegateError('tunnel-offline')
  return gated(visit, environment, upstream, door, () => relayByHost(visit, environment, upstream, checked))
}

async function relayByHost(
  visit: Visit,
  environment: VisitorEnvironment,
  upstream: Upstream,
  checked: CheckedRequest,
): Promise<void> {
  const { base } = upstream.target
  const [path = ''] = checked.target.split('?', 1)
  if (base !== '/' && (path === '/' || `${path}/` === base)) {
    const location = base + checked.target.slice(path.length)
    redirect(visit, environment, 307, ['Location', location, 'Cache-Control', 'no-store'])
    return
  }
  const rest = checked.target.slice(base.length)
  if (!checked.target.startsWith(base) || (base !== '/' && climbsOut(rest)))
    throw new TildegateError('tunnel-offline')
  const place = { prefix: base, isOwnOrigin: true, isRootRelative: false, rest }
  await relayRequest(visit, environment, upstream, checked, place)
}

/** For a request that does not name its tunnel. */
function findByPage(visit: Visit, environment: VisitorEnvironment, checked: CheckedRequest): Work {
  const { rawHeaders } = visit.request
  const origins = ownOrigins(visit.context, environment)
  const page = tunnelOfPage({ ...checked, rawHeaders }, visit.context.scheme, origins)
  if (page === undefined) throw new TildegateError('tunnel-offline')
  const upstream = take(visit, environment, page.name)
  const rest = restOf(checked.target, upstream.target)
  if (rest === undefined) throw new TildegateError('tunnel-offline')
  const prefix = `/~~${page.name}/`
  if (visit.isUpgrade && isWebSocket(rawHeaders, origins)) {
    const place = { prefix, isOwnOrigin: false, isRootRelative: true, rest }
    return gated(visit, environment, upstream, { ...place, root: prefix }, () =>
      relayRequest(visit, environment, upstream, checked, place),
    )
  }
  return () => redirectBelow(visit, environment, page, prefix + rest)
}

/** As if nobody knew the name: whether a tunnel is unknown or not connected is nobody's business. */
function take(visit: Visit, { directory }: VisitorEnvironment, name: string): Upstream {
  const upstream = directory.find(name)
  if (upstream === undefined) throw new TunnelAway(name)
  visit.tunnel = upstream.name
  return upstream
}

/** 307 keeps method and body. It is good for this page only, so nobody may keep it. */
async function redirectBelow(
  visit: Visit,
  environment: VisitorEnvironment,
  page: PageTunnel,
  location: string,
): Promise<void> {
  const headers = ['Location', location, 'Cache-Control', 'no-store', 'Vary', 'Referer, Origin, Cookie']
  const { scheme } = visit.context
  // A page that proved by its address where it belongs is the one whose WebSockets, which have none, come next.
  if (page.by === 'referer' && routeOf(visit.request.rawHeaders, scheme) !== page.name)
    headers.push('Set-Cookie', routeCookie(page.name, scheme))
  await redirectWhole(visit, environment, 307, headers)
}

/** Browsers read no answer before they have sent all of the body; who asked first sends it only once. */
async function redirectWhole(
  visit: Visit,
  environment: VisitorEnvironment,
  status: number,
  headers: readonly string[],
): Promise<void> {
  const { clock, limits } = environment
  if (!visit.expectsContinue && !visit.isUpgrade)
    await discardBody(visit.request, visit.signal, clock, limits.uploadIdleMs)
  redirect(visit, environment, status, headers)
}
