import { once } from 'node:events'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { connect, createServer, type Socket } from 'node:net'
import type { Duplex } from 'node:stream'
import { connect as connectTls } from 'node:tls'
import { afterEach, describe, expect, test } from 'vitest'
import { LimitReports } from '../../../gateway/control/limit-reports.ts'
import type { VisitorSide } from '../../../gateway/http/visitor-side.ts'
import { type GatewayLimits, gatewayLimits } from '../../../gateway/limits.ts'
import { AddressConnections } from '../../../gateway/listen/address-connections.ts'
import { AddressRanges } from '../../../gateway/listen/address-ranges.ts'
import { ConnectionOrigins, PeerFinder } from '../../../gateway/listen/connection-peer.ts'
import { FrontDoor } from '../../../gateway/listen/front-door.ts'
import { Listener } from '../../../gateway/listen/listener.ts'
import { makeSelfSigned } from '../../../gateway/listen/self-signed.ts'
import { ServedCertificate } from '../../../gateway/listen/served-certificate.ts'
import { systemClock, systemRandom } from '../../../net/world.ts'
import { silentLog } from '../../../shared/world.ts'

const world = { clock: systemClock, random: systemRandom, log: silentLog }
const pair = await makeSelfSigned(['localhost'], 10, world)
const closing: (() => unknown)[] = []

afterEach(async () => {
  for (const close of closing.splice(0)) await close()
})

/** A listener whose visitors are told who they seem to be. */
async function listenerTwin(options: {
  tls?: boolean
  proxyFrom?: string[]
  trustFrom?: string[]
  limits?: Partial<GatewayLimits>
  http?: object
}) {
  const limits = gatewayLimits(options.limits)
  const counted: string[] = []
  const counter = {
    exceeded: (name: string) => void counted.push(name),
    refused: (name: string) => void counted.push(name),
  }
  const reports = new LimitReports(world, counter, 100)
  const origins = new ConnectionOrigins()
  const peers = new PeerFinder(origins, AddressRanges.parse(options.trustFrom ?? []))
  const tell = (request: IncomingMessage, response: ServerResponse) => {
    response.end(JSON.stringify({ ...peers.of(request), path: request.url }))
  }
  const visitors = {
    request: tell,
    checkContinue: tell,
    upgrade: (_: IncomingMessage, stream: Duplex) => void stream.destroy(),
    connect: (_: IncomingMessage, stream: Duplex) => void stream.destroy(),
    clientError: (cause: Error & { code?: string }, stream: Duplex) => void stream.end(`error ${cause.code}`),
    shouldUpgrade: () => false,
  } as unknown as VisitorSide
  const own = {
    request: (_: IncomingMessage, response: ServerResponse) => void response.end('own'),
    upgrade: (_: IncomingMessage, stream: Duplex) => void stream.end('own upgrade'),
    shouldUpgrade: () => true,
  }
  const door = new FrontDoor({
    ...{ limits, clock: world.clock, options: options.http ?? {} },
    ...{ own, visitors, peers, origins },
  })
  const listener = await Listener.open(
    { host: '127.0.0.1', port: 0, tls: options.tls ?? false },
    {
      tls: options.tls
        ? new ServedCertificate(pair, { ...world, limits, willShow: () => Promise.resolve() })
        : undefined,
      proxyProtocolFrom: AddressRanges.parse(options.proxyFrom ?? []),
      addresses: new AddressConnections(limits.connectionsPerAddress, [], reports),
      limits,
      reports,
      clock: world.clock,
      accept(stream, origin) {
        origins.set(stream, origin)
        door.take(stream)
      },
    },
  )
  closing.push(() => {
    door.destroy()
    reports.close()
    return listener.destroy()
  })
  return { listener, port: Number(new URL(listener.url).port), counted }
}

async function everything(stream: Duplex): Promise<string> {
  const chunks: Buffer[] = []
  stream.on('data', (chunk: Buffer) => chunks.push(chunk))
  stream.on('error', () => {})
  if (!stream.destroyed) await once(stream, 'close')
  return Buffer.concat(chunks).toString()
}

function raw(port: number, ...pieces: (string | Buffer)[]): { socket: Socket; answer: Promise<string> } {
  const socket = connect(port, '127.0.0.1')
  socket.setNoDelay(true)
  for (const piece of pieces) socket.write(piece)
  return { socket, answer: everything(socket) }
}

const get = (path = '/') => `GET ${path} HTTP/1.1\r\nHost: gw.example\r\nConnection: close\r\n\r\n`

