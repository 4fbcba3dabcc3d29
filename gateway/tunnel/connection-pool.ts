/**
 * The connections of one tunnel: the last one used is the first one used again, a few are opened ahead, and
 * requests that find none wait in a bounded queue. Knows neither tickets nor HTTP: `open` delivers.
 */
import { TildegateError } from '../../shared/errors.ts'
import type { Clock, Timer } from '../../shared/world.ts'
import type { AcquireOptions, UpstreamConnection } from '../upstream.ts'
import { BusyConnections, shareOf } from './busy-connections.ts'
import { type ConnectionKeeper, type OpenedConnection, PooledConnection } from './pooled-connection.ts'
import { RestLimit } from './rest-limit.ts'
import { SpareTarget } from './spare-target.ts'
import { type Waiter, WaitQueue } from './wait-queue.ts'

export interface PoolLimits {
  readonly maxConnections: number
  /** At most so many are being opened at once. */
  readonly maxOpening: number
  readonly maxWaiters: number
  /** Of both, for one address. */
  readonly sharePercent: number
  readonly waitMs: number
  readonly idleMs: number
  readonly sparesMin: number
  readonly sparesMax: number
  readonly spareDecayMs: number
  readonly spareRetryMs: number
}

export type PoolLimitName = 'maxConnections' | 'maxWaiters' | 'share'

/** For the log. */
export const overShare = 'one address has its share of the connections of a tunnel'

export interface PoolParts {
  readonly clock: Clock
  readonly limits: PoolLimits
  /** A request from there got `tunnel-busy` for this limit. */
  exceeded(limit: PoolLimitName, address: string): void
  /** Rejects with the error that a waiting visitor is to get. The signal aborts when the pool ends. */
  open(signal: AbortSignal): Promise<OpenedConnection>
}

export class ConnectionPool implements ConnectionKeeper {
  readonly #parts: PoolParts
  readonly #queue: WaitQueue
  readonly #spares: SpareTarget
  readonly #restLimit = new RestLimit()
  /** The last one is the one that rested shortest. */
  readonly #idle: PooledConnection[] = []
  readonly #busy: BusyConnections
  readonly #ending = new AbortController()
  #opening = 0
  #isClosed = false
  #isDraining = false
  #decay: Timer | undefined
  readonly #emptied: (() => void)[] = []

