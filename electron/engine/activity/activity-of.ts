/** What a change of a tunnel's state means to its user: one event, or none. Pure, with what it must remember as a value. */
import type { ActivityEvent, TunnelView } from '../../../shared/ipc/views.ts'

export interface Course {
  readonly isConnected: boolean
  /** When the connection was lost, on the wall clock. */
  readonly lostAt?: number
  /** Told already: the same again is no news. */
  readonly told?: string
}

export const beginning: Course = { isConnected: false }

export function activityOf(
  course: Course,
  view: TunnelView,
  now: number,
): readonly [Course, ActivityEvent | undefined] {
  const { state, problem, isWanted } = view
  const tunnel = { id: view.id, name: view.name }
  const because = problem === undefined ? {} : { problem }
  if (!isWanted) return [beginning, undefined]
  if (state === 'established') {
    if (course.isConnected) return [course, undefined]
    const away = course.lostAt === undefined ? {} : { awayMs: Math.max(0, now - course.lostAt) }
    return [{ isConnected: true }, { at: now, kind: 'connected', tunnel, ...away }]
  }
  const news = problem === undefined ? undefined : `${state} ${problem.code}`
  if (state === 'needsUser') {
    const next = {
      isConnected: false,
      lostAt: course.lostAt ?? now,
      ...(news === undefined ? {} : { told: news }),
    }
    return course.told === news
      ? [course, undefined]
      : [next, { at: now, kind: 'needsUser', tunnel, ...because }]
  }
  if (course.isConnected) {
    const next = { isConnected: false, lostAt: now, ...(news === undefined ? {} : { told: news }) }
    return [next, { at: now, kind: 'lost', tunnel, ...because }]
  }
  if (state !== 'waiting' || news === undefined || course.told === news) return [course, undefined]
  return [
    { ...course, told: news },
    { at: now, kind: 'failed', tunnel, ...because },
  ]
}
