/**
 * One established control connection and what hangs on it: alive packets, tickets, back-connections. It goes
 * on with the entry it was established under. How it is admitted is told elsewhere.
 */
import type { SealedChannel, Ticket } from '../../net/seal/index.ts'
import type { BackEntry } from '../../shared/balance/index.ts'
import { TildegateError } from '../../shared/errors.ts'
import type { Hello } from '../../shared/protocol/control-json.ts'
import { type ControlFrame, closeCodes } from '../../shared/protocol/frames.ts'
import type { VisitorVerifier } from '../../shared/protocol/visitor-verifier.ts'
import type { Secret } from '../../shared/secret.ts'
import type { Clock, Timer } from '../../shared/world.ts'
import type { BackConnections } from '../tunnel/back-connections.ts'
import type { AcquireOptions, TargetAddress, Upstream, UpstreamConnection } from '../upstream.ts'
import type { VisitTeller } from '../visits/visit-teller.ts'

export type SessionEnd =
  | 'agent left'
  | 'connection lost'
  | 'protocol error'
  | 'silent'
  | 'replaced'
  | 'dropped'
  | 'gateway stops'

/** What an end means for those beyond: the CLOSE for the agent, and whether exchanges under way go on to their end. */
const ends: Readonly<Record<SessionEnd, { close?: number; text: string; lettingFinish: boolean }>> = {
  'agent left': { text: '', lettingFinish: true },
  'connection lost': { text: '', lettingFinish: true },
  'protocol error': { close: closeCodes.protocolError, text: 'protocol error', lettingFinish: false },
  silent: { text: '', lettingFinish: false },
  replaced: { close: closeCodes.replaced, text: 'replaced by your own newer session', lettingFinish: true },
  dropped: { close: closeCodes.dropped, text: 'dropped by the admin', lettingFinish: false },
  'gateway stops': { close: closeCodes.gatewayStops, text: 'the gateway stops', lettingFinish: false },
}

export interface SessionParts {
  readonly name: string
  /** In force until the session ends, whatever balance.bin says meanwhile. */
  readonly entry: BackEntry
  /** 16 bytes. */
  readonly id: Uint8Array
  readonly resumeSecret: Secret
  readonly outer: 'plain' | 'proven' | 'unproven'
  /** Where the agent comes from. */
  readonly address: string
  readonly hello: Hello
  readonly channel: SealedChannel
  readonly deadMs: number
  readonly clock: Clock
  /** For agents that want to be told who visits. */
  readonly visits: VisitTeller | undefined
  /** The agent broke the protocol: how. The session ends. */
  violated(reason: string): void
  /** Makes the session's back-connections, given how to ask for one. */
  backConnections(requestOpen: (ticket: Ticket, hasInnerTls: boolean) => void): BackConnections
}

export class GatewaySession implements Upstream {
  readonly name: string
  readonly target: TargetAddress
  /** Resolves with the reason once the name may be given to another. Never rejects. */
  readonly ended: Promise<SessionEnd>
  /** Resolves when the control connection is closed. Never rejects. */
  readonly gone: Promise<void>
  /** Wall clock, milliseconds since 1970. */
  readonly since: number
  readonly #parts: SessionParts
  readonly #tunnel: BackConnections
  #settle: (end: SessionEnd) => void = () => {}
  #leave: () => void = () => {}
  #alive: Timer | undefined
  #isOver = false
  #isHandedOver = false
  #successor: GatewaySession | undefined

  constructor(parts: SessionParts) {
    this.name = parts.name
    this.target = targetOf(parts.hello)
    this.since = parts.clock.wall()
    this.#parts = parts
    this.ended = new Promise(resolve => {
      this.#settle = resolve
    })
    this.gone = new Promise(resolve => {
      this.#leave = resolve
    })
    this.#tunnel = parts.backConnections((ticket, hasInnerTls) => this.#requestOpen(ticket, hasInnerTls))
  }

