/**
 * How often something happened for a key within the last minute (or another span). Bounded twice: at most
 * `limit` times are kept for a key, and at most `maxKeys` keys; keys expire by themselves.
 */
import type { Clock, Timer } from '../../shared/world.ts'

export class SlidingWindows {
  readonly #clock: Clock
  readonly #limit: number
  readonly #spanMs: number
  readonly #maxKeys: number
  /** Times of each key, oldest first; keys in the order of their last time. */
  readonly #times = new Map<string, number[]>()
  #sweep: Timer | undefined

  constructor(clock: Clock, options: { limit: number; spanMs: number; maxKeys: number }) {
    this.#clock = clock
    this.#limit = options.limit
    this.#spanMs = options.spanMs
    this.#maxKeys = options.maxKeys
  }

  /** Whether one more would be too many, `more` that are not recorded counted with them. */
  isFull(key: string, more = 0): boolean {
    const room = this.#limit - more
    if (room <= 0) return true
    const times = this.#times.get(key)
    const oldest = times?.[times.length - room]
    return oldest !== undefined && oldest > this.#clock.now() - this.#spanMs
  }

  /** How long until one more is not too many; 0: now. */
  waitMs(key: string): number {
    const times = this.#times.get(key)
    const oldest = times?.[times.length - this.#limit]
    return oldest === undefined ? 0 : Math.max(0, oldest + this.#spanMs - this.#clock.now())
  }

  add(key: string): void {
    this.#expire()
    const times = this.#times.get(key) ?? []
    this.#times.delete(key)
    times.push(this.#clock.now())
    if (times.length > this.#limit) times.shift()
    if (this.#times.size >= this.#maxKeys) this.#dropOldest()
    this.#times.set(key, times)
    this.#sweep ??= this.#clock.after(this.#spanMs, () => this.#sweepAgain())
  }

  /** Keys remembered now. */
  get size(): number {
    return this.#times.size
  }

  close(): void {
    this.#sweep?.cancel()
    this.#sweep = undefined
    this.#times.clear()
  }

  #sweepAgain(): void {
    this.#expire()
    this.#sweep = this.#times.size > 0 ? this.#clock.after(this.#spanMs, () => this.#sweepAgain()) : undefined
  }

  #expire(): void {
    const due = this.#clock.now() - this.#spanMs
    for (const [key, times] of this.#times) {
      if ((times.at(-1) ?? 0) > due) break
      this.#times.delete(key)
    }
  }

  #dropOldest(): void {
    for (const key of this.#times.keys()) {
      this.#times.delete(key)
      break
    }
  }
}
