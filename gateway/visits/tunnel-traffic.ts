/** How much went through each tunnel, and through all, since the gateway started. Bounded: what was not used for longest is forgotten. */
import type { Clock } from '../../shared/world.ts'
import { RequestRate } from './request-rate.ts'

export interface Traffic {
  readonly requests: number
  /** Answered with status 500 and above. */
  readonly errors: number
  readonly receivedBytes: number
  readonly sentBytes: number
  readonly requestsPerSecond: number
}

interface Exchange {
  readonly status: number
  readonly receivedBytes: number
  readonly sentBytes: number
}

export class TunnelTraffic {
  readonly #clock: Clock
  readonly #maxTunnels: number
  readonly #all: Counts
  readonly #tunnels = new Map<string, Counts>()

  constructor(clock: Clock, maxTunnels: number) {
    this.#clock = clock
    this.#maxTunnels = maxTunnels
    this.#all = new Counts(clock)
  }

  /** Undefined: of no tunnel. */
  add(tunnel: string | undefined, exchange: Exchange): void {
    this.#all.add(exchange)
    if (tunnel === undefined) return
    const counts = this.#tunnels.get(tunnel) ?? new Counts(this.#clock)
    this.#tunnels.delete(tunnel)
    this.#tunnels.set(tunnel, counts)
    counts.add(exchange)
    if (this.#tunnels.size <= this.#maxTunnels) return
    for (const oldest of this.#tunnels.keys()) {
      this.#tunnels.delete(oldest)
      break
    }
  }

  get all(): Traffic {
    return this.#all.now
  }

  of(tunnel: string): Traffic {
    return this.#tunnels.get(tunnel)?.now ?? none
  }
}

const none: Traffic = { requests: 0, errors: 0, receivedBytes: 0, sentBytes: 0, requestsPerSecond: 0 }

class Counts {
  readonly #rate: RequestRate
  #requests = 0
  #errors = 0
  #receivedBytes = 0
  #sentBytes = 0

  constructor(clock: Clock) {
    this.#rate = new RequestRate(clock)
  }

  add({ status, receivedBytes, sentBytes }: Exchange): void {
    this.#rate.count()
    this.#requests++
    if (status >= 500) this.#errors++
    this.#receivedBytes += receivedBytes
    this.#sentBytes += sentBytes
  }

  get now(): Traffic {
    return {
      requests: this.#requests,
      errors: this.#errors,
      receivedBytes: this.#receivedBytes,
      sentBytes: this.#sentBytes,
      requestsPerSecond: this.#rate.perSecond,
    }
  }
}