  get idHex(): string {
    return Buffer.from(this.#parts.id).toString('hex')
  }

  get resumeSecret(): Secret {
    return this.#parts.resumeSecret
  }

  get outer(): SessionParts['outer'] {
    return this.#parts.outer
  }

  get address(): string {
    return this.#parts.address
  }

  /** Program and version, and system, in the agent's own words. */
  get product(): Pick<Hello, 'agent' | 'os'> {
    return this.#parts.hello
  }

  get entry(): BackEntry {
    return this.#parts.entry
  }

  get visitors(): VisitorVerifier | undefined {
    return this.#parts.hello.visitors?.scrypt
  }

  get visits(): VisitTeller | undefined {
    return this.#parts.visits
  }

  get counts(): BackConnections['pool']['counts'] {
    return this.#tunnel.pool.counts
  }

  /** After WELCOME: listens to the agent and opens the spares. */
  start(): void {
    this.#expectAlive()
    this.#parts.channel.start({
      onFrame: frame => this.#received(frame),
      onClose: cause => {
        this.#leave()
        if (cause?.code === 'protocol-violation' && !this.#isOver) this.#parts.violated(cause.message)
        if (!this.#isHandedOver) this.end(endFor(cause))
      },
    })
    if (!this.#isOver) this.#tunnel.pool.warm()
  }

  /** @throws TildegateError as `Upstream.acquire` */
  async acquire(options: AcquireOptions): Promise<UpstreamConnection> {
    try {
      return await this.#tunnel.pool.acquire(options)
    } catch (cause) {
      // Who waited when the agent came back with a newer session is served by that.
      if (this.#successor === undefined || options.signal.aborted) throw cause
      return this.#successor.acquire(options)
    }
  }

  /** The same agent came with a newer control connection. */
  replaceWith(successor: GatewaySession): void {
    this.#successor = successor
    this.end('replaced')
  }

  /**
   * A newer gateway listens at the same address: the agent is told to connect to that one. Back-connections that are here serve
   * on, until the session ends. Idempotent.
   */
  handOver(): void {
    if (this.#isOver || this.#isHandedOver) return
    this.#isHandedOver = true
    this.#alive?.cancel()
    this.#tunnel.drain()
    this.#parts.channel.close(closeCodes.gatewayStops, 'a newer gateway takes over')
  }

  /** Ends it; `ended` resolves when the name is free. Idempotent. */
  end(reason: SessionEnd): void {
    if (this.#isOver) return
    this.#isOver = true
    this.#alive?.cancel()
    this.visits?.close()
    const { close, text, lettingFinish } = ends[reason]
    const { channel } = this.#parts
    if (close === undefined) channel.destroy()
    else channel.close(close, text)
    if (lettingFinish) {
      this.#tunnel.close()
      this.#settle(reason)
      return
    }
    this.#tunnel.destroy(new TildegateError('agent-silent', { seconds: this.#parts.deadMs / 1000 }))
    // The order matters: who registers next must not meet connections of this session.
    void this.#tunnel.pool.emptied().then(() => this.#settle(reason))
  }

  #received(frame: ControlFrame): void {
    switch (frame.type) {
      case 'ping':
        this.#expectAlive()
        this.#parts.channel.send({ type: 'pong', id: frame.id })
        return
      case 'failed':
        this.#tunnel.failed(keyOf(frame.id), frame.code, frame.text)
        return
      case 'ended':
        this.#tunnel.streamEnded(keyOf(frame.id), frame.isInOrder)
        return
      case 'seen':
        this.visits?.seen()
        return
      case 'close':
        this.end('agent left')
        return
      default:
        this.end('protocol error')
    }
  }

  /** Only the alive packet counts, as the rule says: a connection that still carries other frames is not alive by them. */
  #expectAlive(): void {
    this.#alive?.cancel()
    this.#alive = this.#parts.clock.after(this.#parts.deadMs, () => this.end('silent'))
  }

  #requestOpen({ id, secret }: Ticket, innerTls: boolean): void {
    this.#parts.channel.send({ type: 'open', id, secret, kind: 'http', innerTls })
  }
}

function endFor(cause: TildegateError | undefined): SessionEnd {
  if (cause === undefined) return 'agent left'
  return cause.code === 'protocol-violation' ? 'protocol error' : 'connection lost'
}

function keyOf(id: Uint8Array): string {
  return Buffer.from(id).toString('hex')
}

/** An agent that names no target answers everything itself. */
function targetOf({ target }: Hello): TargetAddress {
  if (target === undefined) return { scheme: 'http', authority: 'localhost', base: '/', keepsHost: false }
  const base = target.base.endsWith('/') ? target.base : `${target.base}/`
  return { scheme: target.scheme, authority: target.host, base, keepsHost: target.keepsHost === true }
}
