/** Limits of a tunnel's connections: whoever met one is served again, at the same tunnel. */
import { once } from 'node:events'
import { connect, createServer, type Socket } from 'node:net'
import { text } from 'node:stream/consumers'
import { expect } from 'vitest'
import type { GatewayLimits } from '../../../gateway/limits.ts'
import { bites } from '../../support/bites.ts'
import { listening } from '../../support/listening.ts'
import { runGateway } from '../../support/running-gateway.ts'
import { VirtualClock } from '../../support/virtual-clock.ts'

/** Each OPEN stands for a visitor. */
const noSpares = { sparesMin: 0, sparesMax: 0 }

/** A gateway whose agent answers `/held` when it is told to, and everything else at once. */
async function tunnel(limits: Partial<GatewayLimits>) {
  const clock = new VirtualClock()
  const gateway = await runGateway({ clock, limits, admin: { host: '127.0.0.1', port: 0 } })
  const held: (() => void)[] = []
  const agent = await gateway.agent({
    target: (request, response) => {
      const answer = () => void response.end(request.url)
      if (request.url === '/held') held.push(answer)
      else answer()
    },
  })
  const count = async (state: string) => {
    const metrics = await (await fetch(`${gateway.gateway.admin?.url}/metrics`)).text()
    return Number(
      new RegExp(`^tildegate_back_connections\\{state="${state}"\\} (\\d+)$`, 'm').exec(metrics)?.[1],
    )
  }
  const visit = (path: string) => fetch(`${gateway.url}/~~srv${path}`)
  /** From another address of this computer. */
  const visitFrom = async (localAddress: string, path: string) => {
    const socket = connect({ port: gateway.port, host: '127.0.0.1', localAddress })
    socket.write(`GET /~~srv${path} HTTP/1.1\r\nHost: gw\r\nConnection: close\r\n\r\n`)
    return text(socket)
  }
  return {
    ...{ clock, agent, held, count, visit, visitFrom },
    release: () => {
      for (const answer of held.splice(0)) answer()
    },
    served: async () => expect(await (await visit('/after')).text()).toBe('/after'),
    /** Time goes by, and the agent lives. */
    async pass(ms: number): Promise<void> {
      for (let passed = 0; passed < ms; passed += 15_000) {
        await clock.pass(Math.min(15_000, ms - passed))
        await agent.ping()
      }
    },
  }
}

bites(
  'backConnections',
  'a visitor too many waits and gets 503, and is served when one is free',
  async () => {
    const { clock, held, count, visit, release, served } = await tunnel({ ...noSpares, backConnections: 1 })
    const first = visit('/held')
    await expect.poll(() => held.length).toBe(1)
    const late = visit('/x')
    await expect.poll(() => count('waiting')).toBe(1)
    await clock.pass(18_000)
    expect((await late).status).toBe(503)
    release()
    expect((await first).status).toBe(200)
    await served()
  },
)

bites(
  'poolWaiters',
  'a visitor too many gets 503 at once, and is served when the queue is short',
  async () => {
    const { held, count, visit, release, served } = await tunnel({
      ...{ ...noSpares, backConnections: 1, poolWaiters: 1 },
    })
    const first = visit('/held')
    await expect.poll(() => held.length).toBe(1)
    const second = visit('/second')
    await expect.poll(() => count('waiting')).toBe(1)
    expect((await visit('/third')).status).toBe(503)
    release()
    expect([(await first).status, (await second).status]).toEqual([200, 200])
    await served()
  },
)

bites(
  'addressSharePercent',
  'who has its share waits and is 503, others are served, and so is it when one is free',
  async () => {
    const { clock, held, count, visit, visitFrom, release, served } = await tunnel({
      ...{ ...noSpares, backConnections: 4, addressSharePercent: 50 },
    })
    const pair = [visit('/held'), visit('/held')]
    await expect.poll(() => held.length).toBe(2)
    const late = visit('/late')
    await expect.poll(() => count('waiting')).toBe(1)
    expect(await visitFrom('127.0.0.2', '/other')).toMatch(/^HTTP\/1\.1 200 OK[\s\S]*\/other$/)
    await clock.pass(18_000)
    expect((await late).status).toBe(503)
    const waiting = visit('/waiting')
    await expect.poll(() => count('waiting')).toBe(1)
    release()
    for (const one of pair) expect((await one).status).toBe(200)
    expect(await (await waiting).text()).toBe('/waiting')
    await served()
  },
)

bites('poolWaitMs', 'a visitor that waits longer gets 504, and the next is served', async () => {
  const clock = new VirtualClock()
  const gateway = await runGateway({ clock, limits: { ...noSpares, poolWaitMs: 1_000 } })
  const agent = await gateway.agent({ onOpen: () => {} })
  const late = fetch(`${gateway.url}/~~srv/x`)
  const frame = await agent.frame('open')
  await clock.pass(999)
  await clock.pass(1)
  expect((await late).status).toBe(504)
  // The connection that came too late rests, and the next visitor has it.
  const stream = await agent.openBack(frame)
  const next = fetch(`${gateway.url}/~~srv/x`)
  await once(stream, 'data')
  stream.write('HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nfine')
  expect(await (await next).text()).toBe('fine')
})

