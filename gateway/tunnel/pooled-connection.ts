/**
 * One connection of a pool, from its arrival to its end. While somebody has it, the pool only watches for
 * its close; while it is idle, anything that happens on it ends it: nobody asked for those bytes.
 */
import type { Duplex } from 'node:stream'
import type { Clock, Timer } from '../../shared/world.ts'
import type { UpstreamConnection } from '../upstream.ts'

/** What an opener delivers. */
export interface OpenedConnection {
  readonly socket: Duplex
  /** See `UpstreamConnection.endedInOrder`. */
  endedInOrder(): Promise<boolean>
}

/** What the pool is told. */
export interface ConnectionKeeper {
  /** False: not wanted any more, the connection ends. */
  takeBack(connection: PooledConnection): boolean
  /** `turnedDown`: a spare that was never used ended without our doing. */
  gone(connection: PooledConnection, turnedDown: boolean): void
}

export class PooledConnection implements UpstreamConnection {
  readonly socket: Duplex
  readonly #opened: OpenedConnection
  readonly #keeper: ConnectionKeeper
  readonly #clock: Clock
  #state: 'new' | 'busy' | 'idle' | 'gone' = 'new'
  #hasRested = false
  #hasCarried = false
  #idleSince = 0
  #idleTimer: Timer | undefined
  readonly #disturbed = () => {
    this.socket.destroy()
    this.#ended(true)
  }

  constructor(opened: OpenedConnection, keeper: ConnectionKeeper, clock: Clock) {
    this.socket = opened.socket
    this.#opened = opened
    this.#keeper = keeper
    this.#clock = clock
    this.socket.on('error', () => {})
    this.socket.on('close', () => this.#ended(true))
  }

  /** True also for a spare that rested: it too may have been closed meanwhile, unnoticed. */
  get isReused(): boolean {
    return this.#hasRested
  }

  get idleMs(): number {
    return this.#clock.now() - this.#idleSince
  }

  /** Whether another request could go out on it. */
  get isFit(): boolean {
    const { socket } = this
    return (
      this.#state !== 'gone' &&
      !socket.destroyed &&
      socket.readable &&
      !socket.readableEnded &&
      socket.readableLength === 0 &&
      socket.writable
    )
  }

  lend(): this {
    this.#state = 'busy'
    this.#hasCarried = true
    this.#idleTimer?.cancel()
    this.socket.off('data', this.#disturbed)
    this.socket.off('end', this.#disturbed)
    this.socket.pause()
    return this
  }

  rest(maxIdleMs: number): void {
    this.#state = 'idle'
    this.#hasRested = true
    this.#idleSince = this.#clock.now()
    this.#idleTimer = this.#clock.after(maxIdleMs, () => this.destroy())
    this.socket.on('data', this.#disturbed)
    this.socket.on('end', this.#disturbed)
    this.socket.resume()
  }

  release(): void {
    if (this.#state !== 'busy') return
    if (!this.isFit || !this.#keeper.takeBack(this)) this.destroy()
  }

  destroy(cause?: Error): void {
    this.socket.destroy(cause)
    this.#ended(false)
  }

  endedInOrder(): Promise<boolean> {
    return this.#opened.endedInOrder()
  }

  #ended(byItself: boolean): void {
    if (this.#state === 'gone') return
    const turnedDown = byItself && this.#state === 'idle' && !this.#hasCarried
    this.#state = 'gone'
    this.#idleTimer?.cancel()
    this.#keeper.gone(this, turnedDown)
  }
}
