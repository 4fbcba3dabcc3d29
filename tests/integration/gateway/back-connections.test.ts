import { once } from 'node:events'
import type { Socket } from 'node:net'
import { connect } from 'node:net'
import type { Duplex } from 'node:stream'
import { setTimeout as pause } from 'node:timers/promises'
import { describe, expect, test } from 'vitest'
import { innerProof } from '../../../net/seal/index.ts'
import { secureBlindly } from '../../support/agent-twin.ts'
import { runGateway } from '../../support/running-gateway.ts'
import { VirtualClock } from '../../support/virtual-clock.ts'

/** No spares: each OPEN stands for a visitor. */
const noSpares = { sparesMin: 0, sparesMax: 0 }
const tls = { listen: [{ host: '127.0.0.1', port: 0, tls: true }] }

/** An agent whose OPENs the test answers by hand. */
async function byHand(options: Parameters<typeof runGateway>[0] = {}) {
  const running = await runGateway({ limits: noSpares, ...options })
  const agent = await running.agent({ onOpen: () => {} })
  const visit = (path = '/x') => {
    const visiting = fetch(`${running.url}/~~srv${path}`, { headers: { accept: 'application/json' } })
    // Some tests end before their visitor has its answer.
    visiting.catch(() => {})
    return visiting
  }
  return { ...running, theAgent: agent, visit }
}

/** Answers one request of the gateway with this body. */
async function answerOnce(stream: Duplex, body: string): Promise<void> {
  await once(stream, 'data')
  stream.write(`HTTP/1.1 200 OK\r\nContent-Length: ${body.length}\r\n\r\n${body}`)
}

