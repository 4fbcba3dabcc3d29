/**
 * HTTP behind all listeners, which hand their streams over: one server for HTTP/1.1, and HTTP/2 where TLS agreed on it.
 * Requests below `/.tildegate/` are the gateway's own, everything else is the visitors'.
 */
import {
  createServer,
  type IncomingMessage,
  type Server,
  type ServerOptions,
  type ServerResponse,
} from 'node:http'
import type { Duplex } from 'node:stream'
import { TLSSocket } from 'node:tls'
import type { Clock } from '../../shared/world.ts'
import type { VisitorLimits } from '../http/limits.ts'
import type { VisitorResponse } from '../http/visitor-exchange.ts'
import type { VisitorSide } from '../http/visitor-side.ts'
import { Http2Connection } from '../http2/http2-connection.ts'
import { Http2Request } from '../http2/http2-request.ts'
import { Http2Response } from '../http2/http2-response.ts'
import type { ConnectionOrigins, PeerFinder } from './connection-peer.ts'

/** As much of a request as an answer in plain HTTP needs, by whatever version it came. */
export type OwnRequest = Pick<IncomingMessage, 'method' | 'url' | 'headers'>
export type OwnResponse = Pick<VisitorResponse, 'writeHead' | 'end'>

/** What answers the requests below `/.tildegate/`. */
export interface OwnSide {
  request(request: OwnRequest, response: OwnResponse): void
  upgrade(request: IncomingMessage, stream: Duplex, head: Buffer): void
  /** Whether a request with an Upgrade header is to go to `upgrade`; else it goes to `request`. */
  shouldUpgrade(request: IncomingMessage): boolean
}

export interface FrontDoorParts {
  readonly options: ServerOptions
  readonly limits: VisitorLimits
  readonly clock: Clock
  readonly own: OwnSide
  /** Of a plain listener: true where it is answered, before everything else (a certificate authority's look). */
  readonly answersFirst?: (request: IncomingMessage, response: ServerResponse) => boolean
  readonly visitors: VisitorSide
  readonly peers: PeerFinder
  readonly origins: ConnectionOrigins
}

/**
 * protocol.md, section 1: at the root only; `/~~name/.tildegate/…` belongs to the target. The absolute form counts too. What visitors
 * log in by is theirs: in host mode it stands at the root.
 */
const ownPath = /^(?:[hH][tT]{2}[pP][sS]?:\/\/[^/?#]*)?\/\.tildegate(?!\/log(?:in|out)(?:\?|$))(?:[/?]|$)/

function isOwn(request: { readonly url?: string | undefined }): boolean {
  return ownPath.test(request.url ?? '')
}

export class FrontDoor {
  readonly #server: Server
  readonly #parts: FrontDoorParts
  /** Connections of HTTP/1.1; those that were upgraded are no longer its business. */
  readonly #http1 = new Set<Duplex>()
  readonly #http2 = new Set<Http2Connection>()
  readonly #emptied: (() => void)[] = []
  #isDraining = false

  constructor(parts: FrontDoorParts) {
    const { options, own, visitors, peers, origins } = parts
    this.#parts = parts
    const shouldUpgrade = (request: IncomingMessage) =>
      isOwn(request) ? own.shouldUpgrade(request) : visitors.shouldUpgrade(request)
    this.#server = createServer({ ...options, shouldUpgradeCallback: shouldUpgrade })
    this.#server.on('request', (request, response) => {
      if (!origins.of(request.socket).isTls && parts.answersFirst?.(request, response)) return
      if (isOwn(request)) own.request(request, response)
      else visitors.request(request, response, peers.of(request))
    })
    this.#server.on('checkContinue', (request, response) => {
      if (isOwn(request)) own.request(request, response)
      else visitors.checkContinue(request, response, peers.of(request))
    })
    this.#server.on('upgrade', (request, stream, head) => {
      this.#left(this.#http1, stream)
      if (isOwn(request)) own.upgrade(request, stream, head)
      else visitors.upgrade(request, stream, head, peers.of(request))
    })
    this.#server.on('connect', (request, stream, head) => {
      visitors.connect(request, stream, head, peers.of(request))
    })
    this.#server.on('clientError', (cause, stream) => {
      visitors.clientError(cause, stream, origins.of(stream).address)
    })
    // Node arms the deadlines of heads when a server begins to listen; this one never does.
    this.#server.emit('listening')
  }

  /** The stream belongs to the server from then on. */
  take(stream: Duplex): void {
    if (stream instanceof TLSSocket && stream.alpnProtocol === 'h2') {
      this.#takeHttp2(stream)
      return
    }
    this.#http1.add(stream)
    stream.once('close', () => this.#left(this.#http1, stream))
    this.#server.emit('connection', stream)
    // Who read a PROXY header from it paused it.
    stream.resume()
  }

  /**
   * From now on the next answer on a connection is its last. One that rests stays: a request may be on its way, and HTTP/1.1 has no word
   * for that but the one in an answer. Resolves when no connection is left that could bring one. Idempotent.
   */
  drain(): Promise<void> {
    this.#isDraining = true
    for (const connection of this.#http2) connection.drain()
    return new Promise(resolve => {
      this.#emptied.push(resolve)
      this.#reportEmpty()
    })
  }

  /** Closes connections that wait between two requests; those of HTTP/2 take no more and close with the last answer. */
  closeIdle(): void {
    for (const connection of this.#http2) connection.close()
    this.#server.closeIdleConnections()
  }

  /** Idempotent. */
  destroy(): void {
    for (const connection of this.#http2) connection.destroy()
    this.#server.closeAllConnections()
    // It does not listen, so there is nothing to wait for; this disarms the deadlines.
    this.#server.close(() => {})
  }

  #takeHttp2(socket: TLSSocket): void {
    const { limits, clock, own, visitors, peers, origins } = this.#parts
    const connection = new Http2Connection(socket, {
      limits,
      clock,
      violated: reason => visitors.violated(reason, origins.of(socket).address),
      serve(stream, fields) {
        const request = new Http2Request(stream, fields)
        const response = new Http2Response(stream)
        if (isOwn(request)) own.request(request, response)
        else visitors.stream(request, response, peers.of({ socket, headers: request.headers }))
      },
    })
    this.#http2.add(connection)
    if (this.#isDraining) connection.drain()
    void connection.closed.then(() => this.#left(this.#http2, connection))
  }

  #left<T>(those: Set<T>, connection: T): void {
    those.delete(connection)
    this.#reportEmpty()
  }

  #reportEmpty(): void {
    if (this.#http1.size + this.#http2.size > 0) return
    for (const report of this.#emptied.splice(0)) report()
  }
}
