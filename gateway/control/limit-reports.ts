/**
 * Every exceeded limit and every refusal: counted always, logged at most once a minute for each limit and
 * address, with the reason. Remembers a bounded number of addresses and forgets each after the minute.
 */
import type { Clock, Log, Timer } from '../../shared/world.ts'
import { countedAddress } from '../listen/address-ranges.ts'

const logEveryMs = 60_000
/** The kinds are a small fixed set of words; this many are remembered all the same at most. */
const maxBites = 200
const longestReason = 300

export interface LimitCounter {
  exceeded(limit: string): void
  refused(what: string): void
}

/** How often one kind of refusal happened, and the last time. */
export interface LimitBite {
  /** `limit`: one of ours was exceeded. `refused`: for another reason. */
  readonly kind: 'limit' | 'refused'
  readonly name: string
  readonly count: number
  /** Wall clock, milliseconds since 1970. */
  readonly lastAt: number
  readonly address: string
  readonly reason: string
}

export class LimitReports {
  readonly #clock: Clock
  readonly #log: Log
  readonly #counter: LimitCounter
  readonly #remembered: number
  /** In order of time: what was logged when. */
  readonly #logged = new Map<string, number>()
  readonly #bites = new Map<string, LimitBite>()
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
    this.#remember('limit', limit, address, reason)
    if (this.#isDue(limit, address)) this.#log.warn({ limit, address, reason }, 'a limit was exceeded')
  }

  /** Somebody was turned away for another reason: a wrong ticket, garbage, a broken handshake. */
  refused(what: string, address: string, reason: string): void {
    this.#counter.refused(what)
    this.#remember('refused', what, address, reason)
    if (this.#isDue(what, address)) this.#log.info({ what, address, reason }, 'refused')
  }

  /** Of each kind that happened since the start, the latest first. */
  get bites(): LimitBite[] {
    return [...this.#bites.values()].toSorted((a, b) => b.lastAt - a.lastAt)
  }

  close(): void {
    this.#sweep?.cancel()
    this.#sweep = undefined
    this.#logged.clear()
  }

  #remember(kind: LimitBite['kind'], name: string, address: string, reason: string): void {
    const key = `${kind} ${name}`
    const count = (this.#bites.get(key)?.count ?? 0) + 1
    if (count === 1 && this.#bites.size >= maxBites) return
    const lastAt = this.#clock.wall()
    this.#bites.set(key, { kind, name, count, lastAt, address, reason: reason.slice(0, longestReason) })
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