bites('idleConnectionMs', 'one that rests longer is closed, and the next visitor gets another', async () => {
  const { agent, count, served, pass } = await tunnel(noSpares)
  await served()
  await expect.poll(() => count('idle')).toBe(1)
  await pass(75_000)
  expect(await count('idle')).toBe(1)
  await pass(15_000)
  expect(await count('idle')).toBe(0)
  await served()
  expect(agent.opened).toHaveLength(2)
})

bites('sparesMin', 'so many are warm, and are so again after a visitor took one', async () => {
  const { agent, count, held, visit, release } = await tunnel({ sparesMin: 3 })
  await expect.poll(() => count('idle')).toBe(3)
  const visiting = visit('/held')
  await expect.poll(() => held.length).toBe(1)
  await expect.poll(() => count('idle')).toBe(3)
  release()
  await (await visiting).text()
  expect(agent.opened).toHaveLength(4)
})

/** Ten visitors at once where none is warm, so that more are kept warm. */
async function crowd(
  { held, visit, release }: Awaited<ReturnType<typeof tunnel>>,
  during: () => Promise<void>,
) {
  const visits = Array.from({ length: 10 }, () => visit('/held'))
  await expect.poll(() => held.length).toBe(10)
  await during()
  release()
  for (const visiting of visits) expect((await visiting).status).toBe(200)
}

bites('sparesMax', 'never more are opened ahead, and visitors are served', async () => {
  const one = await tunnel({ sparesMin: 1, sparesMax: 3 })
  await crowd(one, async () => {
    await expect.poll(() => one.count('idle')).toBe(3)
    await one.agent.ping()
    expect([await one.count('idle'), await one.count('opening')]).toEqual([3, 0])
  })
  await one.served()
})

bites('spareDecayMs', 'at rest one less each time, and a new crowd raises them again', async () => {
  const one = await tunnel({ sparesMin: 1, sparesMax: 4, spareDecayMs: 15_000 })
  await crowd(one, () => expect.poll(() => one.count('idle')).toBe(4))
  await expect.poll(() => one.pass(15_000).then(() => one.count('idle'))).toBe(1)
  await crowd(one, () => expect.poll(() => one.count('idle')).toBe(4))
})

bites('spareRetryMs', 'one that cannot be opened is asked for again only then, and serves', async () => {
  const clock = new VirtualClock()
  const { agent, url } = await runGateway({ clock, limits: { sparesMin: 1, sparesMax: 1 } })
  const one = await agent({ onOpen: () => {} })
  const { id } = await one.frame('open')
  one.channel.send({ type: 'failed', id, code: 6, text: 'not now' })
  await one.ping()
  await clock.pass(4_999)
  await one.ping()
  expect(one.frames.filter(frame => frame.type === 'open')).toHaveLength(1)
  await clock.pass(1)
  const stream = await one.openBack(await one.frame('open', 1))
  const visiting = fetch(`${url}/~~srv/x`)
  await once(stream, 'data')
  stream.write('HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nfine')
  expect(await (await visiting).text()).toBe('fine')
})

/** A host that the gateway dials itself; it answers when it is told to. */
async function directHost() {
  const sockets: Socket[] = []
  const asked: Socket[] = []
  const server = createServer(socket => {
    sockets.push(socket)
    socket.on('data', () => asked.push(socket))
  })
  const port = await listening(server)
  const answer = async () => {
    await expect.poll(() => asked.length).toBeGreaterThan(0)
    asked.shift()?.write('HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nfine')
  }
  return { port, sockets, asked, answer }
}

bites('directConnections', 'a visitor too many gets 503, and is served when one is free', async () => {
  const clock = new VirtualClock()
  const host = await directHost()
  const { url } = await runGateway({
    ...{ clock, balance: `/~~d=127.0.0.1:${host.port};\n` },
    limits: { directConnections: 1 },
  })
  const first = fetch(`${url}/~~d/`)
  await expect.poll(() => host.asked.length).toBe(1)
  const timers = clock.waiting
  const late = fetch(`${url}/~~d/`)
  await expect.poll(() => clock.waiting).toBeGreaterThan(timers)
  await clock.pass(18_000)
  expect((await late).status).toBe(503)
  await host.answer()
  expect(await (await first).text()).toBe('fine')
  const next = fetch(`${url}/~~d/`)
  await host.answer()
  expect(await (await next).text()).toBe('fine')
  expect(host.sockets).toHaveLength(1)
})

bites('directDialMs', 'a host that does not finish is 504, and one that answers is served', async () => {
  const clock = new VirtualClock()
  const host = await directHost()
  const gateway = await runGateway({ clock, balance: `SSL /~~d=127.0.0.1:${host.port};\n` })
  const late = fetch(`${gateway.url}/~~d/`)
  await expect.poll(() => host.asked.length).toBe(1)
  await clock.pass(9_999)
  await clock.pass(1)
  expect((await late).status).toBe(504)
  // Of the same name, without TLS.
  gateway.writeBalance(`/~~d=127.0.0.1:${host.port};\n`)
  let isTaken = false
  void gateway.gateway.reload().then(() => (isTaken = true))
  await expect.poll(() => clock.pass(1_000).then(() => isTaken)).toBe(true)
  host.asked.length = 0
  const next = fetch(`${gateway.url}/~~d/`)
  await host.answer()
  expect(await (await next).text()).toBe('fine')
})
