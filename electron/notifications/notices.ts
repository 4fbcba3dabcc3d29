/**
 * What the user is told of outside the window: a tunnel that is away for over a minute, that is back, that needs the user. Never a
 * storm: many at once are told as one, and a tunnel that comes and goes is told of once. Pure: the time comes in, the notices go out.
 */
import type { TunnelView } from '../../shared/ipc/views.ts'

export const noticeLimits = {
  /** Shorter absences are not told. */
  awayMs: 60_000,
  /** After an absence was told, the same tunnel is told away again only after this. */
  quietMs: 10 * 60_000,
  /** From this many of one kind at once, they are told as one. */
  together: 3,
} as const

export type Notice = { readonly kind: 'away' | 'back' | 'needsUser'; readonly tunnels: readonly TunnelView[] }

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
  readonly notices: readonly Notice[]
  /** Look again then, even if nothing changes. */
  readonly nextAt?: number
}

export function observe(watch: Watch, tunnels: readonly TunnelView[], now: number): Observed {
  const next = new Map<string, Watched>()
  const told = { away: [] as TunnelView[], back: [] as TunnelView[], needsUser: [] as TunnelView[] }
  for (const tunnel of tunnels) {
    const before = watch.get(tunnel.id) ?? { isAwayTold: false }
    const [after, kind] = watched(before, tunnel, now)
    next.set(tunnel.id, after)
    if (kind !== undefined) told[kind].push(tunnel)
  }
  const notices = (['needsUser', 'away', 'back'] as const).flatMap((kind): Notice[] => {
    const all = told[kind]
    if (all.length >= noticeLimits.together) return [{ kind, tunnels: all }]
    return all.map(tunnel => ({ kind, tunnels: [tunnel] }))
  })
  const due = [...next.values()].flatMap(({ awaySince, isAwayTold }) =>
    awaySince === undefined || isAwayTold ? [] : [awaySince + noticeLimits.awayMs],
  )
  return { watch: next, notices, ...(due.length === 0 ? {} : { nextAt: Math.max(now, Math.min(...due)) }) }
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
): [Watched, Notice['kind'] | undefined] {
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
