/**
 * How long connections may rest where something in between cuts those that do (a proxy after 30 s, say). Learned from spares that
 * were cut, so that later ones are replaced before, and no visitor meets one that has just died.
 */

/** A spare that goes sooner was turned down, not cut for resting. */
const leastRestMs = 10_000
/** Two cuts after about the same rest are no chance. */
const toleranceMs = 2_000
const share = 0.8

export class RestLimit {
  #cutAfterMs = Number.NEGATIVE_INFINITY
  #ms = Number.POSITIVE_INFINITY

  /** Infinite until something is known. */
  get ms(): number {
    return this.#ms
  }

  /** @returns whether a spare that ended by itself after so long was cut for resting, rather than turned down */
  noticed(restedMs: number): boolean {
    if (restedMs < leastRestMs) return false
    if (Math.abs(restedMs - this.#cutAfterMs) <= toleranceMs)
      this.#ms = Math.min(this.#ms, Math.floor(restedMs * share))
    this.#cutAfterMs = restedMs
    return true
  }
}
