/**
 * One line of the access log, the counts and the memory of the last requests for each request of a visitor. No path and no
 * query in the log: they may carry tokens. The path alone is remembered for the admin, for a while, and told to the agent.
 */
import type { Clock, Log } from '../shared/world.ts'
import type { LimitReports } from './control/limit-reports.ts'
import type { FinishedRequest, VisitorCounters } from './http/counters.ts'
import { isLoopback } from './listen/address-ranges.ts'
import type { Front } from './listen/connection-peer.ts'
import type { GatewayMetrics } from './metrics.ts'
import type { RecentVisits } from './visits/recent-visits.ts'
import type { TunnelTraffic } from './visits/tunnel-traffic.ts'
import type { EndedVisit } from './visits/visit-teller.ts'

/** Longer than any that is registered. By HTTP/2 a stranger may send any word. */
const longestMethod = 32

export interface RecordParts {
  readonly clock: Clock
  readonly log: Log
  readonly metrics: GatewayMetrics
  readonly reports: LimitReports
  readonly traffic: TunnelTraffic
  readonly recent: RecentVisits
  /** Tells the agent of the tunnel, where it wants to know. */
  tell(tunnel: string, visit: EndedVisit): void
}

export class VisitorRecords implements VisitorCounters {
  readonly #parts: RecordParts
  #hasToldOfFront = false

  constructor(parts: RecordParts) {
    this.#parts = parts
  }

  requestStarted(): void {
    this.#parts.metrics.visitorRequestStarted()
  }

  requestFinished(tunnel: string | undefined, request: FinishedRequest): void {
    const { clock, log, metrics, traffic, recent, tell } = this.#parts
    const { durationMs, sentBytes, receivedBytes, status, isBroken, address, method, path, http, traceId } =
      request
    metrics.visitorRequestFinished(status, http, durationMs / 1000, sentBytes, receivedBytes)
    traffic.add(tunnel, request)
    if (tunnel !== undefined) {
      const at = clock.wall()
      const visit = { address, method, path: pathBelow(tunnel, path), status, durationMs }
      recent.add(tunnel, { ...visit, at, receivedBytes, sentBytes })
      tell(tunnel, visit)
    }
    // Told by `surplus`: a flood must not become one of the log, too.
    if (request.isSurplus) return
    const ms = Math.round(durationMs)
    const rare = { ...(isBroken ? { isBroken } : {}), ...(traceId === undefined ? {} : { traceId }) }
    const what = { tunnel, address, method: method.slice(0, longestMethod), status, http }
    log.info({ ...what, sentBytes, receivedBytes, ms, ...rare }, 'request')
  }

  protocolViolation(reason: string, address: string): void {
    this.#parts.reports.refused(`visitor: ${reason}`, address, reason)
  }

  surplus(address: string, front: Front | undefined): void {
    this.#parts.reports.exceeded('requests-of-address', address, surplusReasons[front ?? 'none'])
  }

  /** On this computer it is most probably the admin's own; elsewhere anybody may send that. Told once. */
  untrustedFront(address: string): void {
    if (this.#hasToldOfFront || !isLoopback(address)) return
    this.#hasToldOfFront = true
    this.#parts.log.warn(
      { address },
      'a front proxy on this computer is not trusted (X-Forwarded-For): all its visitors are one to the gateway, which cannot bound what each does; give --trust-forwarded 127.0.0.1',
    )
  }
}

/** Who is refused for what others send is helped by the admin alone, who has to know. */
const surplusReasons = {
  none: 'too many requests from here',
  untrusted:
    'too many requests from here, which forwards them for others (X-Forwarded-For) and is not trusted: if it is your own front proxy, give --trust-forwarded',
  silent:
    'too many requests from here, a front proxy that is trusted and does not say who its visitors are: let it send X-Forwarded-For',
} as const

function pathBelow(tunnel: string, path: string): string {
  const prefix = `/~~${tunnel}/`
  return path.startsWith(prefix) ? path.slice(prefix.length - 1) : path
}
