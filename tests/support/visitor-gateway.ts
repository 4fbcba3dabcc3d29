/** A gateway of only the visitors' side: an HTTP server on 127.0.0.1, and upstreams that dial raw targets. */
import { createServer, type IncomingMessage, type Server } from 'node:http'
import { createServer as createTlsServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import { HostMode } from '../../gateway/host-mode.ts'
import type { VisitorCounters } from '../../gateway/http/counters.ts'
import { type VisitorLimits, visitorLimits } from '../../gateway/http/limits.ts'
import { visitorServerOptionsFor } from '../../gateway/http/server-options.ts'
import { createVisitorSide, type VisitorSide } from '../../gateway/http/visitor-side.ts'
import type { TargetAddress, Upstream } from '../../gateway/upstream.ts'
import { systemClock } from '../../net/world.ts'
import { type Clock, silentLog } from '../../shared/world.ts'
import { DiallingUpstream } from './dialling-upstream.ts'
import { RawPeer, RawTarget } from './raw-peer.ts'

export interface VisitorGatewayOptions {
  readonly target?: Partial<TargetAddress>
  readonly limits?: Partial<VisitorLimits>
  readonly clock?: Clock
  readonly counters?: VisitorCounters
  readonly publicOrigin?: string
  /** The domain below which each upstream has a host. */
  readonly hostMode?: string
  readonly tls?: { readonly key: string; readonly cert: string }
  /** Instead of one that dials the raw target. */
  readonly upstreams?: readonly Upstream[]
}

export class VisitorGateway {
  readonly side: VisitorSide
  readonly server: Server
  readonly target: RawTarget
  /** The tunnel `t`. */
  readonly upstream: DiallingUpstream
  /** Of the next requests; what a listener would have found. */
  address = '192.0.2.7'

  private constructor(side: VisitorSide, server: Server, target: RawTarget, upstream: DiallingUpstream) {
    this.side = side
    this.server = server
    this.target = target
    this.upstream = upstream
  }

  static async open(options: VisitorGatewayOptions = {}): Promise<VisitorGateway> {
    const target = await RawTarget.open()
    const upstream = new DiallingUpstream('t', target.port, options.target)
    const upstreams = new Map((options.upstreams ?? [upstream]).map(one => [one.name, one]))
    const hostMode = options.hostMode === undefined ? undefined : new HostMode(options.hostMode, silentLog)
    hostMode?.renew(upstreams.keys())
    const limits = { ...visitorLimits, ...options.limits }
    const side = createVisitorSide({
      directory: { find: name => upstreams.get(name) },
      clock: options.clock ?? systemClock,
      log: silentLog,
      limits,
      ...(options.counters === undefined ? {} : { counters: options.counters }),
      ...(hostMode === undefined ? {} : { hostMode }),
      ...(options.publicOrigin === undefined ? {} : { publicOrigin: options.publicOrigin }),
    })
    const serverOptions = { ...visitorServerOptionsFor(limits), connectionsCheckingInterval: 50 }
    const server =
      options.tls === undefined
        ? createServer(serverOptions)
        : createTlsServer({ ...serverOptions, ...options.tls })
    const gateway = new VisitorGateway(side, server, target, upstream)
    const scheme = options.tls === undefined ? 'http' : 'https'
    const context = (request: IncomingMessage) =>
      ({ address: gateway.address, scheme, host: request.headers.host }) as const
    server.on('request', (request, response) => side.request(request, response, context(request)))
    server.on('checkContinue', (request, response) => side.checkContinue(request, response, context(request)))
    server.on('upgrade', (request, socket, head) => side.upgrade(request, socket, head, context(request)))
    server.on('connect', (request, socket, head) => side.connect(request, socket, head, context(request)))
    server.on('clientError', (cause, socket) => side.clientError(cause, socket, gateway.address))
    await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
    return gateway
  }

  get port(): number {
    return (this.server.address() as AddressInfo).port
  }

  visitor(allowHalfOpen = false): Promise<RawPeer> {
    return RawPeer.connect(this.port, allowHalfOpen)
  }

  async close(): Promise<void> {
    this.side.destroy()
    this.upstream.destroy()
    await this.target.close()
    this.server.closeAllConnections()
    await new Promise(resolve => this.server.close(resolve))
  }
}
