/** The answer to an HTTP/2 visitor, written as if it were one of HTTP/1.1. */
import { constants, type OutgoingHttpHeaders, type ServerHttp2Stream } from 'node:http2'
import { fieldsOf, type RawHeaders } from '../http/header-list.ts'
import type { VisitorResponse } from '../http/visitor-exchange.ts'

/** Of connections and of framing, which HTTP/2 has its own ways for (RFC 9113 §8.2.2). */
const leftOut: ReadonlySet<string> = new Set([
  'connection',
  'keep-alive',
  'proxy-connection',
  'transfer-encoding',
  'upgrade',
])

export class Http2Response implements VisitorResponse {
  /** Its chunks wait for windows; who wrote them may not take their memory. */
  readonly socket = null
  readonly #stream: ServerHttp2Stream
  #trailers: OutgoingHttpHeaders = {}
  #isEnded = false
  #endsRequest = false

  constructor(stream: ServerHttp2Stream) {
    this.#stream = stream
    stream.on('error', () => {})
    stream.once('wantTrailers', () => {
      if (this.#isOver) return
      stream.sendTrailers(this.#trailers)
      // Node sends them in a turn of their own, which comes before this one.
      if (this.#endsRequest) setImmediate(() => this.#endRequest())
    })
  }

  get headersSent(): boolean {
    return this.#stream.headersSent
  }

  get writableEnded(): boolean {
    return this.#isEnded
  }

  get destroyed(): boolean {
    return this.#isOver
  }

  writeContinue(): void {
    this.writeInformation(100, [])
  }

  writeInformation(status: number, headers: RawHeaders): void {
    if (!this.#isOver) this.#stream.additionalHeaders({ ':status': status, ...outgoing(headers) })
  }

  /** HTTP/2 has no reason phrase. @throws where Node finds that an HTTP/2 answer cannot say this */
  writeHead(status: number, _reason: string, headers: RawHeaders): void {
    if (this.#isOver) return
    // Also where there are none: else Node ends the body in order before it resets the stream, and a body that was
    // cut would look whole.
    this.#stream.respond({ ':status': status, ...outgoing(headers) }, { waitForTrailers: true })
  }

  removeHeader(): void {
    // Nothing is set by itself but the date.
  }

  flushHeaders(): void {
    // They never wait.
  }

  write(bytes: Buffer, written?: (cause: Error | null | undefined) => void): boolean {
    // A body where there can be none: an answer to HEAD, 204, 205, 304.
    if (this.#stream.writableEnded || this.#isOver) return true
    return this.#stream.write(bytes, written)
  }

  addTrailers(trailers: readonly [name: string, value: string][]): void {
    this.#trailers = outgoing(trailers.flat())
  }

  end(bytes?: Buffer): void {
    this.#isEnded = true
    if (this.#stream.writableEnded) {
      // The head was all of it.
      if (this.#endsRequest) this.#endRequest()
    } else if (bytes === undefined) this.#stream.end()
    else this.#stream.end(bytes)
  }

  /** When the answer has ended, the visitor is told to send no more. */
  endRequestAfterwards(): void {
    this.#endsRequest = true
  }

  on(event: 'drain', listener: () => void): void {
    this.#stream.on(event, listener)
  }

  off(event: 'drain', listener: () => void): void {
    this.#stream.off(event, listener)
  }

  /** RFC 9113 §8.1: the answer is whole, and the rest of the request is not wanted. */
  #endRequest(): void {
    if (!this.#isOver && !this.#stream.readableEnded) this.#stream.close(constants.NGHTTP2_NO_ERROR)
  }

  get #isOver(): boolean {
    return this.#stream.destroyed || this.#stream.closed
  }
}

/** Repetitions stay repetitions: browsers read two challenges of one `WWW-Authenticate` as one. */
function outgoing(headers: RawHeaders): OutgoingHttpHeaders {
  const fields: Record<string, string | string[]> = {}
  for (const [name, value] of fieldsOf(headers)) {
    const lower = name.toLowerCase()
    if (leftOut.has(lower)) continue
    const before = Object.hasOwn(fields, lower) ? fields[lower] : undefined
    fields[lower] = before === undefined ? value : [before, value].flat()
  }
  return fields
}
