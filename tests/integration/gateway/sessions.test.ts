import { once } from 'node:events'
import { connect as connectTls } from 'node:tls'
import { describe, expect, test } from 'vitest'
import { createWebSocketStream, WebSocket } from 'ws'
import { innerProof, proveAsAgent, ticketHeader } from '../../../net/seal/index.ts'
import { systemClock, systemRandom } from '../../../net/world.ts'
import { Secret } from '../../../shared/secret.ts'
import type { OpenFrame } from '../../support/agent-twin.ts'
import { oneTunnel, runGateway } from '../../support/running-gateway.ts'
import { VirtualClock } from '../../support/virtual-clock.ts'

const code = (expected: string) => expect.objectContaining({ code: expected })

describe('a control connection', () => {
  test('is welcomed with all that the agent needs', async () => {
    const { agent, url, gateway } = await runGateway()
    const { welcome } = await agent()
    expect(welcome).toMatchObject({
      aliveMs: 20_000,
      deadMs: 60_000,
      outer: 'plain',
      url: `${url}/~~srv/`,
      gateway: 'tildegate/0.0.0',
    })
    expect(welcome.session).toMatch(/^[0-9a-f]{32}$/)
    expect(welcome.resumeSecret).toMatch(/^[0-9a-f]{64}$/)
    expect(welcome.innerTls.certSha256).toMatch(/^[0-9a-f]{64}$/)
    expect(gateway.tunnels).toMatchObject([{ name: 'srv', address: '127.0.0.1', outer: 'plain' }])
  })

  test('is told the public URL where there is one', async () => {
    const { agent } = await runGateway({ publicUrl: 'https://gw.example/' })
    expect((await agent()).welcome.url).toBe('https://gw.example/~~srv/')
  })

  test('gets a PONG for each PING', async () => {
    const { agent } = await runGateway()
    const one = await agent()
    await one.ping()
    await one.ping()
  })

  test.each([
    ['a wrong password', { password: 'pv' }],
    ['an unknown name', { name: 'other' }],
    ['the name of a direct entry', { name: 'direct' }],
  ])('with %s is not accepted', async (_, options) => {
    const { agent } = await runGateway({ balance: `${oneTunnel}/~~direct=127.0.0.1:9;\n` })
    await expect(agent(options)).rejects.toEqual(code('password-refused'))
  })

  test('of a second agent is refused while the first one lives, which does not notice', async () => {
    const { agent, url } = await runGateway()
    const first = await agent()
    await expect(agent()).rejects.toEqual(code('name-in-use'))
    await first.ping()
    expect(await (await fetch(`${url}/~~srv/still`)).text()).toBe('/still')
    expect(first.isClosed).toBe(false)
  })

  test('of a second agent is taken once the first one left', async () => {
    const { agent, gateway } = await runGateway()
    const first = await agent()
    first.channel.close(0)
    await first.closed()
    await expect.poll(() => gateway.tunnels.length).toBe(0)
    await agent()
  })

  test('of the same agent takes the session over: the old one is told, its requests end in order', async () => {
    const { agent, url, gateway } = await runGateway()
    let answer: () => void = () => {}
    const first = await agent({
      target: (_, response) => {
        response.write('begun ')
        answer = () => response.end('and ended')
      },
    })
    const slow = await fetch(`${url}/~~srv/slow`)
    const second = await agent({ resume: first })
    expect(await first.frame('close')).toMatchObject({ code: 3 })
    await first.closed()
    expect(gateway.tunnels).toHaveLength(1)
    answer()
    expect(await slow.text()).toBe('begun and ended')
    expect(await (await fetch(`${url}/~~srv/new`)).text()).toBe('/new')
    expect(second.opened.length).toBeGreaterThan(0)
  })

  test('of the same agent takes over those who waited for a connection, too', async () => {
    const { agent, url } = await runGateway({ limits: { sparesMin: 0 } })
    const stale = await agent({ onOpen: () => {} })
    const visiting = fetch(`${url}/~~srv/waited`)
    await stale.frame('open')
    await agent({ resume: stale })
    expect(await (await visiting).text()).toBe('/waited')
  })

  test('with a resume proof of another handshake, of another session or without one is refused', async () => {
    const { agent } = await runGateway()
    const first = await agent()
    const { session } = first.welcome
    const stale = first.proofOfResume(Buffer.alloc(32))
    for (const resume of [
      stale,
      { session, proof: '00'.repeat(32) },
      { ...stale, session: '00'.repeat(16) },
    ]) {
      await expect(agent({ hello: { resume } })).rejects.toEqual(code('name-in-use'))
    }
    await first.ping()
  })

  test('of a probe is welcomed and closed; nothing is registered, and a live session does not notice', async () => {
    const { agent, gateway } = await runGateway()
    const probe = await agent({ hello: { probe: true } })
    expect(probe.welcome.inUse).toBeUndefined()
    expect(await probe.frame('close')).toMatchObject({ code: 0 })
    expect(gateway.tunnels).toHaveLength(0)
    const live = await agent()
    expect((await agent({ hello: { probe: true } })).welcome.inUse).toBe(true)
    expect(gateway.tunnels).toHaveLength(1)
    await live.ping()
  })

  test('of a probe is refused where a session would be: the gateway is full', async () => {
    const { agent } = await runGateway({ balance: `${oneTunnel}/~~b=pw#:*;\n`, limits: { sessions: 1 } })
    await agent()
    expect((await agent({ hello: { probe: true } })).welcome.inUse).toBe(true)
    await expect(agent({ name: 'b', hello: { probe: true } })).rejects.toEqual(code('gateway-overloaded'))
  })

  test('that breaks the protocol is closed at once and frees the name', async () => {
    const { agent, gateway } = await runGateway()
    const one = await agent()
    one.channel.send({ type: 'hello', hello: { agent: 'x', os: 'x', outer: { tls: false } } })
    await one.closed()
    await expect.poll(() => gateway.tunnels.length).toBe(0)
    await agent()
  })

  test('that the admin drops is told so with code 2', async () => {
    const { agent, gateway } = await runGateway()
    const one = await agent()
    expect(gateway.drop('srv')).toBe(true)
    expect(await one.frame('close')).toMatchObject({ code: 2 })
    expect(gateway.drop('nobody')).toBe(false)
  })

  test('beyond the limit of sessions is refused as overloaded', async () => {
    const { agent } = await runGateway({ balance: `${oneTunnel}/~~b=pw#:*;\n`, limits: { sessions: 1 } })
    await agent()
    await expect(agent({ name: 'b' })).rejects.toEqual(code('gateway-overloaded'))
  })
})

