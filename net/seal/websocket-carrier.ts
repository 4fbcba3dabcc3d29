/**
 * A byte stream in the binary messages of a WebSocket (docs/protocol.md, 1), for agent and gateway alike, with what a TCP connection
 * has: backpressure, an end of each direction, and an end in order told from a line that broke off. Owns the WebSocket.
 */
import { Duplex } from 'node:stream'
import type { WebSocket } from 'ws'
import { keepQuiet } from '../quiet.ts'

export const webSocketProtocol = 'tildegate.1'
/** In the upgrade's request and answer: both sides end a direction by an empty message. */
export const halfCloseHeader = 'Tildegate-Half-Close'

const maxMessageBytes = 64 * 1024
/** For the other side's Close frame. */
const closeMs = 5_000
/** Normal Closure, and a Close frame without a code (RFC 6455, 7.4.1 and 7.1.5). */
const inOrder: readonly number[] = [1000, 1005]
const empty = new Uint8Array(0)

/** For both sides' constructors of `ws`. Compressing what is encrypted gains nothing. */
export const webSocketLimits = {
  perMessageDeflate: false,
  maxPayload: maxMessageBytes,
  maxFragments: 1024,
  closeTimeout: closeMs,
} as const

export class WebSocketCarrier extends Duplex {
  readonly #socket: WebSocket
  readonly #keepsHalfCloses: boolean
  #hasEnded = false

  /** An open WebSocket of which nothing has been read. `keepsHalfCloses`: both sides have said that they do. */
  constructor(socket: WebSocket, { keepsHalfCloses }: { keepsHalfCloses: boolean }) {
    super({ allowHalfOpen: true })
    this.#socket = socket
    this.#keepsHalfCloses = keepsHalfCloses
    keepQuiet(this)
    socket.on('message', (data, isBinary) => this.#received(data as Buffer, isBinary))
    socket.on('close', code => this.#closed(code))
    socket.on('error', cause => this.destroy(cause))
  }

  override _read(): void {
    if (this.#socket.isPaused) this.#socket.resume()
  }

  override _write(chunk: Buffer, _: BufferEncoding, done: (error?: Error | null) => void): void {
    const { byteLength } = chunk
    // An empty message would be the end.
    if (byteLength === 0) done()
    for (let at = 0; at < byteLength; at += maxMessageBytes) {
      const isLast = at + maxMessageBytes >= byteLength
      // The callback comes when the line has taken it: that is the backpressure.
      this.#socket.send(chunk.subarray(at, at + maxMessageBytes), { binary: true }, error => {
        if (isLast) done(error)
      })
    }
  }

  override _final(done: (error?: Error | null) => void): void {
    if (this.#socket.readyState !== this.#socket.OPEN) done()
    else if (this.#keepsHalfCloses) this.#socket.send(empty, { binary: true }, done)
    else {
      this.#socket.close(1000)
      done()
    }
  }

  override _destroy(cause: Error | null, done: (error?: Error | null) => void): void {
    // Without a Close frame the other side knows that it is not the end.
    if (cause === null && this.#hasEnded && this.writableFinished) this.#socket.close(1000)
    else this.#socket.terminate()
    done(cause)
  }

  #received(data: Buffer, isBinary: boolean): void {
    if (this.destroyed) return
    if (!isBinary) this.#violated('text in a byte stream')
    else if (this.#hasEnded) this.#violated('bytes behind the end')
    else if (data.length > 0) {
      if (!this.push(data)) this.#socket.pause()
    } else if (this.#keepsHalfCloses) this.#end()
  }

  #closed(code: number): void {
    if (this.destroyed) return
    if (!inOrder.includes(code)) {
      const cause = new Error(`the WebSocket closed with ${code}`)
      this.destroy(Object.assign(cause, { code: 'ECONNRESET' }))
    } else if (!this.#hasEnded) this.#end()
  }

  #end(): void {
    this.#hasEnded = true
    this.push(null)
  }

  #violated(reason: string): void {
    this.destroy(new Error(reason))
  }
}
