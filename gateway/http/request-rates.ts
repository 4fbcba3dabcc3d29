/**
 * How fast requests may come from one address: for each a bucket that fills all the time, and is forgotten once it is full. Like the other counters it
 * keeps a bounded number of addresses; unlike theirs, its counts are too large to remember when each request came.
 */
import type { Clock } from '../../shared/world.ts'
import { countedAddress, isLoopback } from '../listen/address-ranges.ts'

export interface RateLimits {
  readonly requestBurstPerAddress: number
  readonly requestsPerAddressPerMinute: number
  readonly surplusRequestMs: number
  readonly surplusRequests: number
  readonly countedAddresses: number
}

interface Bucket {
  left: number
  /** When that was so. */
  at: number
}

const minuteMs = 60_000
/** Of the burst: who came too often is told to come again when there is so much room. */
const roomWorthWaiting = 0.1
const longestWaitMs = minuteMs

export class RequestRates {
  readonly #clock: Clock
  readonly #burst: number
  readonly #perMs: number
  readonly #maxAddresses: number
  readonly #heldMs: number
  readonly #heldMax: number
  #held = 0
  /** In the order of their last request. */
  readonly #buckets = new Map<string, Bucket>()

  constructor(clock: Clock, limits: RateLimits) {
    this.#clock = clock
    this.#burst = limits.requestBurstPerAddress
    this.#perMs = limits.requestsPerAddressPerMinute / minuteMs
    this.#maxAddresses = limits.countedAddresses
    this.#heldMs = limits.surplusRequestMs
    this.#heldMax = limits.surplusRequests
  }

  /** Counts one request. Undefined: it may be served. Else so many milliseconds until it is worth coming again. */
  take(address: string): number | undefined {
    // Who is on this computer needs no network to keep it busy (docs/decisions/0023-request-rate.md).
    if (isLoopback(address)) return undefined
    const now = this.#clock.now()
    this.#forget(now)
    const key = countedAddress(address)
    const bucket = this.#buckets.get(key) ?? { left: this.#burst, at: now }
    bucket.left = Math.min(this.#burst, bucket.left + (now - bucket.at) * this.#perMs)
    bucket.at = now
    this.#buckets.delete(key)
    if (this.#buckets.size >= this.#maxAddresses) this.#dropOldest()
    this.#buckets.set(key, bucket)
    if (bucket.left < 1) return this.#waitMs(bucket.left)
    bucket.left--
    return undefined
  }

  /** For a request that may not: its time before it is refused. None where too many have theirs. */
  async holdBack(wait: (ms: number) => Promise<void>): Promise<void> {
    if (this.#heldMs === 0 || this.#held >= this.#heldMax) return
    this.#held++
    try {
      await wait(this.#heldMs)
    } finally {
      this.#held--
    }
  }

  /** Addresses that are remembered now. */
  get size(): number {
    return this.#buckets.size
  }

  #waitMs(left: number): number {
    const room = Math.max(1, this.#burst * roomWorthWaiting)
    return Math.min(longestWaitMs, (room - left) / this.#perMs)
  }

  /** After that time without a request any bucket is full. */
  #forget(now: number): void {
    const fullAfterMs = this.#burst / this.#perMs
    for (const [key, { at }] of this.#buckets) {
      if (now - at < fullAfterMs) break
      this.#buckets.delete(key)
    }
  }

  #dropOldest(): void {
    for (const key of this.#buckets.keys()) {
      this.#buckets.delete(key)
      break
    }
  }
}
