/**
 * Every exceeded limit and every refusal: counted always, logged at most once a minute for each limit and
 * address, with the reason. Remembers a bounded number of addresses and forgets each after the minute.
 */
import type { Clock, Log, Timer } from '../../shared/world.ts'
import { countedAddress } from '../listen/address-ranges.ts'

const logEveryMs = 60_000

export interface LimitCounter {
  exceeded(limit: string): void
  refused(what: string): void
}

export class LimitReports {
  readonly #clock: Clock
  readonly #log: Log
  readonly #counter: LimitCounter
  readonly #remembered: number
  /** In order of time: what was logged when. */
  readonly #logged = new Map<string, number>()
  #sweep: Timer | undefined

  constructor(world: { clock: Clock; log: Log }, counter: LimitCounter, remembered: number) {
    this.#clock = world.clock
    this.#log = world.log
    this.#counter = counter
    this.#remembered = remembered
  }

  /** A limit of ours was exceeded. */
  exceeded(limit: string, address: string, reason: string): void {
    this.#counter.exceeded(limit)
    if (this.#isDue(limit, address)) this.#log.warn({ limit, address, reason }, 'a limit was exceeded')
  }

  /** Somebody was turned away for another reason: a wrong ticket, garbage, a broken handshake. */
  refused(what: string, address: string, reason: string): void {
    this.#counter.refused(what)
    if (this.#isDue(what, address)) this.#log.info({ what, address, reason }, 'refused')
  }

  close(): void {
    this.#sweep?.cancel()
    this.#sweep = undefined
    this.#logged.clear()
  }

  #isDue(what: string, address: string): boolean {
    this.#forget()
    const key = `${what} ${countedAddress(address)}`
    if (this.#logged.has(key)) return false
    // Full: a flood from many addresses. It is counted; the log is spared.
    if (this.#logged.size >= this.#remembered) return false
    this.#logged.set(key, this.#clock.now())
    this.#sweep ??= this.#clock.after(logEveryMs, () => this.#sweepAgain())
    return true
  }

  #sweepAgain(): void {
    this.#forget()
    this.#sweep = this.#logged.size > 0 ? this.#clock.after(logEveryMs, () => this.#sweepAgain()) : undefined
  }

  #forget(): void {
    const due = this.#clock.now() - logEveryMs
    for (const [key, at] of this.#logged) {
      if (at > due) break
      this.#logged.delete(key)
    }
  }
}
