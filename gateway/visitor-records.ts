/**
 * One line of the access log and the counts for each request of a visitor. No path and no query: they may
 * carry tokens.
 */
import type { Log } from '../shared/world.ts'
import type { LimitReports } from './control/limit-reports.ts'
import type { FinishedRequest, VisitorCounters } from './http/counters.ts'
import type { GatewayMetrics } from './metrics.ts'

export class VisitorRecords implements VisitorCounters {
  readonly #log: Log
  readonly #metrics: GatewayMetrics
  readonly #reports: LimitReports

  constructor(log: Log, metrics: GatewayMetrics, reports: LimitReports) {
    this.#log = log
    this.#metrics = metrics
    this.#reports = reports
  }

  requestStarted(): void {
    this.#metrics.visitorRequestStarted()
  }

  requestFinished(tunnel: string | undefined, request: FinishedRequest): void {
    const { durationMs, sentBytes, receivedBytes, status, isBroken } = request
    this.#metrics.visitorRequestFinished(status, durationMs / 1000, sentBytes, receivedBytes)
    const ms = Math.round(durationMs)
    this.#log.info(
      { tunnel, status, sentBytes, receivedBytes, ms, ...(isBroken ? { isBroken } : {}) },
      'request',
    )
  }

  protocolViolation(reason: string, address: string): void {
    this.#reports.refused(`visitor: ${reason}`, address, reason)
  }
}
