/** How many a second, over the last ten. Keeps a count for each second and nothing else. */
import type { Clock } from '../../shared/world.ts'

const seconds = 10

export class RequestRate {
  readonly #clock: Clock
  readonly #counts = new Uint32Array(seconds)
  #second = 0

  constructor(clock: Clock) {
    this.#clock = clock
    this.#second = this.#now()
  }

  count(): void {
    this.#advance()
    const at = this.#second % seconds
    this.#counts[at] = (this.#counts[at] ?? 0) + 1
  }

  get perSecond(): number {
    this.#advance()
    return this.#counts.reduce((sum, count) => sum + count, 0) / seconds
  }

  #advance(): void {
    const now = this.#now()
    const passed = Math.min(seconds, now - this.#second)
    for (let i = 1; i <= passed; i++) this.#counts[(this.#second + i) % seconds] = 0
    this.#second = Math.max(this.#second, now)
  }

  #now(): number {
    return Math.floor(this.#clock.now() / 1000)
  }
}
