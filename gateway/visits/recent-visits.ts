/**
 * The last requests of each tunnel, in memory alone: who, what, how it ended. No query, no body, no header. Bounded for each tunnel and
 * in all; the tunnel that was not visited for longest forgets first.
 */

export interface RecentVisit {
  /** When it was over: wall clock, milliseconds since 1970. */
  readonly at: number
  readonly address: string
  readonly method: string
  /** Below the tunnel, without its query. */
  readonly path: string
  /** 0: the visitor left before an answer. */
  readonly status: number
  readonly durationMs: number
  readonly receivedBytes: number
  readonly sentBytes: number
}

/** Longer ones are cut: it is to be recognised, not to be used. */
const longestPath = 300

export class RecentVisits {
  readonly #ofTunnel: number
  readonly #inAll: number
  /** Oldest first; tunnels in the order of their last visit. */
  readonly #visits = new Map<string, RecentVisit[]>()
  #size = 0

  constructor(bounds: { readonly ofTunnel: number; readonly inAll: number }) {
    this.#ofTunnel = bounds.ofTunnel
    this.#inAll = bounds.inAll
  }

  add(tunnel: string, visit: RecentVisit): void {
    if (this.#ofTunnel === 0 || this.#inAll === 0) return
    const visits = this.#visits.get(tunnel) ?? []
    this.#visits.delete(tunnel)
    this.#visits.set(tunnel, visits)
    visits.push({ ...visit, path: shortened(visit.path) })
    this.#size++
    if (visits.length > this.#ofTunnel) {
      visits.shift()
      this.#size--
    }
    while (this.#size > this.#inAll) this.#forgetOne()
  }

  /** Newest first. */
  of(tunnel: string): RecentVisit[] {
    return this.#visits.get(tunnel)?.toReversed() ?? []
  }

  get size(): number {
    return this.#size
  }

  #forgetOne(): void {
    for (const [tunnel, visits] of this.#visits) {
      visits.shift()
      this.#size--
      if (visits.length === 0) this.#visits.delete(tunnel)
      return
    }
  }
}

function shortened(path: string): string {
  return path.length <= longestPath ? path : `${path.slice(0, longestPath)}…`
}
