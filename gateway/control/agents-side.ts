/** Everything that agents meet, put together: own endpoints, handshakes, sessions, tickets, inner TLS. */
import type { BackEntry } from '../../shared/balance/index.ts'
import type { Clock, Log, Random } from '../../shared/world.ts'
import { atMost } from '../at-most.ts'
import type { HostMode } from '../host-mode.ts'
import type { GatewayLimits } from '../limits.ts'
import type { PeerFinder } from '../listen/connection-peer.ts'
import type { GatewayMetrics } from '../metrics.ts'
import { BackConnections } from '../tunnel/back-connections.ts'
import type { InnerTls } from '../tunnel/inner-tls.ts'
import { TicketDesk } from '../tunnel/ticket-desk.ts'
import { AddressRules } from './address-rules.ts'
import { Admission } from './admission.ts'
import { ControlConnections } from './control-connections.ts'
import type { LimitReports } from './limit-reports.ts'
import type { OuterConnection } from './outer-connection.ts'
import { OwnSide } from './own-side.ts'
import type { Resolve } from './resolver.ts'
import type { SessionRegistry } from './session-registry.ts'

export interface AgentsSideParts {
  readonly clock: Clock
  readonly random: Random
  readonly log: Log
  readonly limits: GatewayLimits
  readonly reports: LimitReports
  readonly metrics: GatewayMetrics
  readonly registry: SessionRegistry
  readonly peers: PeerFinder
  readonly outer: OuterConnection
  readonly publicOrigin: string | undefined
  readonly hostMode: HostMode | undefined
  readonly version: string
  readonly resolve: Resolve
  readonly innerTls: InnerTls
  entryOf(name: string): BackEntry | undefined
}

export class AgentsSide {
  readonly own: OwnSide
  readonly #parts: AgentsSideParts
  readonly #admission: Admission
  readonly #desk: TicketDesk
  readonly #connections: ControlConnections
  #isStopping = false

  constructor(parts: AgentsSideParts) {
    const { clock, random, limits, reports, metrics, peers, innerTls } = parts
    this.#parts = parts
    this.#admission = new Admission(limits, clock, reports)
    this.#desk = new TicketDesk({ clock, random }, limits.ticketMs, how => metrics.ticket(how))
    this.#connections = new ControlConnections({
      ...parts,
      addressRules: new AddressRules(parts.resolve, limits.resolveMs, clock),
      innerCertSha256: innerTls.certSha256,
      product: `tildegate/${parts.version}`,
      counted: result => metrics.handshake(result),
      ended: reason => metrics.sessionEnded(reason),
      backConnections: ({ session, needsInnerTls, tellsEnds, address }, requestOpen) =>
        new BackConnections({
          session,
          innerTls,
          needsInnerTls,
          tellsEnds,
          address,
          desk: this.#desk,
          reports,
          limits,
          clock,
          requestOpen,
        }),
    })
    this.own = new OwnSide({
      peers,
      admission: this.#admission,
      desk: this.#desk,
      reports,
      clock,
      isStopping: () => this.#isStopping,
      prove: (stream, peer, attempt) => this.#connections.prove(stream, peer, attempt),
    })
  }

  get pendingTickets(): number {
    return this.#desk.size
  }

  /** Resolves when no agent is on its way with a ticket that only the certificate shown so far protects. */
  bareTicketsGone(): Promise<void> {
    return this.#desk.bareOnesGone()
  }

  get unfinishedHandshakes(): number {
    return this.#admission.unfinished
  }

  /** False where none is connected. */
  drop(name: string): boolean {
    const session = this.#parts.registry.find(name)
    session?.end('dropped')
    return session !== undefined
  }

  /** No new control connections; the live ones go on. Idempotent. */
  refuseNew(): void {
    this.#isStopping = true
    this.#connections.stop()
  }

  /** Tells every agent to connect to the gateway that takes over; what they serve here goes on. Idempotent. */
  handOver(): void {
    this.refuseNew()
    for (const session of this.#parts.registry.all()) session.handOver()
  }

  /** Tells every agent to reconnect and waits a moment for it to hear. Idempotent. */
  async stop(): Promise<void> {
    this.refuseNew()
    const { registry, limits, clock } = this.#parts
    const sessions = registry.all()
    for (const session of sessions) session.end('gateway stops')
    await atMost(Promise.all(sessions.map(session => session.gone)), limits.goodbyeMs, clock)
  }

  /** Last of all. Idempotent. */
  close(): void {
    this.#admission.close()
  }
}
