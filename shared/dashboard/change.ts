/**
 * What changed from one state of the dashboard to the next, so that a gateway with hundreds of tunnels need not tell all of them every
 * second. Made by the gateway, applied by the page.
 */
import * as v from 'valibot'
import { type DashboardState, dashboardState, tunnelView } from './state.ts'

const { tunnels: _, ...parts } = dashboardState.entries

export const dashboardChange = v.object({
  /** Each whole, where anything in it changed. */
  parts: v.partial(v.object(parts)),
  /** New ones, and those that are not as they were. */
  tunnels: v.array(tunnelView),
  gone: v.array(v.string()),
})

export type DashboardChange = v.InferOutput<typeof dashboardChange>

export function changeBetween(before: DashboardState, now: DashboardState): DashboardChange {
  const { tunnels, ...others } = now
  const known = new Map(before.tunnels.map(tunnel => [tunnel.name, JSON.stringify(tunnel)]))
  const names = new Set(tunnels.map(({ name }) => name))
  return {
    parts: Object.fromEntries(
      Object.entries(others).filter(
        ([key, part]) => JSON.stringify(before[key as keyof typeof others]) !== JSON.stringify(part),
      ),
    ),
    tunnels: tunnels.filter(tunnel => known.get(tunnel.name) !== JSON.stringify(tunnel)),
    gone: before.tunnels.map(({ name }) => name).filter(name => !names.has(name)),
  }
}

/** Tunnels that did not change stay the same objects, so that nobody draws them again. */
export function applyChange(before: DashboardState, change: DashboardChange): DashboardState {
  const gone = new Set(change.gone)
  const news = new Map(change.tunnels.map(tunnel => [tunnel.name, tunnel]))
  const kept = before.tunnels.filter(({ name }) => !gone.has(name)).map(one => news.get(one.name) ?? one)
  const known = new Set(kept.map(({ name }) => name))
  const added = change.tunnels.filter(({ name }) => !known.has(name))
  return { ...before, ...(change.parts as Partial<DashboardState>), tunnels: [...kept, ...added] }
}
