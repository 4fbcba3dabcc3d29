/** Limits of the listeners: whoever met one is served again from the same address. */
import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { expect } from 'vitest'
import { bites } from '../../support/bites.ts'
import { RawPeer } from '../../support/raw-peer.ts'
import { runGateway } from '../../support/running-gateway.ts'
import { VirtualClock } from '../../support/virtual-clock.ts'

const get = 'GET /~~srv/x HTTP/1.1\r\nHost: gw\r\nConnection: close\r\n\r\n'
const proxyHeader = 'PROXY TCP4 192.0.2.7 198.51.100.1 4711 443\r\n'

async function served(port: number, before = ''): Promise<void> {
  const peer = await RawPeer.connect(port)
  peer.send(before + get)
  await peer.until(/^HTTP\/1\.1 200 OK[\s\S]*\/x$/)
}

async function dialled(port: number): Promise<Socket> {
  const socket = connect(port, '127.0.0.1')
  socket.on('error', () => {})
  await once(socket, 'connect')
  return socket
}

bites('connections', 'one too many is closed at once, and served when another has left', async () => {
  // The agent holds one, and no spares.
  const limits = { connections: 4, sparesMin: 0, sparesMax: 0 }
  const { agent, port, lines } = await runGateway({ limits })
  await agent()
  const idle = [await dialled(port), await dialled(port), await dialled(port)]
  const refused = await RawPeer.connect(port)
  expect(await refused.closed).not.toBe('cut')
  expect(lines.filter(line => line.includes('"limit":"connections"'))).toHaveLength(1)
  for (const socket of idle) socket.destroy()
  await expect.poll(() => served(port).then(() => 'served', String)).toBe('served')
})

bites(
  'connectionsPerAddress',
  'of whom a PROXY header names, one too many is closed at once, and served when another has left',
  async () => {
    const [balancer, front, crowd] = ['127.0.0.4', '127.0.0.3', '192.0.2.7']
    const { port, lines } = await runGateway({
      ...{ trustForwardedFrom: [front], proxyProtocolFrom: [balancer] },
      limits: { connectionsPerAddress: 2 },
    })
    const answered = async (from: string, text = '') => {
      const peer = await RawPeer.connect(port, false, from)
      peer.send(text + get.replace('Connection: close\r\n', ''))
      await peer.until('HTTP/1.1 404 ').catch(() => {})
      return { peer, isServed: peer.received.startsWith('HTTP/1.1 404 ') }
    }
    const named = (address: string) => answered(balancer, proxyHeader.replace(crowd, address))
    const held = [await named(crowd), await named(crowd)]
    expect(held.map(one => one.isServed)).toEqual([true, true])
    expect((await named(crowd)).isServed).toBe(false)
    expect(lines.filter(line => line.includes('"limit":"connections-of-address"'))).toHaveLength(1)
    // Neither other addresses nor trusted fronts nor this computer.
    expect((await named('192.0.2.8')).isServed).toBe(true)
    for (const from of [front, '127.0.0.1'])
      for (let at = 0; at < 4; at++) expect((await answered(from)).isServed).toBe(true)
    held[0]?.peer.socket.destroy()
    await expect.poll(async () => (await named(crowd)).isServed).toBe(true)
  },
)

bites('proxyHeaderMs', 'a PROXY header that does not end is cut off, and a whole one serves', async () => {
  const clock = new VirtualClock()
  const { port } = await runGateway({ clock, proxyProtocolFrom: ['127.0.0.1'] })
  const timers = clock.waiting
  const slow = await RawPeer.connect(port)
  slow.send('PROXY TCP4 192.')
  await expect.poll(() => clock.waiting).toBeGreaterThan(timers)
  await clock.pass(4_999)
  expect(slow.socket.destroyed).toBe(false)
  await clock.pass(1)
  await slow.closed
  const peer = await RawPeer.connect(port)
  peer.send(proxyHeader + get)
  await peer.until('HTTP/1.1 404 ')
})

bites('proxyHeaderBytes', 'a larger PROXY header is cut off, and one that fits serves', async () => {
  const { port } = await runGateway({ proxyProtocolFrom: ['127.0.0.1'], limits: { proxyHeaderBytes: 100 } })
  /** Version 2, LOCAL, with so many bytes that nobody reads. */
  const header = (bytes: number) => {
    const head = Buffer.from('0d0a0d0a000d0a515549540a20000000', 'hex')
    head.writeUInt16BE(bytes, 14)
    return Buffer.concat([head, Buffer.alloc(bytes)]).toString('latin1')
  }
  const large = await RawPeer.connect(port)
  large.send(header(101) + get)
  await large.closed
  expect(large.received).toBe('')
  const peer = await RawPeer.connect(port)
  peer.send(header(80) + get)
  await peer.until('HTTP/1.1 404 ')
})

bites('tlsHandshakeMs', 'a handshake that stops is cut off, and one that does not serves', async () => {
  const clock = new VirtualClock()
  const { port, agent } = await runGateway({ clock, listen: [{ host: '127.0.0.1', port: 0, tls: true }] })
  const timers = clock.waiting
  const slow = await RawPeer.connect(port)
  slow.send('\x16\x03\x01')
  await expect.poll(() => clock.waiting).toBeGreaterThan(timers)
  await clock.pass(9_999)
  expect(slow.socket.destroyed).toBe(false)
  await clock.pass(1)
  await slow.closed
  await (await agent()).ping()
})

bites(
  'stopIdleMs',
  'who asks nothing more is not waited for, and the next gateway there serves',
  async () => {
    const clock = new VirtualClock()
    const first = await runGateway({ clock })
    await first.agent()
    const kept = await RawPeer.connect(first.port)
    kept.send('GET /~~srv/x HTTP/1.1\r\nHost: gw\r\n\r\n')
    await kept.until(/\/x$/)
    let isOver = false
    const stopping = first.gateway.stop().then(() => (isOver = true))
    await clock.pass(999)
    expect(isOver).toBe(false)
    expect(kept.socket.destroyed).toBe(false)
    await clock.pass(1)
    await kept.closed
    // The agent has its own time.
    await clock.pass(2_000)
    await stopping
    const next = await runGateway({ listen: [{ host: '127.0.0.1', port: first.port, tls: false }] })
    await next.agent()
    await served(next.port)
  },
)

bites(
  'stopMs',
  'an answer that never ends is cut at the stop, and the next gateway there serves',
  async () => {
    const clock = new VirtualClock()
    const first = await runGateway({ clock })
    await first.agent({ target: (_, response) => void response.write('never ends') })
    const visiting = await fetch(`${first.url}/~~srv/`)
    let isOver = false
    const stopping = first.gateway.stop().then(() => (isOver = true))
    await clock.pass(29_999)
    expect(isOver).toBe(false)
    await clock.pass(1)
    await clock.pass(2_000)
    await stopping
    await expect(visiting.text()).rejects.toThrow()
    const next = await runGateway({ listen: [{ host: '127.0.0.1', port: first.port, tls: false }] })
    await next.agent()
    await served(next.port)
  },
)
