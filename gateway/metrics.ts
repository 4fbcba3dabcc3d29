/** What the gateway counts, for `/metrics`. Each gateway has a registry of its own, so that several live in one process. */

import { X509Certificate } from 'node:crypto'
import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client'
import type { HttpVersion } from './http/counters.ts'

/** Read when `/metrics` is asked for. */
export interface GatewayGauges {
  sessions(): number
  openConnections(): number
  backConnections(): { idle: number; busy: number; opening: number; waiting: number }
  pendingTickets(): number
  unfinishedHandshakes(): number
}

export class GatewayMetrics {
  readonly registry = new Registry()
  readonly #requests = this.#counter(
    'requests_total',
    'Requests of visitors, by status class and version of HTTP',
    ['status', 'http'],
  )
  readonly #requestSeconds: Histogram
  readonly #sentBytes = this.#counter('visitor_sent_bytes_total', 'Bytes of bodies sent to visitors')
  readonly #receivedBytes = this.#counter(
    'visitor_received_bytes_total',
    'Bytes of bodies received from visitors',
  )
  readonly #inWork: Gauge
  readonly #limits = this.#counter('limits_exceeded_total', 'Limits exceeded, by limit', ['limit'])
  readonly #refused = this.#counter('refused_total', 'What was turned away, by kind', ['what'])
  readonly #handshakes = this.#counter('handshakes_total', 'Handshakes of agents, by result', ['result'])
  readonly #sessionsEnded = this.#counter('sessions_ended_total', 'Sessions that ended, by reason', [
    'reason',
  ])
  readonly #tickets = this.#counter('tickets_total', 'Tickets, by what became of them', ['result'])
  readonly #refreshes = this.#counter('balance_refreshes_total', 'Changes of balance.bin, by result', [
    'result',
  ])
  readonly #balanceErrors: Gauge
  readonly #acmeFailures = this.#counter(
    'acme_failures_total',
    'Orders at a certificate authority that failed',
    ['reason'],
  )

  constructor(version: string) {
    const registers = [this.registry]
    const build = new Gauge({
      name: 'tildegate_build_info',
      help: 'Always 1; the version that runs',
      labelNames: ['version'],
      registers,
    })
    build.set({ version }, 1)
    this.#requestSeconds = new Histogram({
      name: 'tildegate_request_seconds',
      help: 'From the head of a request to the end of its answer',
      buckets: [0.005, 0.02, 0.1, 0.5, 2, 10, 60],
      registers,
    })
    this.#inWork = new Gauge({
      name: 'tildegate_requests_in_work',
      help: 'Requests of visitors that are being served, upgraded connections included',
      registers,
    })
    this.#balanceErrors = new Gauge({
      name: 'tildegate_balance_errors',
      help: 'Errors in balance.bin as it stands now; above 0 the last good settings are in force',
      registers,
    })
    collectDefaultMetrics({ register: this.registry })
    // Sums that are gauges and called like counters. What they sum up is there by kind.
    for (const sum of ['handles', 'requests', 'resources'])
      this.registry.removeSingleMetric(`nodejs_active_${sum}_total`)
  }

  /** Once, when the parts that know are there. */
  watch(gauges: GatewayGauges): void {
    this.#gauge('sessions', 'Tunnels that are connected', () => gauges.sessions())
    this.#gauge('open_connections', 'TCP connections accepted and open', () => gauges.openConnections())
    this.#gauge('pending_tickets', 'Tickets that wait for their connection', () => gauges.pendingTickets())
    this.#gauge('unfinished_handshakes', 'Control connections in their handshake', () =>
      gauges.unfinishedHandshakes(),
    )
    new Gauge({
      name: 'tildegate_back_connections',
      help: 'Back-connections of all tunnels; waiting: requests that wait for one',
      labelNames: ['state'],
      registers: [this.registry],
      collect() {
        for (const [state, count] of Object.entries(gauges.backConnections())) this.set({ state }, count)
      },
    })
  }

  /** The certificate that the TLS listeners show. */
  watchCertificate(pem: () => string): void {
    this.#gauge(
      'certificate_expiry_timestamp_seconds',
      'When the certificate ends that TLS listeners show',
      () => Date.parse(new X509Certificate(pem()).validTo) / 1000,
    )
  }

  /** @param code of the error: `acme-…` */
  acmeFailed(code: string): void {
    this.#acmeFailures.inc({ reason: code })
  }

  exceeded(limit: string): void {
    this.#limits.inc({ limit })
  }

  refused(what: string): void {
    this.#refused.inc({ what })
  }

  handshake(result: 'established' | 'failed' | 'refused' | 'probe'): void {
    this.#handshakes.inc({ result })
  }

  sessionEnded(reason: string): void {
    this.#sessionsEnded.inc({ reason })
  }

  ticket(result: 'used' | 'failed' | 'expired' | 'burnt'): void {
    this.#tickets.inc({ result })
  }

  refreshed(result: 'taken' | 'errors', errors: number): void {
    this.#refreshes.inc({ result })
    this.#balanceErrors.set(errors)
  }

  visitorRequestStarted(): void {
    this.#inWork.inc()
  }

  /** `status` 0: the visitor left before an answer. */
  visitorRequestFinished(
    status: number,
    http: HttpVersion,
    seconds: number,
    sentBytes: number,
    receivedBytes: number,
  ): void {
    this.#inWork.dec()
    this.#requests.inc({ status: status === 0 ? 'aborted' : `${Math.floor(status / 100)}xx`, http })
    this.#requestSeconds.observe(seconds)
    this.#sentBytes.inc(sentBytes)
    this.#receivedBytes.inc(receivedBytes)
  }

  #counter(name: string, help: string, labelNames: string[] = []): Counter {
    return new Counter({ name: `tildegate_${name}`, help, labelNames, registers: [this.registry] })
  }

  #gauge(name: string, help: string, read: () => number): void {
    new Gauge({
      name: `tildegate_${name}`,
      help,
      registers: [this.registry],
      collect() {
        this.set(read())
      },
    })
  }
}
