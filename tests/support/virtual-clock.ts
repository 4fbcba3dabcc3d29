/** A clock that stands still until a test moves it. Timers fire in order of their time, then of their making. */
import type { Clock, Timer } from '../../shared/world.ts'

interface Waiting {
  readonly at: number
  readonly order: number
  readonly callee: () => void
}

export class VirtualClock implements Clock {
  #now = 0
  #order = 0
  #waiting: Waiting[] = []

  now(): number {
    return this.#now
  }

  wall(): number {
    return Date.UTC(2026, 0, 1) + this.#now
  }

  after(delayMs: number, callee: () => void): Timer {
    const waiting = { at: this.#now + Math.max(0, delayMs), order: this.#order++, callee }
    this.#waiting.push(waiting)
    return {
      cancel: () => {
        this.#waiting = this.#waiting.filter(other => other !== waiting)
      },
    }
  }

  /** How many timers wait; for "nothing is left open" checks. */
  get waiting(): number {
    return this.#waiting.length
  }

  /** Lets `ms` pass, firing what falls due on the way, and lets promises settle after each. */
  async pass(ms: number): Promise<void> {
    const end = this.#now + ms
    for (;;) {
      await settled()
      const next = this.#waiting
        .filter(waiting => waiting.at <= end)
        .sort((a, b) => a.at - b.at || a.order - b.order)[0]
      if (next === undefined) break
      this.#now = next.at
      this.#waiting = this.#waiting.filter(waiting => waiting !== next)
      next.callee()
    }
    this.#now = end
    await settled()
  }
}

/** A turn of the event loop, so that promise chains and stream callbacks run. */
function settled(): Promise<void> {
  return new Promise(resolve => setImmediate(resolve))
}
