/**
 * One established control connection and what hangs on it: alive packets, tickets, back-connections. It goes
 * on with the entry it was established under. How it is admitted is told elsewhere.
 */
import type { ControlFrame, Hello, SealedChannel } from '../../net/seal/index.ts'
import type { BackEntry } from '../../shared/balance/index.ts'
import { TildegateError } from '../../shared/errors.ts'
import type { Secret } from '../../shared/secret.ts'
import type { Clock, Log, Timer } from '../../shared/world.ts'
import type { GatewayLimits } from '../limits.ts'
import type { BackConnections } from '../tunnel/back-connections.ts'
import type { TargetAddress, Upstream, UpstreamConnection } from '../upstream.ts'

/** Codes of CLOSE, protocol.md section 3. */
export const closeCodes = { normal: 0, gatewayStops: 1, dropped: 2, replaced: 3, protocolError: 4 } as const

export type SessionEnd =
  | 'agent left'
  | 'connection lost'
  | 'silent'
  | 'replaced'
  | 'dropped'
  | 'gateway stops'
  | 'protocol error'

export interface SessionParts {
  readonly name: string
  /** In force until the session ends, whatever balance.bin says meanwhile. */
  readonly entry: BackEntry
  readonly id: Uint8Array
  readonly resumeSecret: Secret
  readonly outer: 'plain' | 'proven' | 'unproven'
  readonly address: string
  readonly hello: Hello
  readonly channel: SealedChannel
  readonly limits: GatewayLimits
  readonly clock: Clock
  readonly log: Log
  /** Makes the session's back-connections, given how to ask for one. */
  backConnections(requestOpen: (ticket: Ticket) => void): BackConnections
}

export class GatewaySession implements Upstream {
  readonly name: string
  readonly target: TargetAddress
  /** Resolves with the reason once the name may be given to another. */
  readonly ended: Promise<SessionEnd>
  /** Wall clock, milliseconds since 1970. */
  readonly since: number
  readonly #parts: SessionParts
  readonly #tunnel: BackConnections
  readonly #settle: (end: SessionEnd) => void
  #alive: Timer | undefined
  #isEnding = false

  constructor(parts: SessionParts) {
    this.name = parts.name
    this.target = targetOf(parts.hello)
    this.since = parts.clock.wall()
    this.#parts = parts
    let settle: (end: SessionEnd) => void = () => {}
    this.ended = new Promise(resolve => {
      settle = resolve
    })
    this.#settle = settle
    this.#tunnel = parts.backConnections(ticket => this.#requestOpen(ticket))
  }

  get idHex(): string {
    return Buffer.from(this.#parts.id).toString('hex')
  }

  get resumeSecret(): Secret {
    return this.#parts.resumeSecret
  }

  get counts(): BackConnections['pool']['counts'] {
    return this.#tunnel.pool.counts
  }

  /** After WELCOME: listens to the agent and opens the spares. */
  start(): void {
    this.#expectAlive()
    this.#listen().then(
      () => this.#end('connection lost'),
      () => this.#end('protocol error'),
    )
    this.#tunnel.pool.warm()
  }

  acquire(options: { fresh: boolean; signal: AbortSignal }): Promise<UpstreamConnection> {
    return this.#tunnel.pool.acquire(options)
  }

  /** The same agent came with a newer control connection. */
  replace(): void {
    this.#end('replaced')
  }

  /** The admin's wish: the agent reconnects slowly. */
  drop(): void {
    this.#end('dropped')
  }

  /** The gateway stops: the agent is told to reconnect. */
  stop(): void {
    this.#end('gateway stops')
  }
}
