/**
 * Tells the agent of a tunnel who visits it (VISITS in docs/protocol.md, 3). Only one frame is ever on its way, the next one waits until
 * the agent has seen it and a while has passed: a flood of visitors is a few rows a second on the control connection, and no queue
 * on a slow line that alive packets and OPEN would have to wait behind. What came meanwhile is kept up to a bound, the latest of it.
 */
import { wire } from '../../shared/protocol/limits.ts'
import type { ToldVisit, ToldVisits } from '../../shared/protocol/visits.ts'
import type { Clock, Timer } from '../../shared/world.ts'

export type EndedVisit = Omit<ToldVisit, 'agoMs'>

export interface TellingLimits {
  /** Visits in one frame; 0: nobody is told. */
  readonly visitsTold: number
  readonly visitsToldMs: number
}

export interface TellerParts {
  readonly clock: Clock
  readonly limits: TellingLimits
  /** Of the clock that never jumps: visits that began before may have been another owner's, and are not told. */
  readonly since: number
  send(told: ToldVisits): void
}

export class VisitTeller {
  readonly since: number
  readonly #clock: Clock
  readonly #limits: TellingLimits
  readonly #send: (told: ToldVisits) => void
  /** Oldest first; `over` is of the clock that never jumps. */
  #waiting: { readonly over: number; readonly visit: EndedVisit }[] = []
  #leftOut = 0
  #isUnseen = false
  #pause: Timer | undefined
  #isClosed = false

  constructor({ clock, limits, since, send }: TellerParts) {
    this.since = since
    this.#clock = clock
    this.#limits = limits
    this.#send = send
  }

  /** A visit is over now. */
  add(visit: EndedVisit): void {
    const over = this.#clock.now()
    if (this.#isClosed || over - visit.durationMs < this.since) return
    this.#waiting.push({ over, visit })
    if (this.#waiting.length > Math.min(this.#limits.visitsTold, wire.visitsMax)) {
      this.#waiting.shift()
      this.#leftOut++
    }
    this.#tell()
  }

  /** The agent has seen what it was told. */
  seen(): void {
    this.#isUnseen = false
    this.#tell()
  }

  /** Idempotent. */
  close(): void {
    this.#isClosed = true
    this.#pause?.cancel()
    this.#waiting = []
  }

  #tell(): void {
    if (this.#isClosed || this.#isUnseen || this.#pause !== undefined || this.#waiting.length === 0) return
    const now = this.#clock.now()
    const visits = this.#waiting.map(({ over, visit }) => ({ ...visit, agoMs: now - over }))
    const told = { leftOut: this.#leftOut, visits }
    this.#waiting = []
    this.#leftOut = 0
    this.#isUnseen = true
    this.#pause = this.#clock.after(this.#limits.visitsToldMs, () => {
      this.#pause = undefined
      this.#tell()
    })
    this.#send(told)
  }
}
