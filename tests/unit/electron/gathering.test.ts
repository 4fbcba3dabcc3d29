import { describe, expect, it } from 'vitest'
import {
  gather,
  gatheringLimits,
  type Notice,
  nothingGathered,
  release,
} from '../../../electron/notifications/gathering.ts'
import { noticeWords } from '../../../electron/notifications/notice-words.ts'
import type { Told } from '../../../electron/notifications/notices.ts'
import { spokenIn } from '../../../electron/texts/texts.ts'
import { tunnelViewTwin } from '../../support/tunnel-view-twin.ts'

const { gatherMs, returnMs } = gatheringLimits
const tunnels = [1, 2, 3, 4].map(i => tunnelViewTwin({ id: `t${i}`, name: `t${i}` }))
const [first, second] = tunnels as [(typeof tunnels)[0], (typeof tunnels)[0]]

/** What comes when, and what is told by when; `awaited`: others are still away. */
function notices(
  course: readonly (readonly [atMs: number, told: readonly Told[]])[],
  awaited = false,
  shared = tunnels,
): [number, Notice][] {
  let gathering = nothingGathered
  return course.flatMap(([at, told]) => {
    const released = release(gather(gathering, told, shared, at), awaited, at)
    gathering = released.gathering
    return released.notices.map((notice): [number, Notice] => [at, notice])
  })
}

const shown = (all: [number, Notice][]) =>
  all.map(([at, { kind, tunnels: told }]) => [at, kind, told.map(({ name }) => name).join()])

describe('notices', () => {
  it('tell many that come soon after each other as one', () => {
    const told = notices([
      ...tunnels.map((tunnel, i) => [i * 500, [{ kind: 'away', tunnel }]] as const),
      [gatherMs, []],
    ])
    expect(shown(told)).toEqual([[gatherMs, 'away', 't1,t2,t3,t4']])
    const [[, notice] = []] = told
    expect(notice && noticeWords(notice, spokenIn('en'))).toEqual({
      title: '4 tunnels are not connected',
      body: 't1, t2, t3, t4',
    })
  })

  it('tell two one by one', () => {
    const both = [first, second].map((tunnel): Told => ({ kind: 'needsUser', tunnel }))
    expect(
      shown(
        notices([
          [0, both],
          [gatherMs, []],
        ]),
      ),
    ).toEqual([
      [gatherMs, 'needsUser', 't1'],
      [gatherMs, 'needsUser', 't2'],
    ])
  })

  it('hold a return back while others are awaited, for a minute at most', () => {
    const course = [
      [0, [{ kind: 'back', tunnel: first }]],
      [gatherMs, []],
      [20_000, [{ kind: 'back', tunnel: second }]],
      [returnMs, []],
    ] as const
    expect(shown(notices(course, true))).toEqual([
      [returnMs, 'back', 't1'],
      [returnMs, 'back', 't2'],
    ])
    expect(shown(notices(course)).map(([at]) => at)).toEqual([gatherMs, returnMs])
  })

  it('say nothing of a tunnel that is back before its absence was told', () => {
    expect(
      notices([
        [0, [{ kind: 'away', tunnel: first }]],
        [1_000, [{ kind: 'back', tunnel: first }]],
        [returnMs, []],
      ]),
    ).toEqual([])
  })

  it('tell the last word on a tunnel alone', () => {
    expect(
      shown(
        notices([
          [0, [{ kind: 'away', tunnel: first }]],
          [1_000, [{ kind: 'needsUser', tunnel: first }]],
          [1_000 + gatherMs, []],
        ]),
      ),
    ).toEqual([[1_000 + gatherMs, 'needsUser', 't1']])
  })

  it('say nothing of a tunnel that was switched off or removed meanwhile', () => {
    const off = { ...first, isWanted: false }
    const told: Told[] = [first, second].map(tunnel => ({ kind: 'away', tunnel }))
    const gathering = gather(nothingGathered, told, tunnels, 0)
    expect(gather(gathering, [], [off], 1).size).toBe(0)
  })

  it('ask to be called again when something is due', () => {
    const gathering = gather(nothingGathered, [{ kind: 'away', tunnel: first }], tunnels, 1_000)
    expect(release(gathering, false, 2_000).nextAt).toBe(1_000 + gatherMs)
    expect(release(nothingGathered, false, 2_000).nextAt).toBeUndefined()
  })
})
