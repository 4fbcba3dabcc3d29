/** How the gateway tells an agent of its visitors: at once when it is quiet, never more than a line can bear. */
import { describe, expect, test } from 'vitest'
import { VisitTeller } from '../../../gateway/visits/visit-teller.ts'
import type { ToldVisits } from '../../../shared/protocol/visits.ts'
import { VirtualClock } from '../../support/virtual-clock.ts'

const visit = (path: string, durationMs = 0) => ({
  ...{ address: '192.0.2.1', method: 'GET', path, status: 200, durationMs },
})

function scene({ visitsTold = 3 } = {}) {
  const clock = new VirtualClock()
  const told: ToldVisits[] = []
  const teller = new VisitTeller({
    clock,
    limits: { visitsTold, visitsToldMs: 1_000 },
    since: clock.now(),
    send: frame => told.push(frame),
  })
  const paths = () => told.map(({ leftOut, visits }) => [leftOut, ...visits.map(({ path }) => path)])
  return { clock, told, teller, paths }
}

describe('an agent', () => {
  test('is told of the first visit at once, and of the next ones together, a while after it has seen that', async () => {
    const { clock, teller, told, paths } = scene()
    teller.add(visit('/1'))
    expect(paths()).toEqual([[0, '/1']])
    teller.add(visit('/2'))
    await clock.pass(400)
    teller.add(visit('/3'))
    teller.seen()
    await clock.pass(599)
    expect(told).toHaveLength(1)
    await clock.pass(1)
    expect(paths()).toEqual([
      [0, '/1'],
      [0, '/2', '/3'],
    ])
    expect(told[1]?.visits.map(({ agoMs }) => agoMs)).toEqual([1_000, 600])
  })

  test('that has not seen the last ones is told no more, and later of the latest, with the number of the others', async () => {
    const { clock, teller, paths } = scene()
    for (let i = 0; i <= 1_000; i++) teller.add(visit(`/${i}`))
    await clock.pass(3_600_000)
    expect(paths()).toEqual([[0, '/0']])
    teller.seen()
    expect(paths()[1]).toEqual([997, '/998', '/999', '/1000'])
    teller.seen()
    await clock.pass(60_000)
    expect(paths()).toHaveLength(2)
    teller.add(visit('/later'))
    expect(paths()[2]).toEqual([0, '/later'])
  })

  test('that says that it has seen what nobody sent is not told more for it', async () => {
    const { teller, paths } = scene()
    for (let i = 0; i < 100; i++) teller.seen()
    for (let i = 0; i < 100; i++) teller.add(visit('/'))
    expect(paths()).toHaveLength(1)
    for (let i = 0; i < 100; i++) teller.seen()
    expect(paths()).toHaveLength(1)
  })

  test('is not told of what began before it was there, and of nothing once it is gone', async () => {
    const { clock, teller, told } = scene()
    await clock.pass(500)
    teller.add(visit('/of-another', 501))
    expect(told).toEqual([])
    teller.add(visit('/own', 500))
    teller.add(visit('/late'))
    teller.close()
    teller.seen()
    await clock.pass(60_000)
    teller.add(visit('/never'))
    expect(told).toHaveLength(1)
    expect(clock.waiting).toBe(0)
  })

  test('gets no more in one message than the wire allows, whatever the setting', async () => {
    const { clock, teller, told } = scene({ visitsTold: 1_000 })
    for (let i = 0; i <= 100; i++) teller.add(visit('/'))
    teller.seen()
    await clock.pass(1_000)
    expect(told[1]).toMatchObject({ leftOut: 68 })
    expect(told[1]?.visits).toHaveLength(32)
  })
})
