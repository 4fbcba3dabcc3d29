/** The byte stream in WebSocket messages, agent's and gateway's side joined over a real connection. */
import { once } from 'node:events'
import { createServer as createHttp } from 'node:http'
import { type AddressInfo, connect, createServer, type Socket } from 'node:net'
import type { Duplex } from 'node:stream'
import { describe, expect, it, onTestFinished } from 'vitest'
import { type WebSocket, WebSocketServer } from 'ws'
import { openCarrier } from '../../../gateway/control/carrier.ts'
import { upgradeToWebSocket } from '../../../net/seal/index.ts'
import { systemClock } from '../../../net/world.ts'
import { VirtualClock } from '../../support/virtual-clock.ts'

type Front = (raw: Socket) => void

/** A listener whose HTTP upgrades go to `serve`; `front` may play with the raw connection. */
async function listening(serve: (...args: Parameters<typeof openCarrier>) => void, front: Front = () => {}) {
  const http = createHttp()
  http.on('upgrade', (request, stream, head) => serve(request, stream as Socket, head))
  const sockets = new Set<Socket>()
  const server = createServer({ allowHalfOpen: true }, socket => {
    sockets.add(socket)
    socket.on('error', () => {})
    front(socket)
    http.emit('connection', socket)
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  onTestFinished(() => {
    for (const socket of sockets) socket.destroy()
    server.close()
  })
  return { port: (server.address() as AddressInfo).port, sockets }
}

async function dial(port: number): Promise<Socket> {
  const socket = connect({ port, host: '127.0.0.1', allowHalfOpen: true })
  onTestFinished(() => void socket.destroy())
  await once(socket, 'connect')
  return socket
}

const request = (port: number) => ({
  path: '/.tildegate/data' as const,
  host: '127.0.0.1',
  port,
  clock: systemClock,
})

/** Both ends of one carrier, and the connections under them. */
async function pair() {
  let arrived: (stream: Duplex) => void = () => {}
  const carried = new Promise<Duplex>(resolve => {
    arrived = resolve
  })
  const { port, sockets } = await listening((...args) => {
    const stream = openCarrier(...args)
    if (stream !== undefined) arrived(stream)
  })
  const raw = await dial(port)
  const agent = await upgradeToWebSocket(raw, request(port))
  agent.on('error', () => {})
  const gateway = await carried
  const [gatewayRaw] = sockets
  return { agent, gateway, agentRaw: raw, gatewayRaw: gatewayRaw as Socket }
}

async function all(stream: Duplex): Promise<Buffer> {
  const chunks: Buffer[] = []
  for await (const chunk of stream.iterator({ destroyOnReturn: false })) chunks.push(chunk as Buffer)
  return Buffer.concat(chunks)
}

const closed = (stream: Duplex) =>
  new Promise<Error | undefined>(resolve => {
    if (stream.closed) resolve(stream.errored ?? undefined)
    let error: Error | undefined
    stream.on('error', cause => {
      error = cause
    })
    stream.on('close', () => resolve(error))
  })

describe('a stream in WebSocket messages', () => {
  it.each([0, 1, 125, 126, 65_535, 65_536, 65_537, 1_000_003])('carries %i bytes both ways', async size => {
    const { agent, gateway } = await pair()
    const bytes = Buffer.from(Array.from({ length: size }, (_, i) => (i * 31) & 0xff))
    agent.end(bytes)
    expect((await all(gateway)).equals(bytes)).toBe(true)
    gateway.end(bytes)
    expect((await all(agent)).equals(bytes)).toBe(true)
  })

  it('keeps half-closes: an end of one direction leaves the other open', async () => {
    const { agent, gateway } = await pair()
    agent.end('question')
    expect(String(await all(gateway))).toBe('question')
    expect(agent.destroyed).toBe(false)
    gateway.write('answer ')
    gateway.end('and more')
    expect(String(await all(agent))).toBe('answer and more')
  })

  it('closes the connection under it once both have ended', async () => {
    const { agent, gateway, agentRaw, gatewayRaw } = await pair()
    const ends = [closed(agentRaw), closed(gatewayRaw), closed(agent), closed(gateway)]
    agent.end()
    gateway.end()
    agent.resume()
    gateway.resume()
    expect(await Promise.all(ends)).toEqual([undefined, undefined, undefined, undefined])
  })

  it.each([
    ['the agent’s side resets', async ({ agent }: Pair) => void agent.destroy(new Error('reset'))],
    ['the agent’s side is dropped', async ({ agent }: Pair) => void agent.destroy()],
    ['the connection ends', async ({ agentRaw }: Pair) => void agentRaw.end()],
    ['the connection breaks', async ({ agentRaw }: Pair) => void agentRaw.resetAndDestroy()],
  ])('is broken off, never ended, where %s', async (_, act) => {
    const own = await pair()
    own.agent.write('half of it')
    await once(own.gateway, 'readable')
    own.gateway.resume()
    let hasEnded = false
    own.gateway.on('end', () => {
      hasEnded = true
    })
    const end = closed(own.gateway)
    await act(own)
    expect(await end).toMatchObject({ code: 'ECONNRESET' })
    expect(hasEnded).toBe(false)
  })

  it('stops the writer while nobody reads, and goes on then', async () => {
    const { agent, gateway } = await pair()
    const chunk = Buffer.alloc(64 * 1024, 1)
    let sent = 0
    for (let isTaken = true; isTaken && sent < 200 * 2 ** 20; sent += chunk.length) {
      agent.write(chunk)
      isTaken = await Promise.race([
        once(agent, 'drain').then(() => true),
        new Promise<false>(resolve => setTimeout(() => resolve(false), 500)),
      ])
    }
    // What the system's buffers of two sockets take, and ours.
    expect(agent.writableNeedDrain).toBe(true)
    expect(sent).toBeLessThan(64 * 2 ** 20)
    expect(gateway.readableLength).toBeLessThanOrEqual(2 * gateway.readableHighWaterMark + 2 * chunk.length)
    agent.end()
    expect((await all(gateway)).length).toBe(sent)
  })

  it('carries 64 MiB with pauses unchanged in length', { timeout: 30_000 }, async () => {
    const { agent, gateway } = await pair()
    let got = 0
    gateway.on('data', (bytes: Buffer) => {
      got += bytes.length
      if (got % 7 === 0) {
        gateway.pause()
        setImmediate(() => gateway.resume())
      }
    })
    const ended = once(gateway, 'end')
    const chunk = Buffer.alloc(100_001, 2)
    for (let i = 0; i < 671; i++) if (!agent.write(chunk)) await once(agent, 'drain')
    agent.end()
    await ended
    expect(got).toBe(671 * chunk.length)
  })
})

type Pair = Awaited<ReturnType<typeof pair>>

describe('another implementation', () => {
  /** That answers as it likes, by the library. */
  async function foreign(act: (socket: WebSocket) => void, headers: string[] = []) {
    const server = new WebSocketServer({ noServer: true, handleProtocols: () => 'tildegate.1' })
    server.on('headers', lines => void lines.push(...headers))
    const { port } = await listening((incoming, stream, head) =>
      server.handleUpgrade(incoming, stream, head, act),
    )
    const agent = await upgradeToWebSocket(await dial(port), request(port))
    return agent
  }

  it('that knows no half-closes ends the stream with its Close frame', async () => {
    const agent = await foreign(socket => {
      socket.send(Buffer.from('all'))
      socket.close(1000)
    })
    expect(String(await all(agent))).toBe('all')
  })

  it('that knows no half-closes is told of our end by a Close frame', async () => {
    let code = 0
    const agent = await foreign(socket =>
      socket.on('close', own => {
        code = own
      }),
    )
    agent.end('bye')
    agent.resume()
    await once(agent, 'close')
    expect(code).toBe(1000)
  })

  it('that knows no half-closes may send empty messages without a meaning', async () => {
    const agent = await foreign(socket => {
      socket.send(Buffer.alloc(0))
      socket.send(Buffer.from('all'))
      socket.close()
    })
    expect(String(await all(agent))).toBe('all')
  })

  it.each<[string, (socket: WebSocket) => void]>([
    ['text', socket => socket.send('text')],
    ['a message over 64 KiB', socket => socket.send(Buffer.alloc(65_537))],
    [
      'bytes behind the end',
      socket => {
        socket.send(Buffer.alloc(0))
        socket.send(Buffer.from('more'))
      },
    ],
    ['another code than 1000', socket => socket.close(1011)],
    ['no Close frame', socket => socket.terminate()],
  ])('that sends %s breaks the stream off', async (what, act) => {
    const agent = await foreign(act, ['Tildegate-Half-Close: 1'])
    let hasEnded = false
    agent.on('end', () => {
      hasEnded = true
    })
    const end = closed(agent)
    agent.resume()
    expect(await end).toBeInstanceOf(Error)
    if (what !== 'bytes behind the end') expect(hasEnded).toBe(false)
  })
})

describe('the upgrade to a WebSocket', () => {
  const answering = async (answer: string) => {
    const server = createServer({ allowHalfOpen: true }, socket => {
      socket.on('error', () => {})
      socket.once('data', () => socket.write(answer, 'latin1'))
      onTestFinished(() => void socket.destroy())
    })
    server.listen(0, '127.0.0.1')
    await once(server, 'listening')
    onTestFinished(() => void server.close())
    return (server.address() as AddressInfo).port
  }

  it.each([
    ['HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n', 'not-a-gateway', 404],
    ['HTTP/1.1 426 Upgrade Required\r\nContent-Length: 0\r\n\r\n', 'not-a-gateway', 426],
    ['HTTP/1.1 502 Bad Gateway\r\nContent-Length: 0\r\n\r\n', 'gateway-unavailable', 502],
    ['HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: 6\r\n\r\n<html>', 'captive-portal', 200],
    ['HTTP/1.1 302 Found\r\nLocation: http://x/\r\n\r\n', 'captive-portal', 302],
    ['HTTP/1.1 101 X\r\nConnection: Upgrade\r\nUpgrade: tildegate/1\r\n\r\n', 'not-a-gateway', 101],
    [
      'HTTP/1.1 101 X\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Accept: x\r\n\r\n',
      'not-a-gateway',
      101,
    ],
    ['SSH-2.0-OpenSSH_9.6\r\n', 'not-a-gateway', 0],
  ])('answered by %j ends with %s, and the connection is closed', async (answer, code, status) => {
    const port = await answering(answer)
    const raw = await dial(port)
    await expect(upgradeToWebSocket(raw, request(port))).rejects.toMatchObject({
      code,
      details: { status, host: '127.0.0.1', port },
    })
    expect(raw.destroyed).toBe(true)
  })

  it('ends at its deadline, and with the reason of its signal', async () => {
    const port = await answering('')
    const clock = new VirtualClock()
    const late = upgradeToWebSocket(await dial(port), { ...request(port), clock, deadlineMs: 500 }).catch(
      (cause: unknown) => cause,
    )
    await clock.pass(501)
    expect(await late).toMatchObject({ code: 'handshake-timeout' })
    const controller = new AbortController()
    const left = upgradeToWebSocket(await dial(port), { ...request(port), signal: controller.signal }).catch(
      (cause: unknown) => cause,
    )
    controller.abort(new Error('enough'))
    expect(await left).toMatchObject({ message: 'enough' })
    expect(clock.waiting).toBe(0)
  })

  it('closed before any answer is a lost connection', async () => {
    const server = createServer(socket => void socket.once('data', () => socket.destroy()))
    server.listen(0, '127.0.0.1')
    await once(server, 'listening')
    onTestFinished(() => void server.close())
    const { port } = server.address() as AddressInfo
    await expect(upgradeToWebSocket(await dial(port), request(port))).rejects.toMatchObject({
      code: 'connection-lost',
    })
  })
})
