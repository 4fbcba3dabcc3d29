/**
 * The ways to a gateway where the system names several (`PROXY a:8080; PROXY b:8080; DIRECT`): tried in order, the next where a proxy
 * that the system named is out of reach. One that refuses us is an answer and ends the search: the next would be asked behind its back.
 */
import { type ErrorCode, TildegateError } from '../../shared/errors.ts'
import type { Clock } from '../../shared/world.ts'
import { nameOf, type ResolvedHop } from '../proxy/chain.ts'

/** One way to the gateway. */
export interface Way {
  /** From this computer outwards; none is the direct way. */
  readonly hops: readonly ResolvedHop[]
  /** What the system said, where the entry asks it; to be shown. */
  readonly said?: string
}

/** How long a proxy that was out of reach is tried last, so that not every visitor waits for it. */
const lastForMs = 5 * 60_000
const maxRemembered = 64

/** Said of a proxy that could not be reached. */
const outOfReach: ReadonlySet<ErrorCode> = new Set<ErrorCode>([
  'proxy-name-unknown',
  'proxy-unreachable',
  'proxy-hop-timeout',
  'proxy-closed',
  'proxy-tls-untrusted',
])

/** Said of the gateway itself, where the way was direct. */
const outOfDirectReach: ReadonlySet<ErrorCode> = new Set<ErrorCode>([
  'gateway-name-unknown',
  'dial-refused',
  'dial-timeout',
  'dial-unreachable',
  'connection-lost',
])

export class Ways {
  readonly #clock: Clock
  /** Named by their system proxies, each with the time of its latest failure. */
  readonly #failed = new Map<string, number>()

  readonly #onOutOfReach: () => void

  constructor(clock: Clock, onOutOfReach: () => void) {
    this.#clock = clock
    this.#onOutOfReach = onOutOfReach
  }

  /** Another network: what was out of reach may be near. */
  forget(): void {
    this.#failed.clear()
  }

  /**
   * @param ways in the system's order, at least one
   * @throws what the first of them in that order failed with; hops are numbered as in the entry
   */
  async first<T>(ways: readonly Way[], dial: (way: Way) => Promise<T>): Promise<T> {
    const failures = new Map<Way, unknown>()
    for (const way of this.#sorted(ways)) {
      try {
        const line = await dial(way)
        this.#failed.delete(nameOfWay(way))
        return line
      } catch (cause) {
        const failure = asInEntry(cause, way)
        if (!isOutOfReach(failure, way)) throw failure
        this.#onOutOfReach()
        this.#remember(way)
        failures.set(way, failure)
      }
    }
    const [preferred] = ways
    throw preferred === undefined ? new TildegateError('internal') : failures.get(preferred)
  }

  #sorted(ways: readonly Way[]): readonly Way[] {
    const since = this.#clock.now() - lastForMs
    const isLast = (way: Way) => (this.#failed.get(nameOfWay(way)) ?? Number.NEGATIVE_INFINITY) > since
    return [...ways.filter(way => !isLast(way)), ...ways.filter(isLast)]
  }

  #remember(way: Way): void {
    const name = nameOfWay(way)
    this.#failed.delete(name)
    this.#failed.set(name, this.#clock.now())
    const [oldest] = this.#failed.keys()
    if (this.#failed.size > maxRemembered && oldest !== undefined) this.#failed.delete(oldest)
  }
}

function nameOfWay({ hops }: Way): string {
  return hops
    .filter(hop => hop.source !== undefined)
    .map(hop => `${hop.kind}://${nameOf(hop)}`)
    .join(' ')
}

/** The place of a hop in its entry: `system` may have become none. */
export function numberIn({ hops }: Way, place: number): number {
  return hops[place - 1]?.number ?? place
}

/** Said otherwise of a proxy that the entry does not name itself. */
const ofSystemProxy: Readonly<Partial<Record<ErrorCode, ErrorCode>>> = {
  'proxy-login-required': 'system-proxy-login-required',
  'proxy-wants-ntlm': 'system-proxy-wants-ntlm',
}

/** Numbers hops as the entry does, and says of a system proxy's login what to do. */
function asInEntry(cause: unknown, way: Way): unknown {
  if (!(cause instanceof TildegateError) || typeof cause.details['hopIndex'] !== 'number') return cause
  const place = cause.details['hopIndex']
  const { source, kind } = way.hops[place - 1] ?? {}
  const details = { ...cause.details, hopIndex: numberIn(way, place), place }
  if (source === undefined) return new TildegateError(cause.code, details, { cause })
  const scheme = kind === 'http' ? '' : `${kind}://`
  return new TildegateError(
    ofSystemProxy[cause.code] ?? cause.code,
    { ...details, source, scheme },
    { cause },
  )
}

function isOutOfReach(failure: unknown, { hops }: Way): boolean {
  if (!(failure instanceof TildegateError)) return false
  const { code, details } = failure
  const place = typeof details['place'] === 'number' ? details['place'] : 0
  if (!hops.some(hop => hop.source !== undefined)) {
    return outOfDirectReach.has(code) || (place === 1 && outOfReach.has(code))
  }
  // The proxy before it could not reach it.
  if (code === 'proxy-far-side-failed') return hops[place]?.source !== undefined
  return hops[place - 1]?.source !== undefined && outOfReach.has(code)
}
