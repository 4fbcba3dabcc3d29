/**
 * The one HTTP server behind all listeners: it never listens itself, it is handed streams. Requests below
 * `/.tildegate/` are the gateway's own, everything else is the visitors'.
 */
import { createServer, type IncomingMessage, type Server, type ServerOptions, type ServerResponse } from 'node:http'
import type { Duplex } from 'node:stream'

/** What answers requests; both sides, the gateway's own and the visitors', are one. */
export interface RequestSide {
  request(request: IncomingMessage, response: ServerResponse): void
  upgrade(request: IncomingMessage, stream: Duplex, head: Buffer): void
  checkContinue(request: IncomingMessage, response: ServerResponse): void
  /** Whether a request with an Upgrade header is to go to `upgrade`; else it goes to `request`. */
  shouldUpgrade(request: IncomingMessage): boolean
}

/** Section 1: at the root only; `/~~name/.tildegate/…` belongs to the target. The absolute form counts too. */
const ownPath = /^(?:[hH][tT]{2}[pP][sS]?:\/\/[^/?#]*)?\/\.tildegate(?:[/?]|$)/

export class FrontDoor {
  readonly #server: Server

  constructor(options: ServerOptions, sides: { own: RequestSide; visitors: RequestSide }) {
    const sideOf = (request: IncomingMessage) => (ownPath.test(request.url ?? '') ? sides.own : sides.visitors)
    this.#server = createServer({
      ...options,
      shouldUpgradeCallback: request => sideOf(request).shouldUpgrade(request),
    })
    this.#server.on('request', (request, response) => sideOf(request).request(request, response))
    this.#server.on('upgrade', (request, stream, head) => sideOf(request).upgrade(request, stream, head))
    this.#server.on('checkContinue', (request, response) => sideOf(request).checkContinue(request, response))
    // Node arms the deadlines of heads and requests when a server begins to listen; this one never does.
    this.#server.emit('listening')
  }

  get server(): Server {
    return this.#server
  }

  /** The stream belongs to the server from then on. */
  take(stream: Duplex): void {
    this.#server.emit('connection', stream)
  }

  /** Closes connections that wait between two requests. */
  closeIdle(): void {
    this.#server.closeIdleConnections()
  }

  /** Idempotent. */
  destroy(): void {
    this.#server.closeAllConnections()
    this.#server.close(() => {})
  }
}