describe('the WebSocket carrier', () => {
  const open = async (port: number, path: string, headers = {}) => {
    const socket = new WebSocket(`ws://127.0.0.1:${port}${path}`, ['other', 'tildegate.1'], { headers })
    const stream = createWebSocketStream(socket)
    stream.on('error', () => {})
    await once(socket, 'open')
    expect(socket.protocol).toBe('tildegate.1')
    return stream
  }

  test('carries the control connection and back-connections alike', async () => {
    const { port, url, gateway } = await runGateway({ limits: { sparesMin: 0 } })
    const stream = await open(port, '/.tildegate/control')
    const world = { clock: systemClock, random: systemRandom }
    const { channel, welcome } = await proveAsAgent(stream, {
      name: 'srv',
      password: Secret.fromText('pw'),
      ...world,
      hello: () => ({ agent: 'twin', os: 'test', outer: { tls: false } }),
    })
    expect(gateway.tunnels).toHaveLength(1)
    const opened = new Promise<OpenFrame>(resolve => {
      channel.start({ onFrame: frame => frame.type === 'open' && resolve(frame), onClose: () => {} })
    })
    const visiting = fetch(`${url}/~~srv/`)
    const ticket = await opened
    const session = Buffer.from(welcome.session, 'hex')
    const raw = await open(port, '/.tildegate/data', {
      'Tildegate-Ticket': ticketHeader(ticket, session, systemRandom),
    })
    const inner = connectTls({ socket: raw, rejectUnauthorized: false })
    await once(inner, 'secureConnect')
    inner.write(
      innerProof(ticket.secret, inner.exportKeyingMaterial(32, 'EXPORTER-tildegate-1', Buffer.alloc(0))),
    )
    await once(inner, 'data')
    inner.write('HTTP/1.1 200 OK\r\nContent-Length: 13\r\n\r\nover messages')
    expect(await (await visiting).text()).toBe('over messages')
    channel.destroy()
  })

  test('with a ticket that is not valid gets 403', async () => {
    const { port } = await runGateway()
    const socket = new WebSocket(`ws://127.0.0.1:${port}/.tildegate/data`, ['tildegate.1'])
    const [cause] = (await once(socket, 'error')) as [Error]
    expect(cause.message).toContain('403')
  })

  test('closes at text and at messages that are too long', async () => {
    const { port } = await runGateway()
    for (const message of ['text', Buffer.alloc(65 * 1024)]) {
      const socket = new WebSocket(`ws://127.0.0.1:${port}/.tildegate/control`, ['tildegate.1'])
      socket.on('error', () => {})
      await once(socket, 'open')
      socket.send(message)
      await once(socket, 'close')
    }
  })
})

describe('silence', () => {
  test('of 60 s ends the session, its back-connections first, and only then another may have the name', async () => {
    const clock = new VirtualClock()
    const { agent, gateway, lines } = await runGateway({ clock })
    const silent = await agent()
    await silent.frame('open', 1)
    await expect.poll(() => silent.opened.length).toBe(2)
    await clock.pass(59_999)
    await expect(agent()).rejects.toEqual(code('name-in-use'))
    await clock.pass(1)
    await expect.poll(() => gateway.tunnels.length).toBe(0)
    await silent.closed()
    await expect
      .poll(() => silent.opened.every(stream => stream.destroyed || stream.readableEnded))
      .toBe(true)
    await agent()
    expect(lines.some(line => line.includes('silent'))).toBe(true)
  })

  test('is broken by each PING, and by nothing else', async () => {
    const clock = new VirtualClock()
    const { agent, gateway } = await runGateway({ clock, limits: { sparesMin: 0 } })
    const one = await agent()
    await clock.pass(40_000)
    await one.ping()
    await clock.pass(40_000)
    expect(gateway.tunnels).toHaveLength(1)
    one.channel.send({ type: 'failed', id: new Uint8Array(16), code: 1, text: 'of no ticket' })
    await clock.pass(20_000)
    await expect.poll(() => gateway.tunnels.length).toBe(0)
  })
})
