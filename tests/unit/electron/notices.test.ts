import { describe, expect, it } from 'vitest'
import { noticeWords } from '../../../electron/notifications/notice-words.ts'
import {
  isReturnAwaited,
  nothingWatched,
  observe,
  type Told,
  type Watch,
  woken,
} from '../../../electron/notifications/notices.ts'
import { spokenIn } from '../../../electron/texts/texts.ts'
import type { TunnelView } from '../../../shared/ipc/views.ts'
import { tunnelViewTwin as view } from '../../support/tunnel-view-twin.ts'

const minute = 60_000

/** A day of tunnels: what is told, by minute. */
function told(course: readonly (readonly [atMs: number, tunnels: readonly TunnelView[]])[]): Told[] {
  let watch: Watch = nothingWatched
  return course.flatMap(([at, tunnels]) => {
    const observed = observe(watch, tunnels, at)
    watch = observed.watch
    return observed.told
  })
}

const up = view({ state: 'established' })
const away = view({ state: 'waiting' })
const refused = view({
  state: 'needsUser',
  problem: { code: 'password-refused', message: 'The password is wrong.', mend: 'Change it.', details: {} },
})

describe('notifications', () => {
  it('say nothing of an absence of less than a minute', () => {
    expect(
      told([
        [0, [up]],
        [1_000, [away]],
        [50_000, [away]],
        [55_000, [up]],
      ]),
    ).toEqual([])
  })

  it('tell a tunnel that is away for a minute, once, and when it is back', () => {
    const notices = told([
      [0, [up]],
      [1_000, [away]],
      [61_000, [away]],
      [90_000, [away]],
      [95_000, [up]],
    ])
    expect(notices.map(notice => notice.kind)).toEqual(['away', 'back'])
  })

  it('ask to be called again when the minute is over', () => {
    expect(observe(nothingWatched, [away], 5_000).nextAt).toBe(65_000)
    expect(observe(nothingWatched, [up], 5_000).nextAt).toBeUndefined()
  })

  it('tell at once what needs the user, once for each trouble', () => {
    const other = view({ state: 'needsUser', problem: { ...refused.problem, code: 'name-in-use' } as never })
    const notices = told([
      [0, [refused]],
      [1_000, [refused]],
      [2 * minute, [refused]],
      [3 * minute, [other]],
      [4 * minute, [up]],
    ])
    expect(notices.map(notice => notice.kind)).toEqual(['needsUser', 'needsUser', 'back'])
  })

  it('tell a tunnel that comes and goes away no oftener than every ten minutes', () => {
    const course: [number, TunnelView[]][] = []
    for (let at = 0; at < 30 * minute; at += 2 * minute)
      course.push([at, [up]], [at + 1_000, [away]], [at + 70_000, [away]])
    const kinds = told(course).map(notice => notice.kind)
    expect(kinds.filter(kind => kind === 'away').length).toBeLessThanOrEqual(3)
    expect(kinds.length).toBeLessThanOrEqual(6)
  })

  it('await the return of a tunnel that is away, not of one that needs the user', () => {
    const later = (tunnel: TunnelView) => {
      const { watch } = observe(nothingWatched, [tunnel], 0)
      return isReturnAwaited(observe(watch, [tunnel], minute).watch)
    }
    expect([later(away), later(refused), later(up)]).toEqual([true, false, false])
  })

  it('say nothing of a tunnel that was switched off', () => {
    const off = view({ state: 'stopped', isWanted: false })
    expect(
      told([
        [0, [up]],
        [1_000, [off]],
        [2 * minute, [off]],
      ]),
    ).toEqual([])
  })

  it('give a tunnel its minute anew after a sleep', () => {
    const { watch } = observe(nothingWatched, [away], 0)
    const after = observe(woken(watch, 60 * minute), [away], 60 * minute)
    expect(after.told).toEqual([])
    expect(after.nextAt).toBe(61 * minute)
  })

  it('name the tunnel and say why', () => {
    expect(noticeWords({ kind: 'needsUser', tunnels: [refused] }, spokenIn('en'))).toEqual({
      title: 'home needs your attention',
      body: 'The password is wrong.',
    })
  })
})
