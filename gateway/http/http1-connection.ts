/**
 * A visitor's connection that speaks HTTP/1.1: its requests are served one after another (RFC 9112 §9.3.2 lets pipelined ones
 * wait), and back-connections whose login belongs to it are kept here, end with it, and it with them.
 */
import type { Duplex } from 'node:stream'
import type { UpstreamConnection } from '../upstream.ts'
import { PinnedLine } from './pinned-line.ts'
import type { VisitorConnection } from './visit.ts'

/** What a connection needs to know of the request in work. */
export interface ServedVisit {
  readonly request: { readonly complete: boolean }
  readonly response: { readonly headersSent: boolean }
  end(cause: Error): void
}

const connections = new WeakMap<Duplex, Http1Connection>()

export class Http1Connection implements VisitorConnection {
  readonly #socket: Duplex
  readonly #waiting: [visit: ServedVisit, serve: () => Promise<void>][] = []
  readonly #pins = new Map<string, PinnedLine>()
  #served: ServedVisit | undefined
  #isClosing = false
  readonly isShared = false

  private constructor(socket: Duplex) {
    this.#socket = socket
    socket.once('close', () => this.#end())
  }

  /** The one of this socket. */
  static of(socket: Duplex): Http1Connection {
    const known = connections.get(socket)
    if (known !== undefined) return known
    const made = new Http1Connection(socket)
    connections.set(socket, made)
    return made
  }

  get isBusy(): boolean {
    return this.#served !== undefined
  }

  get isClosing(): boolean {
    return this.#isClosing
  }

  take(visit: ServedVisit, serve: () => Promise<void>, waitingMax: number): boolean {
    if (this.#isClosing || this.#waiting.length >= waitingMax) return false
    this.#waiting.push([visit, serve])
    if (!this.isBusy) void this.#serveWaiting()
    return true
  }

  /**
   * What came is no HTTP. `answered`: it was the body of the request in work, which now ends with `cause`.
   * `kept`: it came behind that request, which goes on to its answer. `lost`: that has begun its answer, and
   * will never be whole. `idle`: nothing is in work.
   */
  breakOff(cause: Error): 'answered' | 'kept' | 'lost' | 'idle' {
    const visit = this.#served
    this.takeNoMore()
    if (visit === undefined) return 'idle'
    if (visit.request.complete) return 'kept'
    if (visit.response.headersSent) return 'lost'
    visit.end(cause)
    return 'answered'
  }

  /** Takes no further request, and closes once the one in work is answered. Idempotent. */
  closeAfterAnswer(): void {
    this.#isClosing = true
    this.#waiting.length = 0
    if (!this.isBusy) this.#socket.destroy()
  }

  /** As `closeAfterAnswer`, for an answer that itself says `Connection: close` and ends the connection. */
  takeNoMore(): void {
    this.#isClosing = true
    this.#waiting.length = 0
  }

  pinned(tunnel: string): PinnedLine | undefined {
    return this.#pins.get(tunnel)
  }

  pin(tunnel: string, line: UpstreamConnection, address: string): PinnedLine {
    const pin = new PinnedLine(line, address, () => {
      this.#pins.delete(tunnel)
      this.closeAfterAnswer()
    })
    this.#pins.set(tunnel, pin)
    if (this.#socket.destroyed) pin.destroy()
    return pin
  }

  async #serveWaiting(): Promise<void> {
    for (;;) {
      const [visit, serve] = this.#waiting.shift() ?? []
      this.#served = visit
      if (serve === undefined) break
      await serve()
    }
    if (this.#isClosing && !this.#socket.writableEnded) this.#socket.end()
  }

  #end(): void {
    this.#isClosing = true
    this.#waiting.length = 0
    for (const pin of [...this.#pins.values()]) pin.destroy()
  }
}
