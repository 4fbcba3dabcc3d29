/**
 * Each limit of docs/protocol.md, section 6, exceeded by somebody: closed at once, counted each time, logged once a minute for
 * an address with the reason, and nothing kept.
 */
import { once } from 'node:events'
import type { Duplex } from 'node:stream'
import { describe, expect, test } from 'vitest'
import type { GatewayOptions } from '../../../gateway/gateway.ts'
import { encodeM1 } from '../../../shared/protocol/handshake-messages.ts'
import { withLength } from '../../../shared/protocol/length-prefixed.ts'
import { prove, upgrade } from '../../interop/foreign-agent.ts'
import { frameType, message } from '../../interop/wire.ts'
import { RawPeer } from '../../support/raw-peer.ts'
import { type RunningGateway, runGateway } from '../../support/running-gateway.ts'
import { VirtualClock } from '../../support/virtual-clock.ts'

const noSpares = { sparesMin: 0, sparesMax: 0 }

async function watchedGateway(options: Partial<GatewayOptions> = {}) {
  const clock = new VirtualClock()
  const running = await runGateway({ clock, admin: { host: '127.0.0.1', port: 0 }, ...options })
  const metric = async (name: string) => {
    const text = await (await fetch(`${running.gateway.admin?.url}/metrics`)).text()
    const line = text.split('\n').find(one => one.startsWith(`tildegate_${name} `))
    return Number(line?.split(' ').at(-1) ?? 0)
  }
  return {
    ...running,
    clock,
    metric,
    /** How often it was counted. */
    count: async (limit: string) =>
      (await metric(`limits_exceeded_total{limit="${limit}"}`)) +
      (await metric(`refused_total{what="${limit}"}`)),
    logged: (limit: string) =>
      running.lines
        .map(line => JSON.parse(line) as Record<string, unknown>)
        .filter(line => {
          return line['limit'] === limit || line['what'] === limit
        }),
    /** What the gateway still holds of anybody. */
    kept: async () => [
      await metric('unfinished_handshakes'),
      await metric('open_connections'),
      await metric('pending_tickets'),
      await metric('sessions'),
    ],
  }
}

async function closed(socket: Duplex): Promise<void> {
  socket.resume()
  if (!socket.closed) await once(socket, 'close')
}

const hello = (more: object) =>
  Buffer.from(JSON.stringify({ agent: 'a', os: 'o', outer: { tls: false }, ...more }))
const nested = (depth: number) => `${'['.repeat(depth)}${']'.repeat(depth)}`

type Exceed = (gateway: RunningGateway & { readonly held: Duplex[] }) => Promise<void>

/** The HELLO of an agent that knows the password. */
const asHello =
  (payload: Buffer): Exceed =>
  async ({ port }) => {
    const { socket, frames } = await prove(port, 'srv', 'pw')
    frames.send(frameType.hello, payload)
    await closed(socket)
  }

/** After the upgrade, in place of M1. */
const asM1 =
  (bytes: Uint8Array): Exceed =>
  async ({ port }) => {
    const { socket } = await upgrade(port, '/.tildegate/control')
    socket.write(bytes)
    await closed(socket)
  }

const rows: [title: string, limit: string, reason: RegExp, exceed: Exceed, limits?: object][] = [
  [
    'a message of 513 bytes',
    'handshake: protocol-violation',
    /length of 513, not 1 to 512/,
    asM1(Buffer.from([2, 1])),
  ],
  [
    'a message of no bytes',
    'handshake: protocol-violation',
    /length of 0, not 1 to 512/,
    asM1(Buffer.from([0, 0])),
  ],
  [
    'a name of 65 bytes',
    'handshake: protocol-violation',
    /M1/,
    asM1(message(Buffer.from(encodeM1(Buffer.alloc(32), 'n'.repeat(65))))),
  ],
  [
    'a head over 16 KiB',
    'visitor: head-too-large',
    /./,
    async ({ port }) => {
      const peer = await RawPeer.connect(port)
      peer.send(`GET /.tildegate/control HTTP/1.1\r\nHost: x\r\nX: ${'x'.repeat(16 * 1024)}\r\n\r\n`)
      await peer.until(/^HTTP\/1\.1 431 /)
      await peer.closed
    },
  ],
  [
    'a frame of 16401 bytes in place of HELLO',
    'handshake: protocol-violation',
    /length of 16401, not 17 to 16400/,
    async ({ port }) => {
      const { socket } = await prove(port, 'srv', 'pw')
      socket.write(Buffer.from('00004011', 'hex'))
      await closed(socket)
    },
  ],
  [
    'a frame of 16401 bytes in a session',
    'session: protocol-violation',
    /length of 16401, not 17 to 16400/,
    async ({ agent }) => {
      const one = await agent({ onOpen: () => {} })
      one.socket.write(Buffer.from('00004011', 'hex'))
      await one.closed()
    },
    noSpares,
  ],
  [
    'a HELLO of 4097 bytes',
    'handshake: protocol-violation',
    /HELLO longer than 4096/,
    asHello(hello({ x: 'x'.repeat(4097 - hello({ x: '' }).length) })),
  ],
  [
    'a HELLO that nests 9 deep',
    'handshake: protocol-violation',
    /nested deeper than 8/,
    asHello(
      Buffer.from(
        hello({ x: 0 })
          .toString()
          .replace('"x":0', `"x":${nested(8)}`),
      ),
    ),
  ],
  [
    'a handshake too many from an address',
    'unfinished-handshakes-of-address',
    /from here/,
    async ({ port, held }) => {
      while (held.length < 2) held.push((await upgrade(port, '/.tildegate/control')).socket)
      const refused = await upgrade(port, '/.tildegate/control')
      expect(refused.status).toBe(503)
      await closed(refused.socket)
    },
    { unfinishedHandshakesPerAddress: 2 },
  ],
  [
    'a handshake too many in all',
    'unfinished-handshakes',
    /in all/,
    async ({ port, held }) => {
      while (held.length < 2) held.push((await upgrade(port, '/.tildegate/control')).socket)
      const refused = await upgrade(port, '/.tildegate/control')
      expect(refused.status).toBe(503)
      await closed(refused.socket)
    },
    { unfinishedHandshakes: 2 },
  ],
  [
    'more curve work than may wait',
    'curve-queue',
    /at once/,
    ({ port }) => expect(prove(port, 'srv', 'pw')).rejects.toThrow('status 4'),
    { curveQueue: 0 },
  ],
  [
    'a wrong password too many for a name',
    'failed-guesses',
    /for one name/,
    async ({ port }) => {
      await prove(port, 'srv', 'wrong').catch(() => {})
      await expect(prove(port, 'srv', 'pw')).rejects.toThrow('status 4')
    },
    { failedGuessesPerNameAndAddressPerMinute: 1 },
  ],
  [
    'a wrong password too many from an address',
    'failed-guesses-of-address',
    /from here/,
    async ({ port }) => {
      await prove(port, 'other', 'wrong').catch(() => {})
      await expect(prove(port, 'srv', 'pw')).rejects.toThrow('status 4')
    },
    { failedGuessesPerAddressPerMinute: 1 },
  ],
  [
    'a ticket that nobody issued',
    'ticket',
    /not valid/,
    async ({ port }) => {
      const { socket, status } = await upgrade(port, '/.tildegate/data', ['Tildegate-Ticket: AAAA'])
      expect(status).toBe(403)
      await closed(socket)
    },
  ],
]

