/**
 * Requests that wait for a connection of a tunnel. No address gets more than its share, and of those that wait the one with the fewest
 * connections is first, so that a crowd from one address never goes before the others. Bounded, with a deadline, left at once by who aborts.
 */
import { TildegateError } from '../../shared/errors.ts'
import type { Clock } from '../../shared/world.ts'
import type { AcquireOptions, UpstreamConnection } from '../upstream.ts'

export interface Waiter {
  /** Wants a connection that never rested. */
  readonly fresh: boolean
  give(connection: UpstreamConnection): void
  fail(cause: Error): void
}

export interface WaitQueueOptions {
  readonly maxWaiters: number
  /** Of those, from one address. */
  readonly maxWaitersOfOne: number
  readonly waitMs: number
  /** How many more connections an address may have now. */
  roomOf(address: string): number
}

export class WaitQueue {
  readonly #clock: Clock
  readonly #options: WaitQueueOptions
  /** Of each address in the order they came; the address that was served last is last. */
  readonly #waiters = new Map<string, Set<Waiter>>()
  #length = 0

  constructor(clock: Clock, options: WaitQueueOptions) {
    this.#clock = clock
    this.#options = options
  }

  get length(): number {
    return this.#length
  }

  /** How many of them could have a connection now, if there were one. */
  get ready(): number {
    let ready = 0
    for (const [address, waiters] of this.#waiters)
      ready += Math.min(waiters.size, Math.max(0, this.#options.roomOf(address)))
    return ready
  }

  isFullFor(address: string): boolean {
    const { maxWaiters, maxWaitersOfOne } = this.#options
    return this.#length >= maxWaiters || (this.#waiters.get(address)?.size ?? 0) >= maxWaitersOfOne
  }

  /** `late` makes the error of one whose time is over. Rejects with the signal's reason on abort. */
  join(options: AcquireOptions & { late: () => Error }): Promise<UpstreamConnection> {
    const { fresh, signal, late, address } = options
    if (signal.aborted) return Promise.reject(reasonOf(signal))
    if (this.isFullFor(address)) return Promise.reject(new TildegateError('tunnel-busy'))
    return new Promise((resolve, reject) => {
      const leave = () => {
        this.#remove(address, waiter)
        timer.cancel()
        signal.removeEventListener('abort', onAbort)
      }
      const waiter: Waiter = {
        fresh,
        give: connection => {
          leave()
          this.#putLast(address)
          resolve(connection)
        },
        fail: cause => {
          leave()
          reject(cause)
        },
      }
      const timer = this.#clock.after(this.#options.waitMs, () => waiter.fail(late()))
      const onAbort = () => waiter.fail(reasonOf(signal))
      signal.addEventListener('abort', onAbort, { once: true })
      this.#add(address, waiter)
    })
  }

  /** Whose turn it is, and whence; `rested`: of those that take a connection that rested. */
  first(options: { rested: boolean }): { readonly waiter: Waiter; readonly address: string } | undefined {
    let first: { waiter: Waiter; address: string } | undefined
    let most = 0
    for (const [address, waiters] of this.#waiters) {
      const room = this.#options.roomOf(address)
      if (room <= most) continue
      for (const waiter of waiters) {
        if (options.rested && waiter.fresh) continue
        first = { waiter, address }
        most = room
        break
      }
    }
    return first
  }

  failAll(cause: () => Error): void {
    for (const waiters of [...this.#waiters.values()]) for (const waiter of [...waiters]) waiter.fail(cause())
  }

  #add(address: string, waiter: Waiter): void {
    const waiters = this.#waiters.get(address)
    if (waiters === undefined) this.#waiters.set(address, new Set([waiter]))
    else waiters.add(waiter)
    this.#length++
  }

  #remove(address: string, waiter: Waiter): void {
    const waiters = this.#waiters.get(address)
    if (waiters?.delete(waiter) !== true) return
    this.#length--
    if (waiters.size === 0) this.#waiters.delete(address)
  }

  #putLast(address: string): void {
    const waiters = this.#waiters.get(address)
    if (waiters === undefined) return
    this.#waiters.delete(address)
    this.#waiters.set(address, waiters)
  }
}

function reasonOf(signal: AbortSignal): Error {
  return signal.reason instanceof Error ? signal.reason : new Error('aborted')
}
