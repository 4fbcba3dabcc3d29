/**
 * The back-connections of one session: asks the agent for one with a ticket, waits for it, proves it, and keeps
 * the pool they rest in. Does not know the control connection: `requestOpen` sends the OPEN.
 */
import type { Duplex } from 'node:stream'
import type { Ticket } from '../../net/seal/index.ts'
import { TildegateError } from '../../shared/errors.ts'
import { failedCodes } from '../../shared/protocol/frames.ts'
import type { Clock } from '../../shared/world.ts'
import type { LimitReports } from '../control/limit-reports.ts'
import type { GatewayLimits } from '../limits.ts'
import { ConnectionPool, overShare, type PoolLimitName } from './connection-pool.ts'
import { EndedWords } from './ended-words.ts'
import type { InnerTls } from './inner-tls.ts'
import type { OpenedConnection } from './pooled-connection.ts'
import { TicketBurnt, type TicketDesk } from './ticket-desk.ts'

export interface BackConnectionParts {
  /** The session's id, 16 bytes. */
  readonly session: Uint8Array
  readonly innerTls: InnerTls
  /** Whether the next one is encrypted inside; not where the outer connection is proven. */
  needsInnerTls(): boolean
  /** Whether the agent tells with ENDED how the target's stream ended. */
  readonly tellsEnds: boolean
  /** The agent's, for the log. */
  readonly address: string
  readonly desk: TicketDesk
  readonly reports: LimitReports
  readonly limits: GatewayLimits
  readonly clock: Clock
  requestOpen(ticket: Ticket, hasInnerTls: boolean): void
}

export class BackConnections {
  readonly pool: ConnectionPool
  readonly #parts: BackConnectionParts
  readonly #ends: EndedWords
  /** Openings under way, by ticket: what a FAILED ends. */
  readonly #opening = new Map<string, (cause: Error) => void>()
  #isOver = false

  constructor(parts: BackConnectionParts) {
    const { limits, clock } = parts
    this.#parts = parts
    this.#ends = new EndedWords(clock, limits.endedMs)
    this.pool = new ConnectionPool({
      clock,
      limits: {
        maxConnections: limits.backConnections,
        maxOpening: limits.pendingTickets,
        maxWaiters: limits.poolWaiters,
        sharePercent: limits.addressSharePercent,
        waitMs: limits.poolWaitMs,
        idleMs: limits.idleConnectionMs,
        sparesMin: limits.sparesMin,
        sparesMax: limits.sparesMax,
        spareDecayMs: limits.spareDecayMs,
        spareRetryMs: limits.spareRetryMs,
      },
      exceeded: (limit, visitor) => this.#exceeded(limit, visitor),
      open: signal => this.#open(signal),
    })
  }

  /** FAILED: the agent could not open the one with this ticket. */
  failed(key: string, code: number, text: string): void {
    // At its own limit the agent is busy, not broken.
    const cause =
      code === failedCodes.limit
        ? new TildegateError('tunnel-busy')
        : new TildegateError('back-connection-refused', { reason: reasonOf(code, text) })
    const fail = this.#opening.get(key)
    if (fail === undefined) return
    this.#parts.reports.refused(`back-connection: ${wordOf(code)}`, this.#parts.address, reasonOf(code, text))
    fail(cause)
  }

  /** ENDED: how the target's stream on it ended. */
  streamEnded(key: string, isInOrder: boolean): void {
    this.#ends.tell(key, isInOrder)
  }

  /** No new ones; those that are here go on, but no word comes any more of how a stream on them ended. */
  drain(): void {
    this.pool.drain()
    this.#ends.end()
  }

  /** No new ones; those in use end with their exchange. */
  close(): void {
    this.#isOver = true
    this.pool.close()
    this.#ends.end()
  }

  /** All end now. */
  destroy(cause: Error): void {
    this.close()
    this.pool.destroy(cause)
  }

