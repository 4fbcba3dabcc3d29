/** What the app remembers of a tunnel's visits: the last ones, and how many are missing between them. */
import { describe, expect, it } from 'vitest'
import { VisitRing } from '../../../electron/engine/visits/visit-ring.ts'
import { keptVisits } from '../../../shared/ipc/visit-views.ts'

const visit = (path: string) => ({
  ...{ at: 1, address: '192.0.2.7', method: 'GET', path, status: 200, durationMs: 1 },
})
const pathsOf = (ring: VisitRing) => ring.list().visits.map(({ path }) => path)

describe('the visits that the app remembers', () => {
  it('are the last ones, the newest first, however many are told', () => {
    const ring = new VisitRing()
    for (let i = 0; i < 1_000; i += 1) ring.add([visit(`/${i}`), visit(`/${i}+`)], 0)
    expect(pathsOf(ring)).toHaveLength(keptVisits)
    expect(pathsOf(ring).slice(0, 3)).toEqual(['/999+', '/999', '/998+'])
    expect(ring.told).toBe(2_000)
    expect(new Set(ring.list().visits.map(({ id }) => id)).size).toBe(keptVisits)
  })

  it('say how many are missing between them, until those around the gap are forgotten', () => {
    const ring = new VisitRing()
    ring.add([visit('/a')], 5)
    expect(ring.list().leftOut).toBe(0)
    ring.add([visit('/b')], 7)
    ring.add([], 3)
    expect(ring.list().leftOut).toBe(10)
    ring.add(
      Array.from({ length: keptVisits - 1 }, () => visit('/c')),
      0,
    )
    expect(ring.list().leftOut).toBe(3)
    ring.add([visit('/d')], 0)
    expect(ring.list().leftOut).toBe(0)
  })
})
