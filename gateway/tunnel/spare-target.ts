/** How many warm connections a tunnel is to have: more while visitors have to wait, fewer again when it rests. */
import type { Clock, Timer } from '../../shared/world.ts'

const maxPauseMs = 60_000

export class SpareTarget {
  readonly #limits: { sparesMin: number; sparesMax: number; spareRetryMs: number }
  readonly #clock: Clock
  readonly #again: () => void
  #target: number
  #pauseMs = 0
  #pause: Timer | undefined

  /** `again` is called when a pause after a failure is over. */
  constructor(
    limits: { sparesMin: number; sparesMax: number; spareRetryMs: number },
    clock: Clock,
    again: () => void,
  ) {
    this.#limits = limits
    this.#clock = clock
    this.#again = again
    this.#target = limits.sparesMin
  }

  /** None during the pause after a failure. */
  get wanted(): number {
    return this.#pause === undefined ? this.#target : 0
  }

  get isRaised(): boolean {
    return this.#target > this.#limits.sparesMin
  }

  /** A visitor had to wait. */
  missed(): void {
    this.#target = Math.min(this.#target + 1, this.#limits.sparesMax)
  }

  /** A while without one who had to wait. */
  decay(): void {
    this.#target = Math.max(this.#target - 1, this.#limits.sparesMin)
  }

  failed(): void {
    if (this.#pause !== undefined) return
    this.#pauseMs = Math.min(Math.max(2 * this.#pauseMs, this.#limits.spareRetryMs), maxPauseMs)
    this.#pause = this.#clock.after(this.#pauseMs, () => {
      this.#pause = undefined
      this.#again()
    })
  }

  succeeded(): void {
    this.#pauseMs = 0
  }

  stop(): void {
    this.#pause?.cancel()
  }
}
