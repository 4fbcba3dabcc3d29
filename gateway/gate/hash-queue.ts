/**
 * Checking a password is slow on purpose. Only a few are checked at once, and a bounded number waits: no flood of guesses takes the
 * memory or the processors of the gateway, and one for a single tunnel does not take all places.
 */
import { TildegateError } from '../../shared/errors.ts'
import type { Clock, Timer } from '../../shared/world.ts'

export interface HashQueueLimits {
  readonly visitorHashesAtOnce: number
  readonly visitorHashQueue: number
  readonly visitorHashQueuePerTunnel: number
  readonly visitorHashQueueMs: number
}

interface Waiting {
  readonly tunnel: string
  begin(): void
}

export class HashQueue {
  readonly #clock: Clock
  readonly #limits: HashQueueLimits
  readonly #waiting = new Set<Waiting>()
  #running = 0

  constructor(clock: Clock, limits: HashQueueLimits) {
    this.#clock = clock
    this.#limits = limits
  }

  /** @throws TildegateError tunnel-busy where too many wait, or too long; the signal's reason; what `job` throws */
  async run<T>(tunnel: string, signal: AbortSignal, job: () => Promise<T>): Promise<T> {
    signal.throwIfAborted()
    if (this.#running >= this.#limits.visitorHashesAtOnce) await this.#turn(tunnel, signal)
    else this.#running++
    try {
      return await job()
    } finally {
      this.#leave()
    }
  }

  get counts(): { readonly running: number; readonly waiting: number } {
    return { running: this.#running, waiting: this.#waiting.size }
  }

  /** Resolves when a place has been handed over. */
  #turn(tunnel: string, signal: AbortSignal): Promise<void> {
    const { visitorHashQueue, visitorHashQueuePerTunnel, visitorHashQueueMs } = this.#limits
    const ofTunnel = [...this.#waiting].filter(other => other.tunnel === tunnel).length
    if (this.#waiting.size >= visitorHashQueue || ofTunnel >= visitorHashQueuePerTunnel)
      return Promise.reject(new TildegateError('tunnel-busy'))
    return new Promise((resolve, reject) => {
      const settle = () => {
        this.#waiting.delete(entry)
        timer.cancel()
        signal.removeEventListener('abort', leave)
      }
      const leave = () => {
        settle()
        reject(signal.reason as Error)
      }
      const entry: Waiting = {
        tunnel,
        begin() {
          settle()
          resolve()
        },
      }
      const timer: Timer = this.#clock.after(visitorHashQueueMs, () => {
        settle()
        reject(new TildegateError('tunnel-busy'))
      })
      signal.addEventListener('abort', leave, { once: true })
      this.#waiting.add(entry)
    })
  }

  /** The place goes to who waits longest. */
  #leave(): void {
    const [next] = this.#waiting
    if (next === undefined) this.#running--
    else next.begin()
  }
}