describe('a listener', () => {
  test('tells its real port and hands requests on with the socket’s address', async () => {
    const { listener, port } = await listenerTwin({})
    expect(listener.url).toMatch(/^http:\/\/127\.0\.0\.1:\d+$/)
    expect(port).toBeGreaterThan(0)
    const answer = await raw(port, get('/x')).answer
    expect(answer).toContain('"address":"127.0.0.1","scheme":"http","host":"gw.example","path":"/x"}')
  })

  test('over TLS speaks TLS 1.2 and 1.3, HTTP/2 and HTTP/1.1 by ALPN, and says https', async () => {
    const { listener, port } = await listenerTwin({ tls: true })
    expect(listener.url).toMatch(/^https:/)
    const connected = async (version: 'TLSv1.2' | 'TLSv1.3', protocols: string[]) => {
      const client = connectTls({
        port,
        host: '127.0.0.1',
        rejectUnauthorized: false,
        minVersion: version,
        maxVersion: version,
        ALPNProtocols: protocols,
      })
      await once(client, 'secureConnect')
      return client
    }
    for (const version of ['TLSv1.2', 'TLSv1.3'] as const) {
      const modern = await connected(version, ['h2', 'http/1.1'])
      expect(modern.alpnProtocol).toBe('h2')
      modern.destroy()
      const client = await connected(version, ['http/1.1'])
      expect(client.alpnProtocol).toBe('http/1.1')
      client.write(get())
      expect(await everything(client)).toContain('"scheme":"https"')
    }
  })

  test('over TLS refuses TLS 1.1 and plain HTTP', async () => {
    const { port, counted } = await listenerTwin({ tls: true })
    const old = connectTls({
      port,
      host: '127.0.0.1',
      rejectUnauthorized: false,
      minVersion: 'TLSv1',
      maxVersion: 'TLSv1.1',
    })
    await expect(once(old, 'secureConnect')).rejects.toThrow()
    expect(await raw(port, get()).answer).not.toContain('address')
    expect(counted).toContain('tls-handshake')
  })

  test.each([
    [
      'in use',
      'listen-in-use',
      async () => {
        const other = createServer()
        await new Promise<void>(resolve => other.listen(0, '127.0.0.1', resolve))
        closing.push(() => other.close())
        return { host: '127.0.0.1', port: (other.address() as { port: number }).port }
      },
    ],
    ['not of this computer', 'listen-address', async () => ({ host: '192.0.2.1', port: 0 })],
    ['no name that resolves', 'listen-address', async () => ({ host: 'no-such-host.invalid', port: 0 })],
  ])('at an address that is %s says so in one sentence', async (_, code, where) => {
    const reports = new LimitReports(world, { exceeded() {}, refused() {} }, 1)
    const parts = {
      tls: undefined,
      proxyProtocolFrom: AddressRanges.parse([]),
      addresses: new AddressConnections(1, [], reports),
      limits: gatewayLimits(),
      reports,
      clock: world.clock,
      accept: () => {},
    }
    await expect(Listener.open({ ...(await where()), tls: false }, parts)).rejects.toMatchObject({ code })
  })

  test('a head that does not come whole in time is answered with 408', async () => {
    const http = { headersTimeout: 60, requestTimeout: 0, connectionsCheckingInterval: 20 }
    const { port } = await listenerTwin({ http })
    expect(await raw(port, 'GET / HTTP/1.1\r\nHost: x\r\n').answer).toBe('error ERR_HTTP_REQUEST_TIMEOUT')
    expect(await raw(port).answer).toBe('error ERR_HTTP_REQUEST_TIMEOUT')
  })

  test.each([
    ['/.tildegate/control', true],
    ['/.tildegate/', true],
    ['/.tildegate', true],
    ['/.tildegate?x', true],
    ['http://gw.example/.tildegate/data', true],
    ['/.tildegateway', false],
    ['/~~name/.tildegate/control', false],
    ['/x?/.tildegate/', false],
    ['//.tildegate/', false],
  ])('%s is the gateway’s own: %s', async (path, isOwn) => {
    const { port } = await listenerTwin({})
    const answer = await raw(port, get(path)).answer
    expect(answer.endsWith('own')).toBe(isOwn)
    expect(answer.includes('"address"')).toBe(!isOwn)
  })
})

describe('a PROXY header', () => {
  const v1 = 'PROXY TCP4 192.0.2.7 198.51.100.1 4711 443\r\n'

  test('of a trusted front proxy names the visitor, in one piece or byte by byte', async () => {
    const { port } = await listenerTwin({ proxyFrom: ['127.0.0.0/8'] })
    expect(await raw(port, v1 + get()).answer).toContain('"address":"192.0.2.7"')
    const socket = connect(port, '127.0.0.1')
    socket.setNoDelay(true)
    const answer = everything(socket)
    for (const byte of v1 + get()) {
      socket.write(byte)
      await new Promise(resolve => setImmediate(resolve))
    }
    expect(await answer).toContain('"address":"192.0.2.7"')
  })

  test('before TLS works as well', async () => {
    const { port } = await listenerTwin({ proxyFrom: ['127.0.0.1'], tls: true })
    const socket = connect(port, '127.0.0.1')
    socket.write(v1)
    const client = connectTls({ socket, rejectUnauthorized: false })
    client.write(get())
    expect(await everything(client)).toContain('"address":"192.0.2.7","scheme":"https"')
  })

  test('of a stranger is a malformed request', async () => {
    const { port } = await listenerTwin({ proxyFrom: ['10.0.0.0/8'] })
    expect(await raw(port, v1 + get()).answer).toMatch(/^error HPE_/)
  })

  test('that is missing or broken closes the connection, and is counted', async () => {
    const { port, counted } = await listenerTwin({ proxyFrom: ['127.0.0.1'] })
    expect(await raw(port, get()).answer).toBe('')
    expect(counted).toEqual(['proxy-header'])
  })

  test('that does not come in time closes the connection', async () => {
    const { port, counted } = await listenerTwin({ proxyFrom: ['127.0.0.1'], limits: { proxyHeaderMs: 50 } })
    expect(await raw(port, 'PROXY ').answer).toBe('')
    expect(counted).toEqual(['proxy-header'])
  })
})

test('X-Forwarded-For of a trusted front proxy names the visitor', async () => {
  const { port } = await listenerTwin({ trustFrom: ['127.0.0.1'] })
  const request = get().replace(
    '\r\n\r\n',
    '\r\nX-Forwarded-For: 203.0.113.9\r\nX-Forwarded-Proto: https\r\n\r\n',
  )
  expect(await raw(port, request).answer).toContain('"address":"203.0.113.9","scheme":"https"')
})

test('a listener that is destroyed leaves no connection open', async () => {
  const { listener, port } = await listenerTwin({})
  const { socket, answer } = raw(port)
  await once(socket, 'connect')
  await new Promise(resolve => setTimeout(resolve, 20))
  await listener.destroy()
  await answer
  expect(listener.openConnections).toBe(0)
  await listener.destroy()
})
