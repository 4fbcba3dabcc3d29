/** The system's clock, some time ahead: what waits for a minute need not wait for it. Timers run as they would. */
import { systemClock } from '../../net/world.ts'
import type { Clock } from '../../shared/world.ts'

export class ShiftedClock implements Clock {
  #aheadMs = 0

  now(): number {
    return systemClock.now() + this.#aheadMs
  }

  wall(): number {
    return systemClock.wall() + this.#aheadMs
  }

  after(delayMs: number, callee: () => void) {
    return systemClock.after(delayMs, callee)
  }

  /** Timers that are set do not notice. */
  leap(ms: number): void {
    this.#aheadMs += ms
  }
}
