/** The last visits of one tunnel, as its gateway told of them. In memory alone: in no file, and no log knows of them. */
import type { TunnelOptions } from '../../../agent/index.ts'
import { keptVisits, type RecentVisits, type VisitView } from '../../../shared/ipc/visit-views.ts'

type Told = Parameters<NonNullable<TunnelOptions['onVisits']>>

interface Kept extends VisitView {
  /** Visits before this one that were not told. */
  readonly leftOut: number
}

export class VisitRing {
  /** Oldest first. */
  #kept: readonly Kept[] = []
  /** Not told, and no later one is known yet. */
  #leftOut = 0
  #told = 0

  /** `visits`: oldest first; `leftOut`: how many before them were not told. */
  add(visits: Told[0], leftOut: Told[1]): void {
    this.#leftOut += leftOut
    for (const visit of visits) {
      const kept = { ...visit, id: this.#told, leftOut: this.#leftOut }
      this.#told += 1
      this.#leftOut = 0
      this.#kept = [...this.#kept, kept].slice(-keptVisits)
    }
  }

  /** How many were told since the engine started: changes whenever the list does. */
  get told(): number {
    return this.#told
  }

  list(): RecentVisits {
    return {
      visits: this.#kept.map(({ leftOut: _, ...visit }) => visit).toReversed(),
      // What stands before the oldest is older than the list.
      leftOut: this.#kept.slice(1).reduce((sum, { leftOut }) => sum + leftOut, this.#leftOut),
    }
  }
}
