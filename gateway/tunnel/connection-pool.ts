/**
 * The connections of one tunnel: the last one used is the first one used again, a few are opened ahead, and
 * requests that find none wait in a bounded queue. Knows neither tickets nor HTTP: `open` delivers.
 */
import { TildegateError } from '../../shared/errors.ts'
import type { Clock, Timer } from '../../shared/world.ts'
import type { UpstreamConnection } from '../upstream.ts'
import { type ConnectionKeeper, type OpenedConnection, PooledConnection } from './pooled-connection.ts'
import { RestLimit } from './rest-limit.ts'
import { SpareTarget } from './spare-target.ts'
import { WaitQueue } from './wait-queue.ts'

export interface PoolLimits {
  readonly maxConnections: number
  /** At most so many are being opened at once. */
  readonly maxOpening: number
  readonly maxWaiters: number
  readonly waitMs: number
  readonly idleMs: number
  readonly sparesMin: number
  readonly sparesMax: number
  readonly spareDecayMs: number
  readonly spareRetryMs: number
}

export type PoolLimitName = 'maxConnections' | 'maxWaiters'

export interface PoolParts {
  readonly clock: Clock
  readonly limits: PoolLimits
  /** A request got `tunnel-busy` for this limit. */
  exceeded(limit: PoolLimitName): void
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
  readonly #busy = new Set<PooledConnection>()
  readonly #ending = new AbortController()
  #opening = 0
  #isClosed = false
  #decay: Timer | undefined
  readonly #emptied: (() => void)[] = []

  constructor(parts: PoolParts) {
    const { clock, limits } = parts
    this.#parts = parts
    this.#queue = new WaitQueue(clock, limits)
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
  acquire(options: { fresh: boolean; signal: AbortSignal }): Promise<UpstreamConnection> {
    if (this.#isClosed) return Promise.reject(new TildegateError('tunnel-offline'))
    if (!options.fresh) {
      const rested = this.#takeIdle()
      if (rested !== undefined) {
        this.#busy.add(rested)
        this.#balance()
        return Promise.resolve(rested.lend())
      }
    }
    if (this.#queue.isFull) {
      this.#parts.exceeded('maxWaiters')
      return Promise.reject(new TildegateError('tunnel-busy'))
    }
    const waiting = this.#queue.join({ ...options, late: () => this.#lateError() })
    this.#spares.missed()
    if (this.#spares.isRaised) this.#decay ??= this.#decaySoon()
    this.#balance()
    return waiting
  }

  takeBack(connection: PooledConnection): boolean {
    if (this.#isClosed) return false
    const waiter = this.#queue.first({ rested: true })
    this.#busy.delete(connection)
    this.#spares.succeeded()
    connection.rest(this.#maxRestMs)
    if (waiter === undefined) this.#idle.push(connection)
    else this.#give(connection, waiter)
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
    for (const connection of [...this.#busy]) connection.destroy(cause)
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

  #give(connection: PooledConnection, waiter: { give(connection: UpstreamConnection): void }): void {
    this.#busy.add(connection)
    waiter.give(connection.lend())
  }

  /** Opens what waiting requests and spares need, within the bounds. */
  #balance(): void {
    if (this.#isClosed) return
    const { maxConnections, maxOpening } = this.#parts.limits
    const wanted = this.#queue.length + Math.max(0, this.#spares.wanted - this.#idle.length)
    while (this.#opening < Math.min(wanted, maxOpening)) {
      if (this.#idle.length + this.#busy.size + this.#opening >= maxConnections) {
        // Only a request that wants a fresh one waits beside idle ones: one of those makes room.
        if (this.#opening === 0 && this.#queue.length > 0) this.#idle.shift()?.destroy()
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
    const waiter = this.#queue.first({ rested: false })
    if (waiter !== undefined) this.#give(connection, waiter)
    else {
      connection.rest(this.#maxRestMs)
      this.#idle.push(connection)
    }
    this.#balance()
  }

  #openFailed(cause: Error): void {
    if (this.#isClosed) return
    // Each opening stands for one who waits, except those for spares.
    if (this.#queue.length > this.#opening) this.#queue.first({ rested: false })?.fail(cause)
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

  #lateError(): Error {
    if (this.#opening > 0) return new TildegateError('back-connection-timeout')
    this.#parts.exceeded('maxConnections')
    return new TildegateError('tunnel-busy')
  }

  #reportEmpty(): void {
    if (this.#idle.length + this.#busy.size > 0) return
    for (const report of this.#emptied.splice(0)) report()
  }
}
