/**
 * One connection of a visitor: its requests are served one after another (RFC 9112 §9.3.2 lets pipelined ones
 * wait), and back-connections whose login belongs to it are kept here, end with it, and it with them.
 */
import type { Duplex } from 'node:stream'
import type { UpstreamConnection } from '../upstream.ts'
import { PinnedLine } from './pinned-line.ts'

const connections = new WeakMap<Duplex, VisitorConnection>()

export class VisitorConnection {
  readonly #socket: Duplex
  readonly #waiting: (() => Promise<void>)[] = []
  readonly #pins = new Map<string, PinnedLine>()
  #isServing = false
  #isClosing = false

  private constructor(socket: Duplex) {
    this.#socket = socket
    socket.once('close', () => this.#end())
  }

  /** The one of this socket. */
  static of(socket: Duplex): VisitorConnection {
    const known = connections.get(socket)
    if (known !== undefined) return known
    const made = new VisitorConnection(socket)
    connections.set(socket, made)
    return made
  }

  get isBusy(): boolean {
    return this.#isServing
  }

  /** No further request is served on it. */
  get isClosing(): boolean {
    return this.#isClosing
  }

  /** Serves a request when its turn comes. False: too many wait already, or the connection closes. */
  serve(visit: () => Promise<void>, waitingMax: number): boolean {
    if (this.#isClosing || this.#waiting.length >= waitingMax) return false
    this.#waiting.push(visit)
    if (!this.#isServing) void this.#serveWaiting()
    return true
  }

  /** Takes no further request, and closes once the one in work is answered. Idempotent. */
  closeAfterAnswer(): void {
    this.#isClosing = true
    this.#waiting.length = 0
    if (!this.#isServing) this.#socket.destroy()
  }

  /** As `closeAfterAnswer`, for an answer that itself says `Connection: close` and ends the connection. */
  takeNoMore(): void {
    this.#isClosing = true
    this.#waiting.length = 0
  }

  /** The back-connection that belongs to this visitor for this tunnel. */
  pinned(tunnel: string): PinnedLine | undefined {
    return this.#pins.get(tunnel)
  }

  /** From now on `line` serves this visitor's connection alone; both end together. */
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
    this.#isServing = true
    for (;;) {
      const visit = this.#waiting.shift()
      if (visit === undefined) break
      await visit()
    }
    this.#isServing = false
    if (this.#isClosing && !this.#socket.writableEnded) this.#socket.end()
  }

  #end(): void {
    this.#isClosing = true
    this.#waiting.length = 0
    for (const pin of [...this.#pins.values()]) pin.destroy()
  }
}