  #exceeded(limit: PoolLimitName, visitor: string): void {
    const { reports, address } = this.#parts
    if (limit === 'share') reports.exceeded('share-of-address', visitor, overShare)
    else if (limit === 'maxConnections')
      reports.exceeded('back-connections', address, 'all back-connections of a tunnel are in use')
    else reports.exceeded('waiting-requests', address, 'too many requests of a tunnel wait for a connection')
  }

  async #open(signal: AbortSignal): Promise<OpenedConnection> {
    const { limits, reports, address } = this.#parts
    for (let retries = 0; ; retries++) {
      try {
        return await this.#openOnce(signal)
      } catch (cause) {
        if (cause instanceof TildegateError && cause.code === 'back-connection-timeout')
          reports.exceeded('ticket-time', address, 'no back-connection came within the life of its ticket')
        if (!(cause instanceof TicketBurnt)) throw cause
        reports.refused('ticket-burnt', address, cause.message)
        if (retries >= limits.ticketRetries || this.#isOver) {
          throw new TildegateError('back-connection-refused', { reason: 'tickets were burnt' }, { cause })
        }
      }
    }
  }

  async #openOnce(signal: AbortSignal): Promise<OpenedConnection> {
    const { desk, session, innerTls, needsInnerTls, requestOpen } = this.#parts
    if (signal.aborted) throw new TildegateError('tunnel-offline')
    const hasInnerTls = needsInnerTls()
    const { ticket, key, presented, revoke } = desk.issue(session, { isBare: !hasInnerTls })
    let stream: Duplex | undefined
    const failure = new Promise<never>((_, reject) => {
      this.#opening.set(key, reject)
    })
    failure.catch(() => {})
    const onAbort = () => this.#opening.get(key)?.(new TildegateError('tunnel-offline'))
    signal.addEventListener('abort', onAbort, { once: true })
    try {
      requestOpen(ticket, hasInnerTls)
      stream = await Promise.race([presented, failure])
      if (hasInnerTls) stream = await Promise.race([this.#secure(innerTls, stream, ticket), failure])
      return this.#opened(stream, key)
    } catch (cause) {
      revoke(cause instanceof Error ? cause : new TildegateError('internal', {}, { cause }))
      // Presented in the same moment as it failed: it belongs to nobody now.
      presented.then(
        late => late.destroy(),
        () => {},
      )
      stream?.destroy()
      throw cause
    } finally {
      signal.removeEventListener('abort', onAbort)
      this.#opening.delete(key)
    }
  }

  /** A header can be stolen; who has only that fails here, and the ticket is used up. */
  async #secure(innerTls: InnerTls, stream: Duplex, ticket: Ticket): Promise<Duplex> {
    try {
      return await innerTls.accept(stream, ticket)
    } catch (cause) {
      throw new TicketBurnt(`the inner TLS of a back-connection failed (${(cause as Error).message})`, {
        cause,
      })
    }
  }

  #opened(socket: Duplex, key: string): OpenedConnection {
    if (!this.#parts.tellsEnds) {
      // An agent that never says it: nobody can know, as with any plain proxy.
      return { socket, endedInOrder: () => Promise.resolve(!this.#isOver) }
    }
    this.#ends.expect(key)
    socket.once('close', () => this.#ends.forgetSoon(key))
    return { socket, endedInOrder: () => this.#ends.ask(key) }
  }
}

/** For the log: the agent's own words, behind what its code means. */
function reasonOf(code: number, text: string): string {
  const word = wordOf(code)
  // It comes from outside: no line breaks into our log.
  return text === '' ? word : `${word}: ${text.replace(/\p{Cc}/gu, ' ')}`
}

/** What a code of FAILED means, in one of a few words: it becomes a label of the metrics. */
function wordOf(code: number): string {
  return Object.entries(failedCodes).find(([, known]) => known === code)?.[0] ?? 'unknown code'
}
