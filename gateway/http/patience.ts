/** The one deadline of an exchange: at any time it waits for the visitor, for the target, or for nobody. */
import type { Clock, Timer } from '../../shared/world.ts'

export type Awaited = 'visitor' | 'target'

export class Patience {
  readonly #clock: Clock
  readonly #waitsMs: Readonly<Record<Awaited, number>>
  readonly #onExpired: (awaited: Awaited) => void
  #timer: Timer | undefined
  #isOver = false

  constructor(
    clock: Clock,
    waitsMs: Readonly<Record<Awaited, number>>,
    onExpired: (awaited: Awaited) => void,
  ) {
    this.#clock = clock
    this.#waitsMs = waitsMs
    this.#onExpired = onExpired
  }

  /** Begins anew with every sign of life. */
  waitFor(awaited: Awaited): void {
    if (this.#isOver) return
    this.#timer?.cancel()
    this.#timer = this.#clock.after(this.#waitsMs[awaited], () => this.#onExpired(awaited))
  }

  /** The answer has begun: nothing is waited for any more. */
  end(): void {
    this.#isOver = true
    this.#timer?.cancel()
  }
}