describe('exceeding a limit:', () => {
  test.each(rows)('%s', async (_, limit, reason, exceed, limits = {}) => {
    const gateway = await watchedGateway({ limits: limits as Record<string, number> })
    const held: Duplex[] = []
    for (let at = 1; at <= 3; at++) {
      await exceed({ ...gateway, held })
      await expect.poll(() => gateway.count(limit)).toBeGreaterThanOrEqual(at)
    }
    expect(gateway.logged(limit)).toEqual([
      expect.objectContaining({ address: '127.0.0.1', reason: expect.stringMatching(reason) }),
    ])
    for (const socket of held) socket.destroy()
    await expect.poll(gateway.kept).toEqual([0, 0, 0, 0])
    await gateway.clock.pass(60_000)
    await exceed({ ...gateway, held: [] })
    await expect.poll(() => gateway.logged(limit).length).toBe(2)
    expect(gateway.lines.join('\n')).not.toMatch(/"(?:level":50|err|stack)"/)
  })

  test('a handshake that takes 10 s', async () => {
    const { port, clock, count, logged, kept } = await watchedGateway()
    const sockets = [await upgrade(port, '/.tildegate/control'), await upgrade(port, '/.tildegate/control')]
    sockets[0]?.socket.write(withLength(encodeM1(Buffer.alloc(32), 'srv'), 2))
    await clock.pass(9_999)
    expect(await count('handshake: handshake-timeout')).toBe(0)
    await clock.pass(1)
    await Promise.all(sockets.map(({ socket }) => closed(socket)))
    expect(await count('handshake: handshake-timeout')).toBe(2)
    expect(logged('handshake: handshake-timeout')).toMatchObject([{ address: '127.0.0.1' }])
    expect(await kept()).toEqual([0, 0, 0, 0])
  })

  test('more than 64 tickets, each of which nobody presents for 15 s', async () => {
    const { agent, url, clock, count, logged, kept } = await watchedGateway({ limits: noSpares })
    const one = await agent({ onOpen: () => {} })
    const visits = Array.from({ length: 70 }, () => fetch(`${url}/~~srv/`))
    await one.frame('open', 63)
    await expect.poll(async () => (await kept())[1]).toBeGreaterThanOrEqual(71)
    const opens = () => one.frames.filter(frame => frame.type === 'open').length
    expect([opens(), (await kept())[2]]).toEqual([64, 64])
    // The agent is alive, only its back-connections do not come.
    await clock.pass(15_000)
    await one.frame('open', 69)
    await clock.pass(15_000)
    expect(new Set((await Promise.all(visits)).map(({ status }) => status))).toEqual(new Set([504]))
    expect(await count('ticket-time')).toBe(70)
    expect(logged('ticket-time')).toMatchObject([{ address: '127.0.0.1', reason: expect.any(String) }])
    expect((await kept())[2]).toBe(0)
  })

  test('more back-connections than a session may have: a visitor waits, then gets 503', async () => {
    const { agent, url, clock, metric, count, logged } = await watchedGateway({
      limits: { ...noSpares, backConnections: 2 },
    })
    const one = await agent({ target: () => {} })
    const busy = [fetch(`${url}/~~srv/1`), fetch(`${url}/~~srv/2`)]
    for (const one of busy) one.catch(() => {})
    await expect.poll(() => one.opened.length).toBe(2)
    const late = [fetch(`${url}/~~srv/3`), fetch(`${url}/~~srv/4`)]
    await expect.poll(() => metric('back_connections{state="waiting"}')).toBe(2)
    await clock.pass(20_000)
    for (const { status, headers } of await Promise.all(late)) {
      expect([status, headers.get('retry-after')]).toEqual([503, '5'])
    }
    expect(await count('back-connections')).toBe(2)
    expect(logged('back-connections')).toMatchObject([{ address: '127.0.0.1', reason: expect.any(String) }])
    expect(one.frames.filter(frame => frame.type === 'open')).toHaveLength(2)
    one.destroy()
    await Promise.allSettled(busy)
  })
})
