/**
 * From a start on, for a while: agents are on their way back, and a request for a tunnel that is not connected waits for its agent. It waits alike
 * whether its name exists or not: how long says nothing but whether all tunnels are back.
 */
import { TildegateError } from '../../shared/errors.ts'
import type { Clock, Timer } from '../../shared/world.ts'
import type { TunnelDirectory, Upstream } from '../upstream.ts'

export interface ReturningParts {
  readonly directory: TunnelDirectory
  readonly clock: Clock
  readonly limits: { readonly returnMs: number; readonly returnWaiters: number }
  /** Nobody is awaited any more. */
  areAllBack(): boolean
  /** A request got `tunnel-busy`, for too many wait already. */
  exceeded(): void
}

interface Waiter {
  readonly name: string | undefined
  goOn(): void
  fail(cause: Error): void
}

export class ReturningTunnels implements TunnelDirectory {
  readonly #parts: ReturningParts
  readonly #waiters = new Set<Waiter>()
  readonly #timer: Timer
  #isOver: boolean

  constructor(parts: ReturningParts) {
    this.#parts = parts
    this.#isOver = parts.limits.returnMs === 0
    this.#timer = parts.clock.after(parts.limits.returnMs, () => this.#end())
  }

  find(name: string): Upstream | undefined {
    return this.#parts.directory.find(name)
  }

  /** A tunnel is connected. */
  arrived(name: string): void {
    for (const waiter of [...this.#waiters]) if (waiter.name === name) waiter.goOn()
    this.#look()
  }

  /** @throws TildegateError tunnel-busy; the signal's reason */
  whenBack(name: string | undefined, signal: AbortSignal): Promise<void> {
    const { limits, exceeded } = this.#parts
    this.#look()
    if (this.#isOver) return Promise.resolve()
    if (signal.aborted) return Promise.reject(signal.reason as Error)
    if (this.#waiters.size >= limits.returnWaiters) {
      exceeded()
      return Promise.reject(new TildegateError('tunnel-busy'))
    }
    return new Promise((resolve, reject) => {
      const leave = () => {
        this.#waiters.delete(waiter)
        signal.removeEventListener('abort', onAbort)
      }
      const waiter: Waiter = {
        name,
        goOn() {
          leave()
          resolve()
        },
        fail(cause) {
          leave()
          reject(cause)
        },
      }
      const onAbort = () => waiter.fail(signal.reason as Error)
      signal.addEventListener('abort', onAbort, { once: true })
      this.#waiters.add(waiter)
    })
  }

  /** The gateway stops: nobody comes back to it, but perhaps to the next one. Idempotent. */
  close(): void {
    for (const waiter of [...this.#waiters]) waiter.fail(new TildegateError('tunnel-busy'))
    this.#end()
  }

  #look(): void {
    if (!this.#isOver && this.#parts.areAllBack()) this.#end()
  }

  #end(): void {
    this.#isOver = true
    this.#timer.cancel()
    for (const waiter of [...this.#waiters]) waiter.goOn()
  }
}
