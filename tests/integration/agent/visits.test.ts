/** An agent that wants to know who visits, at gateways that tell, that do not, and that tell unasked. */
import { describe, expect, test } from 'vitest'
import type { HeardVisit } from '../../../agent/visitors/heard-visits.ts'
import type { ToldVisit } from '../../../shared/protocol/visits.ts'
import { Arrivals, startGatewayTwin } from '../../support/gateway-twin.ts'
import { startTunnel } from './scene.ts'

const told: ToldVisit = {
  ...{ agoMs: 60_000, durationMs: 7, status: 200 },
  ...{ address: '192.0.2.7', method: 'GET', path: '/a' },
}

async function scene(visits: boolean | undefined, wants = true) {
  const gateway = await startGatewayTwin({ terms: visits === undefined ? {} : { visits } })
  const heard = new Arrivals<{ visits: readonly HeardVisit[]; leftOut: number }>()
  const onVisits = (list: readonly HeardVisit[], leftOut: number) => heard.add({ visits: list, leftOut })
  const { tunnel, until } = startTunnel({ port: gateway.port, tunnel: wants ? { onVisits } : {} })
  const session = await gateway.sessions.next(30_000)
  await until('established', 30_000)
  return { session, heard, tunnel }
}

describe('an agent', () => {
  test('asks, says that the gateway tells, answers each with SEEN, and gives times of its own clock', async () => {
    const { session, heard, tunnel } = await scene(true)
    expect(session.hello.visits).toBe(true)
    expect(tunnel.status().tellsVisits).toBe(true)
    const before = Date.now()
    session.channel.send({ type: 'visits', leftOut: 4, visits: [told] })
    const { leftOut, visits } = await heard.next()
    expect(leftOut).toBe(4)
    const [{ at = 0, ...visit } = {}] = visits
    const { agoMs: _, ...rest } = told
    expect(visit).toEqual(rest)
    expect(at).toBeGreaterThanOrEqual(before - 60_000)
    expect(at).toBeLessThanOrEqual(Date.now() - 60_000)
    while ((await session.frames.next()).type !== 'seen');
  })

  test.each([
    ['of an earlier version, that says nothing of it', undefined],
    ['that says that it does not', false],
  ])('takes nothing from a gateway %s, and its tunnel is as ever', async (_, visits) => {
    const { session, heard, tunnel } = await scene(visits)
    expect(tunnel.status()).toMatchObject({ state: 'established', tellsVisits: false })
    session.channel.send({ type: 'visits', leftOut: 0, visits: [told] })
    const { back } = await session.open()
    back.destroy()
    expect(heard.all).toEqual([])
    expect(session.frames.all.map(({ type }) => type)).not.toContain('seen')
  })

  test('that does not want to know does not ask, and a gateway that tells all the same is not heard', async () => {
    const { session, tunnel } = await scene(true, false)
    expect(session.hello).not.toHaveProperty('visits')
    expect(tunnel.status().tellsVisits).toBe(false)
    session.channel.send({ type: 'visits', leftOut: 0, visits: [told] })
    const { back } = await session.open()
    back.destroy()
    expect(session.frames.all.map(({ type }) => type)).not.toContain('seen')
    expect(tunnel.status().state).toBe('established')
  })
})
