/**
 * The back-connections of sessions that have ended. Where the gateway said that it stops, a newer one may take its place while it still serves
 * what it has: those go on until they end. All others are dropped.
 */
import type { Clock } from '../../shared/world.ts'
import { type BackConnections, type BackTraffic, sumOf } from './back-connections.ts'

/** A gateway that hands over does not serve its last visitors longer than that. */
const longestMs = 3_600_000

export class PastSessions {
  readonly #clock: Clock
  readonly #finishing = new Set<BackConnections>()
  #bytesIn = 0
  #bytesOut = 0

  constructor(clock: Clock) {
    this.#clock = clock
  }

  add(back: BackConnections, mayFinish: boolean): void {
    if (!mayFinish) {
      back.destroy()
      this.#count(back)
      return
    }
    this.#finishing.add(back)
    const timer = this.#clock.after(longestMs, () => back.destroy())
    void back.finish().then(() => {
      timer.cancel()
      this.#finishing.delete(back)
      this.#count(back)
    })
  }

  /** What is still open, and all bytes. */
  get traffic(): BackTraffic {
    const ended = { open: 0, visitors: 0, bytesIn: this.#bytesIn, bytesOut: this.#bytesOut }
    return sumOf(ended, ...[...this.#finishing].map(({ traffic }) => traffic))
  }

  /** Drops all now. Idempotent. */
  destroy(): void {
    for (const back of this.#finishing) back.destroy()
  }

  #count({ traffic }: BackConnections): void {
    this.#bytesIn += traffic.bytesIn
    this.#bytesOut += traffic.bytesOut
  }
}
