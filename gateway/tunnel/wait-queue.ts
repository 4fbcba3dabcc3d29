/** Requests that wait for a connection, in the order they came: bounded, with a deadline, left at once by who aborts. */
import { TildegateError } from '../../shared/errors.ts'
import type { Clock } from '../../shared/world.ts'
import type { UpstreamConnection } from '../upstream.ts'

export interface Waiter {
  /** Wants a connection that never rested. */
  readonly fresh: boolean
  give(connection: UpstreamConnection): void
  fail(cause: Error): void
}

export class WaitQueue {
  readonly #clock: Clock
  readonly #maxWaiters: number
  readonly #waitMs: number
  readonly #waiters = new Set<Waiter>()

  constructor(clock: Clock, options: { maxWaiters: number; waitMs: number }) {
    this.#clock = clock
    this.#maxWaiters = options.maxWaiters
    this.#waitMs = options.waitMs
  }

  get length(): number {
    return this.#waiters.size
  }

  get isFull(): boolean {
    return this.#waiters.size >= this.#maxWaiters
  }

  /** `late` makes the error of one whose time is over. Rejects with the signal's reason on abort. */
  join(options: { fresh: boolean; signal: AbortSignal; late: () => Error }): Promise<UpstreamConnection> {
    const { fresh, signal, late } = options
    if (signal.aborted) return Promise.reject(reasonOf(signal))
    if (this.isFull) return Promise.reject(new TildegateError('tunnel-busy'))
    return new Promise((resolve, reject) => {
      const leave = () => {
        this.#waiters.delete(waiter)
        timer.cancel()
        signal.removeEventListener('abort', onAbort)
      }
      const waiter: Waiter = {
        fresh,
        give: connection => {
          leave()
          resolve(connection)
        },
        fail: cause => {
          leave()
          reject(cause)
        },
      }
      const onAbort = () => waiter.fail(reasonOf(signal))
      const timer = this.#clock.after(this.#waitMs, () => waiter.fail(late()))
      signal.addEventListener('abort', onAbort, { once: true })
      this.#waiters.add(waiter)
    })
  }

  /** The longest waiting one, if any; `rested`: of those that take a connection that rested. */
  first(options: { rested: boolean }): Waiter | undefined {
    for (const waiter of this.#waiters) if (!(options.rested && waiter.fresh)) return waiter
    return undefined
  }

  failAll(cause: () => Error): void {
    for (const waiter of [...this.#waiters]) waiter.fail(cause())
  }
}

function reasonOf(signal: AbortSignal): Error {
  return signal.reason instanceof Error ? signal.reason : new Error('aborted')
}
