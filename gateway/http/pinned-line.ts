/**
 * A back-connection that the target has authenticated (NTLM, Negotiate): it serves one visitor's connection
 * and is never given back to the pool, or the next visitor would be logged in as this one.
 */
import type { Duplex } from 'node:stream'
import type { UpstreamConnection } from '../upstream.ts'

export class PinnedLine implements UpstreamConnection {
  /** Of the visitor. Another one on the same connection means that a proxy mixes visitors there. */
  readonly address: string
  /** A dead one is not replaced: a fresh one would not be logged in. */
  readonly isReused = false
  readonly #line: UpstreamConnection
  readonly #onEnd: () => void
  #isEnded = false

  constructor(line: UpstreamConnection, address: string, onEnd: () => void) {
    this.#line = line
    this.address = address
    this.#onEnd = onEnd
  }

  get socket(): Duplex {
    return this.#line.socket
  }

  /** Before a request is sent on it. */
  take(): void {
    this.socket.off('data', this.#endAtRest)
    this.socket.off('end', this.#endAtRest)
    this.socket.off('close', this.#endAtRest)
  }

  /** The exchange is over; it rests until the visitor's next request. Bytes that come meanwhile end it. */
  release(): void {
    if (this.#isEnded) return
    this.socket.on('data', this.#endAtRest)
    this.socket.on('end', this.#endAtRest)
    this.socket.on('close', this.#endAtRest)
    this.socket.resume()
    if (this.socket.destroyed || this.socket.readableEnded) this.destroy()
  }

  destroy(cause?: Error): void {
    if (this.#isEnded) return
    this.#isEnded = true
    this.take()
    this.#line.destroy(cause)
    this.#onEnd()
  }

  endedInOrder(): Promise<boolean> {
    return this.#line.endedInOrder()
  }

  readonly #endAtRest = (): void => this.destroy()
}
