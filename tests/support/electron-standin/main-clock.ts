/**
 * The computer's clock and timers as main has them. They are the real ones, until a test lets time pass for main alone: a minute in which
 * nothing happens need not be waited for, and a computer that sleeps is one whose clock has jumped.
 */
interface Waiting {
  readonly at: number
  readonly call: () => void
  readonly real: NodeJS.Timeout
}

export class MainClock {
  #aheadMs = 0
  readonly #waiting = new Map<NodeJS.Timeout, Waiting>()

  /** What main finds in place of the globals of these names. */
  readonly globals = {
    performance: { now: () => this.#now() },
    setTimeout: (call: (...args: unknown[]) => void, delayMs = 0, ...args: unknown[]): NodeJS.Timeout => {
      const real = setTimeout(() => this.#run(real), delayMs)
      this.#waiting.set(real, { at: this.#now() + delayMs, call: () => call(...args), real })
      return real
    },
    clearTimeout: (real: NodeJS.Timeout | undefined): void => {
      if (real !== undefined) this.#waiting.delete(real)
      clearTimeout(real)
    },
  }

  /** Time passes: each timer runs at its moment. */
  pass(ms: number): void {
    const end = this.#now() + ms
    for (let next = this.#first(end); next !== undefined; next = this.#first(end)) {
      this.#aheadMs += Math.max(0, next.at - this.#now())
      this.#run(next.real)
    }
    this.#aheadMs += Math.max(0, end - this.#now())
  }

  /** The computer slept: the clock is further on, and what was due meanwhile runs late. */
  jump(ms: number): void {
    this.#aheadMs += ms
    for (let next = this.#first(this.#now()); next !== undefined; next = this.#first(this.#now()))
      this.#run(next.real)
  }

  #now(): number {
    return performance.now() + this.#aheadMs
  }

  #first(until: number): Waiting | undefined {
    return [...this.#waiting.values()].filter(({ at }) => at <= until).toSorted((a, b) => a.at - b.at)[0]
  }

  #run(real: NodeJS.Timeout): void {
    const waiting = this.#waiting.get(real)
    this.#waiting.delete(real)
    clearTimeout(real)
    waiting?.call()
  }
}
