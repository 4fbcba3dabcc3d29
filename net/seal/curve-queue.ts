/**
 * Curve work waits its turn: one job a turn of the event loop, so that a flood of handshakes does not stall everything
 * else; a bound on how many wait and for how long.
 */
import { TildegateError } from '../../shared/errors.ts'
import { protocolLimits } from '../../shared/protocol/limits.ts'
import type { Clock } from '../../shared/world.ts'

/** Details of `gateway-overloaded`: which limit it was. */
export const curveQueueFull = { limit: 'curve-queue' } as const
const curveQueueLate = { limit: 'curve-queue-time' } as const

interface Waiting {
  readonly since: number
  run(): void
  refuse(): void
}

export class CurveQueue {
  readonly #clock: Clock
  readonly #maxWaiting: number
  readonly #maxWaitMs: number
  readonly #waiting: Waiting[] = []
  #isScheduled = false

  constructor(
    clock: Clock,
    maxWaiting: number = protocolLimits.curveQueue,
    maxWaitMs: number = protocolLimits.curveQueueMs,
  ) {
    this.#clock = clock
    this.#maxWaiting = maxWaiting
    this.#maxWaitMs = maxWaitMs
  }

  get isFull(): boolean {
    return this.#waiting.length >= this.#maxWaiting
  }

  /** @throws TildegateError gateway-overloaded where the queue is full or the turn came too late; and what `job` throws */
  run<T>(job: () => T): Promise<T> {
    if (this.isFull) return Promise.reject(new TildegateError('gateway-overloaded', curveQueueFull))
    return new Promise<T>((resolve, reject) => {
      this.#waiting.push({
        since: this.#clock.now(),
        run: () => {
          try {
            resolve(job())
          } catch (cause) {
            reject(cause instanceof Error ? cause : new TildegateError('internal', {}, { cause }))
          }
        },
        refuse: () => reject(new TildegateError('gateway-overloaded', curveQueueLate)),
      })
      this.#schedule()
    })
  }

  #schedule(): void {
    if (this.#isScheduled || this.#waiting.length === 0) return
    this.#isScheduled = true
    setImmediate(() => {
      this.#isScheduled = false
      this.#turn()
      this.#schedule()
    })
  }

  #turn(): void {
    for (let next = this.#waiting.shift(); next !== undefined; next = this.#waiting.shift()) {
      if (this.#clock.now() - next.since <= this.#maxWaitMs) {
        next.run()
        return
      }
      next.refuse()
    }
  }
}