describe('a ticket', () => {
  test('presented by the agent opens the way for a visitor', async () => {
    const { theAgent, visit } = await byHand()
    const visiting = visit()
    const stream = await theAgent.openBack(await theAgent.frame('open'))
    await answerOnce(stream, 'through')
    expect(await (await visiting).text()).toBe('through')
  })

  test('is asked for with TLS inside on a plain line, without on a proven one', async () => {
    const plain = await byHand()
    void plain.visit()
    expect((await plain.theAgent.frame('open')).innerTls).toBe(true)
    const proven = await byHand({ ...tls, limits: { sparesMin: 1 } })
    expect((await proven.theAgent.frame('open')).innerTls).toBe(false)
  })

  test('is valid once: a replay gets 403', async () => {
    const { theAgent, visit } = await byHand()
    const visiting = visit()
    const frame = await theAgent.frame('open')
    const header = theAgent.ticketHeader(frame)
    const raw = await theAgent.presentTicket(header)
    await expect(theAgent.presentTicket(header)).rejects.toMatchObject({ details: { status: 403 } })
    await answerOnce(await theAgent.secureInside(raw, frame), 'once')
    expect(await (await visiting).text()).toBe('once')
  })

  test.each([
    ['nothing', undefined],
    ['rubbish', 'rubbish'],
    ['a ticket nobody issued', Buffer.alloc(64, 7).toString('base64url')],
    [
      'two values',
      `${Buffer.alloc(64, 7).toString('base64url')}, ${Buffer.alloc(64, 8).toString('base64url')}`,
    ],
  ])('%s gets 403 and costs nothing', async (_, header) => {
    const { port, gateway } = await runGateway()
    const answer = await rawUpgrade(
      port,
      '/.tildegate/data',
      header === undefined ? [] : [`Tildegate-Ticket: ${header}`],
    )
    expect(answer).toMatch(/^HTTP\/1\.1 403 /)
    expect(answer).toMatch(/connection: close/i)
    expect(gateway.tunnels).toHaveLength(0)
  })

  test('of another session is wrong there, and used up', async () => {
    const { theAgent, agent, visit } = await byHand({ balance: '/~~srv=pw#:*;\n/~~b=pw#:*;\n' })
    const other = await agent({ name: 'b', onOpen: () => {} })
    const visiting = visit()
    const frame = await theAgent.frame('open')
    await expect(theAgent.presentTicket(other.ticketHeader(frame))).rejects.toMatchObject({
      details: { status: 403 },
    })
    await expect(theAgent.presentTicket(theAgent.ticketHeader(frame))).rejects.toMatchObject({
      details: { status: 403 },
    })
    // The gateway asks for another.
    const again = await theAgent.openBack(await theAgent.frame('open', 1))
    await answerOnce(again, 'at last')
    expect(await (await visiting).text()).toBe('at last')
  })

  test('burnt by a stranger is replaced at most twice for one visitor', async () => {
    const { theAgent, visit, port } = await byHand()
    const visiting = visit()
    for (let at = 0; at < 3; at++) {
      const { id } = await theAgent.frame('open', at)
      const guess = Buffer.concat([id, Buffer.alloc(48)]).toString('base64url')
      expect(await rawUpgrade(port, '/.tildegate/data', [`Tildegate-Ticket: ${guess}`])).toMatch(
        /^HTTP\/1\.1 403 /,
      )
    }
    expect((await visiting).status).toBe(502)
    expect(theAgent.frames.filter(frame => frame.type === 'open')).toHaveLength(3)
  })

  test('is valid for 15 s', async () => {
    const clock = new VirtualClock()
    const { theAgent, visit } = await byHand({ clock })
    const visiting = visit()
    const frame = await theAgent.frame('open')
    await clock.pass(15_000)
    expect((await visiting).status).toBe(504)
    await expect(theAgent.presentTicket(theAgent.ticketHeader(frame))).rejects.toMatchObject({
      details: { status: 403 },
    })
  })

  test('dies with its session', async () => {
    const { theAgent, visit, gateway } = await byHand()
    const visiting = visit()
    const frame = await theAgent.frame('open')
    theAgent.destroy()
    expect((await visiting).status).toBeGreaterThanOrEqual(404)
    await expect.poll(() => gateway.tunnels.length).toBe(0)
    await expect(theAgent.presentTicket(theAgent.ticketHeader(frame))).rejects.toMatchObject({
      details: { status: 403 },
    })
  })

  test('that the agent cannot use is told with FAILED: the visitor gets 502 at once, and 503 at the agent’s limit', async () => {
    const { theAgent, visit } = await byHand()
    for (const [at, failed, status] of [
      [0, 6, 502],
      [1, 5, 503],
    ] as const) {
      const visiting = visit()
      const { id } = await theAgent.frame('open', at)
      theAgent.channel.send({ type: 'failed', id, code: failed, text: 'not today' })
      expect((await visiting).status).toBe(status)
    }
  })
})

