/** What a real gateway tells an agent of its visitors: only one that asks, only of its own, and little enough under a flood. */
import { Agent, get } from 'node:http'
import { describe, expect, test } from 'vitest'
import type { AgentTwin } from '../../support/agent-twin.ts'
import { visitorsOf } from '../../support/gated-visitor.ts'
import { oneTunnel, runGateway } from '../../support/running-gateway.ts'

const wish = { hello: { visits: true } }
const framesOf = (agent: AgentTwin) => agent.frames.filter(frame => frame.type === 'visits')
const pathsOf = (agent: AgentTwin) => framesOf(agent).flatMap(({ visits }) => visits.map(({ path }) => path))

/** Says that it has seen each, as an agent does. */
function seeing(agent: AgentTwin): AgentTwin {
  const push = agent.frames.push.bind(agent.frames)
  agent.frames.push = (...frames) => {
    for (const { type } of frames) if (type === 'visits') agent.channel.send({ type: 'seen' })
    return push(...frames)
  }
  return agent
}

function visit(url: string, agent?: Agent): Promise<number> {
  return new Promise((resolve, reject) => {
    get(url, agent ? { agent } : {}, answer => {
      answer.resume().once('end', () => resolve(answer.statusCode ?? 0))
    }).once('error', reject)
  })
}

async function flood(url: string, count: number): Promise<void> {
  const agent = new Agent({ keepAlive: true, maxSockets: 40 })
  const statuses = await Promise.all(Array.from({ length: count }, (_, i) => visit(`${url}/${i}`, agent)))
  agent.destroy()
  expect(new Set(statuses)).toEqual(new Set([200]))
}

describe('an agent that wants to know', () => {
  test('is welcomed with the word that it is told, and told of a visit: who, what, how it ended, without the query', async () => {
    const { agent, url } = await runGateway()
    const one = await agent({ ...wish, target: (_, response) => response.writeHead(418).end() })
    expect(one.welcome.visits).toBe(true)
    await visit(`${url}/~~srv/a/b%20c?token=hush`)
    const { leftOut, visits } = await one.frame('visits')
    expect(leftOut).toBe(0)
    expect(visits).toMatchObject([{ address: '127.0.0.1', method: 'GET', path: '/a/b%20c', status: 418 }])
    expect(JSON.stringify(visits)).not.toContain('hush')
    expect(visits[0]?.agoMs).toBeLessThan(30_000)
    await one.ping()
  })

  test('is told of those, too, whom the gateway answers itself: who guesses at the visitors’ password', async () => {
    const { agent, url } = await runGateway()
    const one = await agent({ hello: { visits: true, visitors: await visitorsOf('open sesame') } })
    await visit(`${url}/~~srv/private`)
    const { visits } = await one.frame('visits')
    expect(visits).toMatchObject([{ path: '/private', status: 401 }])
  })

  test('is told of no other tunnel’s visitors', async () => {
    const { agent, url } = await runGateway({ balance: `${oneTunnel}/~~other=pw#:*;\n` })
    const one = seeing(await agent(wish))
    const other = seeing(await agent({ name: 'other', ...wish }))
    await visit(`${url}/~~other/theirs`)
    await other.frame('visits')
    await visit(`${url}/~~srv/mine`)
    await one.frame('visits')
    expect(pathsOf(one)).toEqual(['/mine'])
    expect(pathsOf(other)).toEqual(['/theirs'])
  })

  test('that comes back with a newer session is told of the visit that began in the one before', async () => {
    const { agent, url } = await runGateway()
    let answer: () => void = () => {}
    const began = new Promise<void>(resolve => {
      answer = resolve
    })
    let end: () => void = () => {}
    const first = await agent({
      ...wish,
      target(_, response) {
        response.write('begun ')
        end = () => response.end('and ended')
        answer()
      },
    })
    const slow = visit(`${url}/~~srv/slow`)
    await began
    const second = await agent({ ...wish, resume: first })
    end()
    await slow
    expect((await second.frame('visits')).visits).toMatchObject([{ path: '/slow', status: 200 }])
    expect(framesOf(first)).toEqual([])
  })

  test('that has another’s name after it was free is not told of a visit that began with the other', async () => {
    const { agent, url, gateway } = await runGateway()
    let answer: () => void = () => {}
    const began = new Promise<void>(resolve => {
      answer = resolve
    })
    let end: () => void = () => {}
    const first = await agent({
      ...wish,
      target(_, response) {
        response.write('begun ')
        end = () => response.end('and ended')
        answer()
      },
    })
    const slow = visit(`${url}/~~srv/of-the-first`)
    await began
    first.channel.close(0)
    await first.closed()
    await expect.poll(() => gateway.tunnels.length, { timeout: 30_000 }).toBe(0)
    const second = await agent(wish)
    end()
    await slow
    await visit(`${url}/~~srv/of-the-second`)
    await second.frame('visits')
    expect(pathsOf(second)).toEqual(['/of-the-second'])
  })
})

describe('an agent is told of nothing', () => {
  test.each([
    ['that does not ask, as those of an earlier version', {}, {}],
    ['of a gateway whose admin wants it so', wish, { limits: { visitsTold: 0 } }],
  ])('%s', async (_, asked, options) => {
    const { agent, url } = await runGateway(options)
    const one = await agent(asked)
    expect(one.welcome).not.toHaveProperty('visits')
    await visit(`${url}/~~srv/`)
    one.channel.send({ type: 'seen' })
    await one.ping()
    expect(one.frames.map(({ type }) => type)).not.toContain('visits')
  })
})

describe('a flood of visitors', () => {
  test('is one small message on the control connection until it was seen, and alive packets pass', async () => {
    const { agent, url } = await runGateway()
    const one = await agent(wish)
    await flood(`${url}/~~srv`, 1_000)
    await one.ping()
    expect(framesOf(one)).toHaveLength(1)
    one.channel.send({ type: 'seen' })
    const { leftOut, visits } = await one.frame('visits', 1)
    expect(visits).toHaveLength(20)
    expect(leftOut).toBe(1_000 - 1 - 20)
    // Who is let wait is served as ever.
    expect(await visit(`${url}/~~srv/after`)).toBe(200)
  })

  test('is a message a second to an agent that keeps up, and all are counted', async () => {
    const { agent, url } = await runGateway({ limits: { visitsToldMs: 100 } })
    const one = seeing(await agent(wish))
    const began = performance.now()
    await flood(`${url}/~~srv`, 1_000)
    const toldOf = () => framesOf(one).reduce((sum, { leftOut, visits }) => sum + leftOut + visits.length, 0)
    await expect.poll(toldOf, { timeout: 30_000 }).toBe(1_000)
    const passedMs = performance.now() - began
    expect(framesOf(one).length).toBeLessThanOrEqual(passedMs / 100 + 2)
    await one.ping()
  })
})
