/**
 * How the protocol's bytes travel on a route: bare behind an upgrade to tildegate/1, or in WebSocket messages where something in between
 * lets only WebSockets pass. What was found out is remembered for the route as long as the process lives, and tried anew after a
 * while, after a wake and on another network.
 */
import type { Route } from '../net/dial/index.ts'
import type { Clock } from '../shared/world.ts'

export type Framing = 'bare' | 'websocket'

/** The box may be gone: the next control connection after so long begins bare again. */
const tryAgainMs = 3_600_000
const maxDoubts = 3

export class FramingChoice {
  readonly #clock: Clock
  #first: Framing
  #foundAt = Number.NEGATIVE_INFINITY
  #hasBareWorked = false
  #doubts = 0

  /** `found`: what has worked on this route a moment ago. */
  constructor(clock: Clock, found?: Framing) {
    this.#clock = clock
    this.#first = found ?? 'bare'
    if (found !== undefined) this.worked(found)
  }

  /** What to begin with. */
  get first(): Framing {
    const isOld = this.#clock.now() - this.#foundAt > tryAgainMs
    return this.#first === 'websocket' && isOld ? 'bare' : this.#first
  }

  /**
   * Bare, and lost without a word. Where bare ones have passed, that tells of a gateway that is away; again and again, it may be a
   * box that is new.
   * @returns whether the other framing is to be tried
   */
  doubt(): boolean {
    return !this.#hasBareWorked || ++this.#doubts > maxDoubts
  }

  worked(framing: Framing): void {
    this.#first = framing
    this.#foundAt = this.#clock.now()
    this.#doubts = 0
    if (framing === 'bare') this.#hasBareWorked = true
  }

  /** Neither did, and what was tried first may have used up the ticket of the second. */
  beginWithOther(): void {
    this.#first = otherThan(this.first)
    this.#foundAt = this.#clock.now()
  }

  /** Another network, or the same after a sleep. */
  forget(): void {
    this.#first = 'bare'
    this.#hasBareWorked = false
  }
}

export function otherThan(framing: Framing): Framing {
  return framing === 'bare' ? 'websocket' : 'bare'
}

/** One choice for each route, shared by all tunnels that take it. */
export class FramingMemory {
  readonly #clock: Clock
  readonly #choices = new Map<string, FramingChoice>()

  constructor(clock: Clock) {
    this.#clock = clock
  }

  of(route: Route): FramingChoice {
    const key = JSON.stringify([route.gateway, route.hops.map(withoutLogin)])
    const choice = this.#choices.get(key) ?? new FramingChoice(this.#clock)
    this.#choices.set(key, choice)
    return choice
  }
}

function withoutLogin(hop: Route['hops'][number]): unknown {
  return hop.kind === 'system' ? hop.kind : [hop.kind, hop.host, hop.port]
}
