/**
 * What the user is told of outside the window: a tunnel that is away for over a minute, that is back, that needs the user. Never a
 * storm: a tunnel that comes and goes is told of once, and `gathering.ts` tells many as one. Pure: the time comes in, what is to be told goes out.
 */
import type { TunnelView } from '../../shared/ipc/views.ts'

export const noticeLimits = {
  /** Shorter absences are not told. */
  awayMs: 60_000,
  /** After an absence was told, the same tunnel is told away again only after this. */
  quietMs: 10 * 60_000,
  /** Whoever looks this late has slept: what is due then had no chance to come back. */
  lateMs: 10_000,
} as const

export interface Told {
  readonly kind: 'away' | 'back' | 'needsUser'
  readonly tunnel: TunnelView
}

interface Watched {
  readonly awaySince?: number
  readonly toldAwayAt?: number
  readonly isAwayTold: boolean
  /** The trouble that the user knows of. */
  readonly toldCode?: string
}

export type Watch = ReadonlyMap<string, Watched>

export const nothingWatched: Watch = new Map()

export interface Observed {
  readonly watch: Watch
  readonly told: readonly Told[]
  /** Look again then, even if nothing changes. */
  readonly nextAt?: number
}

export function observe(watch: Watch, tunnels: readonly TunnelView[], now: number): Observed {
  const next = new Map<string, Watched>()
  const told: Told[] = []
  for (const tunnel of tunnels) {
    const before = watch.get(tunnel.id) ?? { isAwayTold: false }
    const [after, kind] = watched(before, tunnel, now)
    next.set(tunnel.id, after)
    if (kind !== undefined) told.push({ kind, tunnel })
  }
  const due = [...next.values()].flatMap(({ awaySince, isAwayTold }) =>
    awaySince === undefined || isAwayTold ? [] : [awaySince + noticeLimits.awayMs],
  )
  return { watch: next, told, ...(due.length === 0 ? {} : { nextAt: Math.max(now, Math.min(...due)) }) }
}

/** Some that the user knows to be away may come back by themselves. */
export function isReturnAwaited(watch: Watch): boolean {
  return [...watch.values()].some(({ isAwayTold, toldCode }) => isAwayTold && toldCode === undefined)
}

/** After a sleep: what was away has its minute anew. */
export function woken(watch: Watch, now: number): Watch {
  return new Map(
    [...watch].map(([id, one]) => [id, one.awaySince === undefined ? one : { ...one, awaySince: now }]),
  )
}

function watched(
  before: Watched,
  { state, isWanted, problem }: TunnelView,
  now: number,
): [Watched, Told['kind'] | undefined] {
  const { toldAwayAt } = before
  const quiet = toldAwayAt === undefined ? {} : { toldAwayAt }
  if (!isWanted) return [{ isAwayTold: false, ...quiet }, undefined]
  if (state === 'established') {
    const knew = before.isAwayTold || before.toldCode !== undefined
    return [{ isAwayTold: false, ...quiet }, knew ? 'back' : undefined]
  }
  const awaySince = before.awaySince ?? now
  if (state === 'needsUser') {
    const code = problem?.code ?? 'internal'
    // It is told at once; that it is away as well needs no word of its own.
    const after = { ...before, awaySince, isAwayTold: true, toldCode: code }
    return [after, before.toldCode === code ? undefined : 'needsUser']
  }
  const after = { ...before, awaySince }
  if (before.isAwayTold || now - awaySince < noticeLimits.awayMs) return [after, undefined]
  const isQuiet = toldAwayAt !== undefined && now - toldAwayAt < noticeLimits.quietMs
  if (isQuiet) return [{ ...after, isAwayTold: false, awaySince: now }, undefined]
  return [{ ...after, isAwayTold: true, toldAwayAt: now }, 'away']
}
