/**
 * The one HTTP server behind all listeners: it never listens itself, it is handed streams. Requests below
 * `/.tildegate/` are the gateway's own, everything else is the visitors'.
 */
import {
  createServer,
  type IncomingMessage,
  type Server,
  type ServerOptions,
  type ServerResponse,
} from 'node:http'
import type { Duplex } from 'node:stream'
import type { VisitorSide } from '../http/visitor-side.ts'
import type { ConnectionOrigins, PeerFinder } from './connection-peer.ts'

/** What answers the requests below `/.tildegate/`. */
export interface OwnSide {
  request(request: IncomingMessage, response: ServerResponse): void
  upgrade(request: IncomingMessage, stream: Duplex, head: Buffer): void
  /** Whether a request with an Upgrade header is to go to `upgrade`; else it goes to `request`. */
  shouldUpgrade(request: IncomingMessage): boolean
}

export interface FrontDoorParts {
  readonly options: ServerOptions
  readonly own: OwnSide
  readonly visitors: VisitorSide
  readonly peers: PeerFinder
  readonly origins: ConnectionOrigins
}

/** protocol.md, section 1: at the root only; `/~~name/.tildegate/…` belongs to the target. The absolute form counts too. */
const ownPath = /^(?:[hH][tT]{2}[pP][sS]?:\/\/[^/?#]*)?\/\.tildegate(?:[/?]|$)/

export class FrontDoor {
  readonly #server: Server

  constructor({ options, own, visitors, peers, origins }: FrontDoorParts) {
    const isOwn = (request: IncomingMessage) => ownPath.test(request.url ?? '')
    const shouldUpgrade = (request: IncomingMessage) =>
      isOwn(request) ? own.shouldUpgrade(request) : visitors.shouldUpgrade(request)
    this.#server = createServer({ ...options, shouldUpgradeCallback: shouldUpgrade })
    this.#server.on('request', (request, response) => {
      if (isOwn(request)) own.request(request, response)
      else visitors.request(request, response, peers.of(request))
    })
    this.#server.on('checkContinue', (request, response) => {
      if (isOwn(request)) own.request(request, response)
      else visitors.checkContinue(request, response, peers.of(request))
    })
    this.#server.on('upgrade', (request, stream, head) => {
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
    this.#server.emit('connection', stream)
    // Who read a PROXY header from it paused it.
    stream.resume()
  }

  /** Closes connections that wait between two requests. */
  closeIdle(): void {
    this.#server.closeIdleConnections()
  }

  /** Idempotent. */
  destroy(): void {
    this.#server.closeAllConnections()
    // It does not listen, so there is nothing to wait for; this disarms the deadlines.
    this.#server.close(() => {})
  }
}