  constructor(parts: PoolParts) {
    const { clock, limits } = parts
    this.#parts = parts
    this.#busy = new BusyConnections(shareOf(limits.maxConnections, limits.sharePercent))
    this.#queue = new WaitQueue(clock, {
      maxWaiters: limits.maxWaiters,
      maxWaitersOfOne: shareOf(limits.maxWaiters, limits.sharePercent),
      waitMs: limits.waitMs,
      roomOf: address => this.#busy.roomOf(address),
    })
    this.#spares = new SpareTarget(limits, clock, () => this.#balance())
  }

  get counts(): { idle: number; busy: number; opening: number; waiting: number } {
    return {
      idle: this.#idle.length,
      busy: this.#busy.size,
      opening: this.#opening,
      waiting: this.#queue.length,
    }
  }

  /** Opens the spares. */
  warm(): void {
    this.#balance()
  }

  /** @throws TildegateError as `Upstream.acquire`; or the signal's reason */
  acquire(options: AcquireOptions): Promise<UpstreamConnection> {
    if (this.#isClosed) return Promise.reject(new TildegateError('tunnel-offline'))
    const { address } = options
    const fresh = options.fresh && !this.#isDraining
    const hasRoom = this.#busy.roomOf(address) > 0
    if (!fresh && hasRoom) {
      const rested = this.#takeIdle()
      if (rested !== undefined) {
        const lent = this.#lend(rested, address)
        this.#balance()
        return Promise.resolve(lent)
      }
    }
    if (this.#queue.isFullFor(address)) {
      this.#parts.exceeded(hasRoom ? 'maxWaiters' : 'share', address)
      return Promise.reject(new TildegateError('tunnel-busy'))
    }
    const waiting = this.#queue.join({ ...options, fresh, late: () => this.#lateError(address) })
    // Who has its share is not helped by more spares.
    if (hasRoom) this.#spares.missed()
    if (this.#spares.isRaised) this.#decay ??= this.#decaySoon()
    this.#balance()
    return waiting
  }

  takeBack(connection: PooledConnection): boolean {
    if (this.#isClosed) return false
    this.#busy.delete(connection)
    this.#spares.succeeded()
    connection.rest(this.#maxRestMs)
    this.#idle.push(connection)
    this.#balance()
    return true
  }

  gone(connection: PooledConnection, turnedDown: boolean): void {
    this.#busy.delete(connection)
    const at = this.#idle.indexOf(connection)
    if (at >= 0) this.#idle.splice(at, 1)
    // A spare that its other side does not keep: opened again at once it would be closed again at once. One that was
    // cut after a long rest is simply replaced.
    if (turnedDown && !this.#isClosed && !this.#restLimit.noticed(connection.idleMs)) this.#spares.failed()
    this.#reportEmpty()
    this.#balance()
  }

  /** No new connections: those that are here serve what still comes, and who has to wait, waits for one of them. Idempotent. */
  drain(): void {
    if (this.#isClosed || this.#isDraining) return
    this.#isDraining = true
    this.#balance()
  }

  /** No new requests; idle ones close, waiting requests fail, those in use end with their exchange. Idempotent. */
  close(): void {
    if (this.#isClosed) return
    this.#isClosed = true
    this.#spares.stop()
    this.#decay?.cancel()
    this.#ending.abort(new TildegateError('tunnel-offline'))
    this.#queue.failAll(() => new TildegateError('tunnel-offline'))
    for (const connection of [...this.#idle]) connection.destroy()
    this.#reportEmpty()
  }

  /** As `close`, and those in use end now. Idempotent. */
  destroy(cause?: Error): void {
    this.close()
    for (const connection of this.#busy.all) connection.destroy(cause)
  }

  /** Resolves once no connection is open any more. */
  emptied(): Promise<void> {
    return new Promise(resolve => {
      this.#emptied.push(resolve)
      this.#reportEmpty()
    })
  }

  get #maxRestMs(): number {
    return Math.min(this.#parts.limits.idleMs, this.#restLimit.ms)
  }

  #takeIdle(): PooledConnection | undefined {
    for (;;) {
      const connection = this.#idle.pop()
      if (connection === undefined || connection.isFit) return connection
      connection.destroy()
    }
  }

  #lend(connection: PooledConnection, address: string): UpstreamConnection {
    this.#busy.add(connection, address)
    return connection.lend()
  }

  #give(connection: PooledConnection, { waiter, address }: { waiter: Waiter; address: string }): void {
    waiter.give(this.#lend(connection, address))
  }

  /** Hands idle ones to those who wait: they may have had to wait for room of their address. */
  #serveWaiting(): void {
    while (this.#queue.first({ rested: true }) !== undefined) {
      const connection = this.#takeIdle()
      if (connection === undefined) return
      // Asked anew: one that was unfit may have served others when it ended.
      const next = this.#queue.first({ rested: true })
      if (next === undefined) {
        this.#idle.push(connection)
        return
      }
      this.#give(connection, next)
    }
  }

  /** Opens what waiting requests and spares need, within the bounds. */
  #balance(): void {
    if (this.#isClosed) return
    this.#serveWaiting()
    if (this.#isDraining) {
      // Nothing is left that could serve who waits.
      if (this.#idle.length + this.#busy.size + this.#opening === 0)
        this.#queue.failAll(() => new TildegateError('tunnel-busy'))
      return
    }
    const { maxConnections, maxOpening } = this.#parts.limits
    const wanted = this.#queue.ready + Math.max(0, this.#spares.wanted - this.#idle.length)
    while (this.#opening < Math.min(wanted, maxOpening)) {
      if (this.#idle.length + this.#busy.size + this.#opening >= maxConnections) {
        // Only a request that wants a fresh one waits beside idle ones: one of those makes room.
        if (this.#opening === 0 && this.#queue.ready > 0) this.#idle.shift()?.destroy()
        return
      }
      this.#open()
    }
  }

  #open(): void {
    this.#opening++
    this.#parts.open(this.#ending.signal).then(
      opened => {
        this.#opening--
        this.#arrived(opened)
      },
      (cause: unknown) => {
        this.#opening--
        this.#openFailed(cause instanceof Error ? cause : new TildegateError('internal', {}, { cause }))
      },
    )
  }

  #arrived(opened: OpenedConnection): void {
    if (this.#isClosed) {
      opened.socket.destroy()
      return
    }
    const connection = new PooledConnection(opened, this, this.#parts.clock)
    if (!connection.isFit) {
      connection.destroy()
      this.#openFailed(new TildegateError('back-connection-refused', { reason: 'closed at once' }))
      return
    }
    const next = this.#queue.first({ rested: false })
    if (next !== undefined) this.#give(connection, next)
    else {
      connection.rest(this.#maxRestMs)
      this.#idle.push(connection)
    }
    this.#balance()
  }

  #openFailed(cause: Error): void {
    if (this.#isClosed) return
    // Each opening stands for one who waits, except those for spares.
    if (!this.#isDraining && this.#queue.ready > this.#opening)
      this.#queue.first({ rested: false })?.waiter.fail(cause)
    this.#spares.failed()
    this.#balance()
  }

  #decayOne(): void {
    const { spareDecayMs } = this.#parts.limits
    this.#spares.decay()
    const oldest = this.#idle[0]
    if (oldest !== undefined && this.#idle.length > this.#spares.wanted && oldest.idleMs >= spareDecayMs) {
      oldest.destroy()
    }
    this.#decay = this.#spares.isRaised ? this.#decaySoon() : undefined
  }

  #decaySoon(): Timer {
    return this.#parts.clock.after(this.#parts.limits.spareDecayMs, () => this.#decayOne())
  }

  #lateError(address: string): Error {
    if (this.#busy.roomOf(address) <= 0 && this.#busy.size < this.#parts.limits.maxConnections) {
      this.#parts.exceeded('share', address)
      return new TildegateError('tunnel-busy')
    }
    if (this.#opening > 0) return new TildegateError('back-connection-timeout')
    this.#parts.exceeded('maxConnections', address)
    return new TildegateError('tunnel-busy')
  }

  #reportEmpty(): void {
    if (this.#idle.length + this.#busy.size > 0) return
    for (const report of this.#emptied.splice(0)) report()
  }
}
