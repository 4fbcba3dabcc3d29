/**
 * A gateway of only the visitors' side behind a TLS listener that offers HTTP/2: the front door, and upstreams that
 * dial raw targets. The tunnel is `t`.
 */
import { once } from 'node:events'
import { type ClientHttp2Session, type ClientSessionOptions, connect } from 'node:http2'
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net'
import { onTestFinished } from 'vitest'
import type { VisitorCounters } from '../../gateway/http/counters.ts'
import { type VisitorLimits, visitorLimits } from '../../gateway/http/limits.ts'
import { visitorServerOptionsFor } from '../../gateway/http/server-options.ts'
import { createVisitorSide, type VisitorSide } from '../../gateway/http/visitor-side.ts'
import { AddressRanges } from '../../gateway/listen/address-ranges.ts'
import { ConnectionOrigins, PeerFinder } from '../../gateway/listen/connection-peer.ts'
import { FrontDoor } from '../../gateway/listen/front-door.ts'
import { TlsAcceptor } from '../../gateway/listen/tls-acceptor.ts'
import type { TargetAddress, Upstream } from '../../gateway/upstream.ts'
import { systemClock, systemRandom } from '../../net/world.ts'
import { type Clock, silentLog } from '../../shared/world.ts'
import { DiallingUpstream } from './dialling-upstream.ts'
import { Http2RawPeer } from './http2-raw-peer.ts'
import { RawTarget } from './raw-peer.ts'
import { selfSigned } from './self-signed.ts'

export interface Http2GatewayOptions {
  readonly target?: Partial<TargetAddress>
  readonly limits?: Partial<VisitorLimits>
  readonly clock?: Clock
  readonly counters?: VisitorCounters
  /** Instead of one that dials the raw target. */
  readonly upstreams?: readonly Upstream[]
}

const certificate = await selfSigned('localhost')

export class Http2Gateway {
  readonly side: VisitorSide
  readonly door: FrontDoor
  readonly target: RawTarget
  readonly upstream: DiallingUpstream
  readonly #server: Server
  readonly #sockets = new Set<Socket>()

  private constructor(
    server: Server,
    side: VisitorSide,
    door: FrontDoor,
    target: RawTarget,
    upstream: DiallingUpstream,
  ) {
    this.#server = server
    this.side = side
    this.door = door
    this.target = target
    this.upstream = upstream
    server.on('connection', socket => {
      this.#sockets.add(socket)
      socket.on('error', () => {})
      socket.once('close', () => this.#sockets.delete(socket))
    })
  }

  static async open(options: Http2GatewayOptions = {}): Promise<Http2Gateway> {
    const target = await RawTarget.open()
    const upstream = new DiallingUpstream('t', target.port, options.target)
    const upstreams = new Map((options.upstreams ?? [upstream]).map(one => [one.name, one]))
    const limits = { ...visitorLimits, ...options.limits }
    const clock = options.clock ?? systemClock
    const side = createVisitorSide({
      ...{ directory: { find: name => upstreams.get(name) }, clock, log: silentLog, limits },
      ...(options.counters === undefined ? {} : { counters: options.counters }),
    })
    const origins = new ConnectionOrigins()
    const door = new FrontDoor({
      ...{ options: visitorServerOptionsFor(limits), limits, clock, visitors: side, origins },
      own: {
        request: (_, response) => {
          response.writeHead(404, 'Not Found', [])
          response.end(Buffer.from('own'))
        },
        upgrade: (_, stream) => void stream.destroy(),
        shouldUpgrade: () => false,
      },
      peers: new PeerFinder(origins, AddressRanges.parse([])),
    })
    const acceptor = new TlsAcceptor(
      { ...certificate, ALPNProtocols: ['h2', 'http/1.1'] },
      { handshakeMs: limits.headMs, ticketKeyMs: 3_600_000 },
      { clock: systemClock, random: systemRandom },
    )
    const server = createServer({ allowHalfOpen: true, noDelay: true }, socket => {
      acceptor.secure(socket).then(
        secured => {
          origins.set(secured, { address: '192.0.2.7', port: 1, isTls: true })
          door.take(secured)
        },
        () => {},
      )
    })
    server.listen(0, '127.0.0.1')
    await once(server, 'listening')
    return new Http2Gateway(server, side, door, target, upstream)
  }

  /** As `open`; it ends with the test. */
  static async forTest(options: Http2GatewayOptions = {}): Promise<Http2Gateway> {
    const gateway = await Http2Gateway.open(options)
    onTestFinished(() => gateway.close())
    return gateway
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port
  }

  /** Connections of visitors that are open. */
  get openConnections(): number {
    return this.#sockets.size
  }

  /** Node's own client. */
  async visitor(options: ClientSessionOptions = {}): Promise<ClientHttp2Session> {
    const session = connect(`https://localhost:${this.port}`, {
      ...options,
      ca: certificate.cert,
      host: '127.0.0.1',
    } as ClientSessionOptions)
    session.on('error', () => {})
    await once(session, 'remoteSettings')
    return session
  }

  /** One that sends whatever frames a test writes. */
  rawVisitor(): Promise<Http2RawPeer> {
    return Http2RawPeer.connect(this.port)
  }

  async close(): Promise<void> {
    this.side.destroy()
    this.door.destroy()
    this.upstream.destroy()
    await this.target.close()
    for (const socket of this.#sockets) socket.destroy()
    await new Promise(resolve => this.#server.close(resolve))
  }
}