describe('the TLS inside', () => {
  /** A visit whose ticket is presented, up to the point where TLS begins. */
  async function presented(options: Parameters<typeof byHand>[0] = {}) {
    const running = await byHand(options)
    const visiting = running.visit()
    const frame = await running.theAgent.frame('open')
    const raw = await running.theAgent.presentTicket(running.theAgent.ticketHeader(frame))
    return { ...running, visiting, frame, raw }
  }

  test('with a wrong proof sends not a byte and is replaced by another ticket', async () => {
    const { theAgent, raw, visiting, lines } = await presented()
    const inner = await secureBlindly(raw)
    const heard: Buffer[] = []
    inner.on('data', bytes => heard.push(bytes))
    inner.write(Buffer.alloc(32, 1))
    await once(inner, 'close')
    expect(heard).toEqual([])
    await answerOnce(await theAgent.openBack(await theAgent.frame('open', 1)), 'mended')
    expect(await (await visiting).text()).toBe('mended')
    expect(lines.join('\n')).toContain('wrong proof')
  })

  test('with the proof of another TLS connection is refused: it is bound to this one', async () => {
    const { theAgent, raw, frame, visiting } = await presented()
    const inner = await secureBlindly(raw)
    inner.write(innerProof(frame.secret, Buffer.alloc(32)))
    await once(inner, 'close')
    await answerOnce(await theAgent.openBack(await theAgent.frame('open', 1)), 'mended')
    expect(await (await visiting).text()).toBe('mended')
  })

  test('with a proof byte by byte is believed only when it is whole', async () => {
    const { raw, frame, visiting } = await presented()
    const inner = await secureBlindly(raw)
    const exporter = inner.exportKeyingMaterial(32, 'EXPORTER-tildegate-1', Buffer.alloc(0))
    let isSpokenTo = false
    inner.once('data', () => {
      isSpokenTo = true
    })
    for (const byte of innerProof(frame.secret, exporter)) {
      expect(isSpokenTo).toBe(false)
      inner.write(Buffer.of(byte))
      await pause(1)
    }
    await expect.poll(() => isSpokenTo).toBe(true)
    inner.write('HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok')
    expect(await (await visiting).text()).toBe('ok')
  })

  test.each([
    ['silence', () => {}],
    ['a slow proof', (raw: Socket) => void secureBlindly(raw).then(inner => inner.write(Buffer.alloc(31)))],
    ['half a TLS record', (raw: Socket) => void raw.write(Buffer.from('160301', 'hex'))],
  ])('ends after 10 s of %s', async (_, behave) => {
    const clock = new VirtualClock()
    const { theAgent, raw } = await presented({ clock })
    behave(raw)
    await pause(30)
    await clock.pass(10_000)
    if (!raw.destroyed) await once(raw.resume(), 'close')
    expect((await theAgent.frame('open', 1)).type).toBe('open')
  })

  test('with garbage in its place ends', async () => {
    const { theAgent, raw } = await presented()
    raw.write('GET / HTTP/1.1\r\n\r\n')
    await theAgent.frame('open', 1)
    if (!raw.destroyed) await once(raw.resume(), 'close')
  })

  test('is TLS 1.3 only, and may be resumed', async () => {
    const { theAgent, visit } = await byHand()
    const { connect: connectTls } = await import('node:tls')
    const visiting = visit()
    const frame = await theAgent.frame('open')
    const raw = await theAgent.presentTicket(theAgent.ticketHeader(frame))
    const old = connectTls({ socket: raw, rejectUnauthorized: false, maxVersion: 'TLSv1.2' })
    await expect(once(old, 'secureConnect')).rejects.toThrow()
    const second = await theAgent.frame('open', 1)
    const inner = await theAgent.secureInside(
      await theAgent.presentTicket(theAgent.ticketHeader(second)),
      second,
    )
    const session = once(inner, 'session')
    await answerOnce(inner, 'first')
    expect(await (await visiting).text()).toBe('first')
    const [ticket] = (await session) as [Buffer]
    inner.destroy()
    await pause(10)
    const again = visit()
    const third = await theAgent.frame('open', 2)
    const rawAgain = await theAgent.presentTicket(theAgent.ticketHeader(third))
    const resumed = connectTls({ socket: rawAgain, rejectUnauthorized: false, session: ticket })
    await once(resumed, 'secureConnect')
    expect(resumed.isSessionReused()).toBe(true)
    resumed.write(
      innerProof(third.secret, resumed.exportKeyingMaterial(32, 'EXPORTER-tildegate-1', Buffer.alloc(0))),
    )
    await answerOnce(resumed, 'resumed')
    expect(await (await again).text()).toBe('resumed')
  })
})

/** The whole answer to an upgrade that is not to be. */
async function rawUpgrade(port: number, path: string, headers: string[] = []): Promise<string> {
  const socket = connect(port, '127.0.0.1')
  const lines = [
    `GET ${path} HTTP/1.1`,
    'Host: gw',
    'Connection: Upgrade',
    'Upgrade: tildegate/1',
    ...headers,
  ]
  socket.write(`${lines.join('\r\n')}\r\n\r\n`)
  const chunks: Buffer[] = []
  socket.on('data', bytes => chunks.push(bytes))
  socket.on('error', () => {})
  await new Promise(resolve => socket.once('close', resolve))
  return Buffer.concat(chunks).toString()
}
