/** Limits of sessions and their tickets: whoever met one is served again, at the same tunnel. */
import { once } from 'node:events'
import type { Duplex } from 'node:stream'
import { expect } from 'vitest'
import { bites } from '../../support/bites.ts'
import { RawPeer } from '../../support/raw-peer.ts'
import { oneTunnel, runGateway } from '../../support/running-gateway.ts'
import { VirtualClock } from '../../support/virtual-clock.ts'

/** Each OPEN stands for a visitor. */
const noSpares = { sparesMin: 0, sparesMax: 0 }

/** An agent whose OPENs the test answers by hand. */
async function byHand(limits: Parameters<typeof runGateway>[0] = {}) {
  const clock = new VirtualClock()
  const gateway = await runGateway({ clock, ...limits, limits: { ...noSpares, ...limits.limits } })
  const agent = await gateway.agent({ onOpen: () => {} })
  const visit = (path = '/x') => {
    const visiting = fetch(`${gateway.url}/~~srv${path}`)
    visiting.catch(() => {})
    return visiting
  }
  let opens = 0
  return {
    ...{ clock, gateway, agent, visit },
    opens: () => agent.frames.filter(frame => frame.type === 'open').length,
    nextOpen: () => agent.frame('open', opens++),
    /** The next visitor gets what it asked for. */
    async served(): Promise<void> {
      const visiting = visit('/after')
      const stream = await agent.openBack(await agent.frame('open', opens++))
      await answerOnce(stream, 'fine')
      expect(await (await visiting).text()).toBe('fine')
    },
  }
}

async function answerOnce(stream: Duplex, body: string): Promise<void> {
  await once(stream, 'data')
  stream.write(`HTTP/1.1 200 OK\r\nContent-Length: ${body.length}\r\nConnection: close\r\n\r\n${body}`)
}

bites('sessions', 'one tunnel too many is refused, and taken when another has left', async () => {
  const { agent, gateway } = await runGateway({
    balance: `${oneTunnel}/~~b=pw#:*;\n`,
    limits: { sessions: 1 },
  })
  const first = await agent()
  await expect(agent({ name: 'b' })).rejects.toMatchObject({ code: 'gateway-overloaded' })
  first.channel.close(0)
  await expect.poll(() => gateway.tunnels.length).toBe(0)
  await (await agent({ name: 'b' })).ping()
})

bites('aliveMs', 'is what the agent is told, and one that keeps to it is never cut off', async () => {
  const clock = new VirtualClock()
  const { agent, gateway } = await runGateway({ clock, limits: { aliveMs: 7_000 } })
  const one = await agent()
  expect(one.welcome.aliveMs).toBe(7_000)
  for (let passed = 0; passed < 120_000; passed += one.welcome.aliveMs) {
    await clock.pass(one.welcome.aliveMs)
    await one.ping()
  }
  expect(gateway.tunnels).toHaveLength(1)
})

bites('deadMs', 'a silent session ends, and the tunnel may connect again', async () => {
  const { clock, gateway, agent } = await byHand()
  await clock.pass(59_999)
  expect(gateway.gateway.tunnels).toHaveLength(1)
  await clock.pass(1)
  await agent.closed()
  await expect.poll(() => gateway.gateway.tunnels.length).toBe(0)
  await gateway.agent()
  expect(await (await fetch(`${gateway.url}/~~srv/again`)).text()).toBe('/again')
})

bites('goodbyeMs', 'an agent that does not leave is not waited for, and finds the next gateway', async () => {
  const clock = new VirtualClock()
  const first = await runGateway({ clock })
  const deaf = await first.agent()
  // It neither reads the goodbye nor closes.
  deaf.socket.pause()
  let isOver = false
  const stopping = first.gateway.stop().then(() => (isOver = true))
  await clock.pass(1_999)
  const before = isOver
  await clock.pass(1)
  await stopping
  expect(before).toBe(false)
  const next = await runGateway({ listen: [{ host: '127.0.0.1', port: first.port, tls: false }] })
  await (await next.agent()).ping()
})

bites('ticketMs', 'a ticket that nobody presents is 504, and the next visitor is served', async () => {
  const { clock, agent, visit, nextOpen, served } = await byHand()
  const visiting = visit()
  const frame = await nextOpen()
  await clock.pass(14_999)
  await clock.pass(1)
  expect((await visiting).status).toBe(504)
  await expect(agent.presentTicket(agent.ticketHeader(frame))).rejects.toMatchObject({
    details: { status: 403 },
  })
  await served()
})

bites('pendingTickets', 'no more are handed out at once, and the next visitor waits its turn', async () => {
  const { agent, visit, opens, nextOpen, gateway } = await byHand({ limits: { pendingTickets: 2 } })
  const visits = [visit('/1'), visit('/2'), visit('/3')]
  const frames = [await nextOpen(), await nextOpen()]
  await agent.ping()
  expect(opens()).toBe(2)
  for (const frame of frames) {
    const stream = await agent.openBack(frame)
    await answerOnce(stream, 'fine')
  }
  await answerOnce(await agent.openBack(await nextOpen()), 'fine')
  for (const visiting of visits) expect(await (await visiting).text()).toBe('fine')
  expect(gateway.gateway.tunnels).toHaveLength(1)
})

bites('ticketRetries', 'a ticket burnt too often is 502, and the next visitor is served', async () => {
  const { visit, gateway, nextOpen, opens, served } = await byHand({ limits: { ticketRetries: 1 } })
  const visiting = visit()
  for (let at = 0; at < 2; at++) {
    const { id } = await nextOpen()
    const guess = Buffer.concat([id, Buffer.alloc(48)]).toString('base64url')
    const stranger = await RawPeer.connect(gateway.port)
    stranger.send(
      `GET /.tildegate/data HTTP/1.1\r\nHost: gw\r\nConnection: Upgrade\r\nUpgrade: tildegate/1\r\nTildegate-Ticket: ${guess}\r\n\r\n`,
    )
    await stranger.until('HTTP/1.1 403 ')
  }
  expect((await visiting).status).toBe(502)
  expect(opens()).toBe(2)
  await served()
})

bites(
  'innerTlsMs',
  'a proof that does not come costs its ticket, and the visitor is served by another',
  async () => {
    const { clock, agent, visit, nextOpen } = await byHand()
    const visiting = visit()
    const frame = await nextOpen()
    const timers = clock.waiting
    const raw = await agent.presentTicket(agent.ticketHeader(frame))
    await expect.poll(() => clock.waiting).toBeGreaterThanOrEqual(timers)
    await clock.pass(10_000)
    if (!raw.destroyed) await once(raw.resume(), 'close')
    await answerOnce(await agent.openBack(await nextOpen()), 'at last')
    expect(await (await visiting).text()).toBe('at last')
  },
)

bites('endedMs', 'an end without the agent’s word is a cut, and the next visitor is served', async () => {
  const { agent, gateway, nextOpen, served, clock } = await byHand()
  const visitor = await RawPeer.connect(gateway.port)
  visitor.send('GET /~~srv/ HTTP/1.1\r\nHost: gw\r\n\r\n')
  const stream = await agent.openBack(await nextOpen())
  await once(stream, 'data')
  stream.write('HTTP/1.1 200 OK\r\n\r\nhalf or whole?')
  await visitor.until('half or whole?')
  const timers = clock.waiting
  stream.end()
  await expect.poll(() => clock.waiting).toBeGreaterThan(timers)
  await clock.pass(2_000)
  expect(await visitor.closed).toBe('reset')
  await served()
})
