/**
 * Many tunnels that are told of soon after each other are told of as one: a gateway that is gone takes all of its tunnels along, and when it is
 * there again each comes back at a moment of its own. Pure: the time comes in, the notices go out.
 */
import type { TunnelView } from '../../shared/ipc/views.ts'
import type { Told } from './notices.ts'

export const gatheringLimits = {
  /** From the first of a kind until they are told. */
  gatherMs: 3_000,
  /** The same of those that are back, while others are still awaited. */
  returnMs: 60_000,
  /** From this many of one kind, they are told as one. */
  together: 3,
} as const

export interface Notice {
  readonly kind: Told['kind']
  readonly tunnels: readonly TunnelView[]
}

interface Held extends Told {
  readonly since: number
}

/** What is to be told, by tunnel. */
export type Gathering = ReadonlyMap<string, Held>

export const nothingGathered: Gathering = new Map()

/** The last word on a tunnel counts. One that is back before its absence was told needs none, nor does one that is shared no more. */
export function gather(
  gathering: Gathering,
  told: readonly Told[],
  tunnels: readonly TunnelView[],
  now: number,
): Gathering {
  const wanted = new Set(tunnels.flatMap(({ id, isWanted }) => (isWanted ? [id] : [])))
  const next = new Map([...gathering].filter(([id]) => wanted.has(id)))
  for (const { kind, tunnel } of told) {
    const before = next.get(tunnel.id)
    next.delete(tunnel.id)
    if (kind === 'back' && before !== undefined && before.kind !== 'back') continue
    next.set(tunnel.id, { kind, tunnel, since: before?.kind === kind ? before.since : now })
  }
  return next
}

export interface Released {
  readonly gathering: Gathering
  readonly notices: readonly Notice[]
  /** Look again then, even if nothing changes. */
  readonly nextAt?: number
}

/** `isReturnAwaited`: others that the user knows to be away may be back soon. */
export function release(gathering: Gathering, isReturnAwaited: boolean, now: number): Released {
  const { gatherMs, returnMs, together } = gatheringLimits
  const kept = new Map(gathering)
  const notices: Notice[] = []
  let nextAt: number | undefined
  for (const kind of ['needsUser', 'away', 'back'] as const) {
    const all = [...gathering.values()].filter(held => held.kind === kind)
    if (all.length === 0) continue
    const holdMs = kind === 'back' && isReturnAwaited ? returnMs : gatherMs
    const dueAt = Math.min(...all.map(({ since }) => since)) + holdMs
    if (dueAt > now) {
      nextAt = Math.min(dueAt, nextAt ?? dueAt)
      continue
    }
    const tunnels = all.map(({ tunnel }) => tunnel)
    for (const { id } of tunnels) kept.delete(id)
    if (tunnels.length >= together) notices.push({ kind, tunnels })
    else notices.push(...tunnels.map(tunnel => ({ kind, tunnels: [tunnel] })))
  }
  return { gathering: kept, notices, ...(nextAt === undefined ? {} : { nextAt }) }
}
