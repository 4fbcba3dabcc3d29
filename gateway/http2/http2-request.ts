/**
 * A request of an HTTP/2 visitor, as the visitors' side reads it. It ends only when it is whole: all DATA, as many
 * bytes as were announced, and an END_STREAM. In any other case it breaks off.
 */
import type { IncomingHttpHeaders, ServerHttp2Stream } from 'node:http2'
import { Readable } from 'node:stream'
import { fieldsOf, type RawHeaders } from '../http/header-list.ts'
import type { VisitorRequest } from '../http/visitor-exchange.ts'
import { areTrailers, type Http1View, http1View } from './http1-view.ts'

export class Http2Request extends Readable implements VisitorRequest {
  readonly stream: ServerHttp2Stream
  readonly method: string
  readonly url: string
  /** Of the view, which is what the target gets. */
  readonly httpVersion = '1.1'
  readonly headers: IncomingHttpHeaders
  readonly rawHeaders: string[]
  readonly malformed: string | undefined
  rawTrailers: string[] = []
  complete: boolean
  readonly #announcedBytes: number | undefined
  #receivedBytes = 0
  #isReading = false

  /** @param fields as they came, pseudo-headers included */
  constructor(stream: ServerHttp2Stream, fields: RawHeaders) {
    super({ highWaterMark: 16 * 1024 })
    this.stream = stream
    const view: Http1View = http1View(fields, !stream.endAfterHeaders)
    this.method = view.method
    this.url = view.url
    this.rawHeaders = view.rawHeaders
    this.malformed = view.malformed
    this.headers = byName(view.rawHeaders)
    this.complete = stream.endAfterHeaders
    const length = this.headers['content-length']
    this.#announcedBytes = length === undefined ? undefined : Number(length)
    this.on('error', () => {})
    stream.on('trailers', (_: unknown, __: unknown, raw: string[]) => {
      this.rawTrailers = raw
    })
    stream.once('close', () => this.#breakOff())
    stream.once('aborted', () => this.#breakOff())
    // It would wait for a reader to see its own end.
    if (this.complete) stream.resume()
  }

  override _read(): void {
    if (this.complete) {
      this.push(null)
      return
    }
    if (!this.#isReading) {
      this.#isReading = true
      this.stream.on('data', this.#take)
      this.stream.once('end', this.#finish)
    }
    this.stream.resume()
  }

  readonly #take = (bytes: Buffer): void => {
    this.#receivedBytes += bytes.length
    if (this.#announcedBytes !== undefined && this.#receivedBytes > this.#announcedBytes) this.#breakOff()
    else if (!this.push(bytes)) this.stream.pause()
  }

  readonly #finish = (): void => {
    // A reset ends the stream too.
    const isEnded = !this.stream.aborted && this.stream.rstCode === 0 && !this.destroyed
    const isWhole = this.#announcedBytes === undefined || this.#receivedBytes === this.#announcedBytes
    if (!isEnded || !isWhole || !areTrailers(this.rawTrailers)) {
      this.#breakOff()
      return
    }
    this.complete = true
    this.push(null)
  }

  #breakOff(): void {
    if (!this.complete) this.destroy(new Error('The request broke off.'))
  }
}

/** As Node has them: by name in lower case, repetitions joined. */
function byName(rawHeaders: RawHeaders): IncomingHttpHeaders {
  const headers: IncomingHttpHeaders = Object.create(null) as IncomingHttpHeaders
  for (const [name, value] of fieldsOf(rawHeaders)) {
    const lower = name.toLowerCase()
    const before = headers[lower] as string | undefined
    headers[lower] = before === undefined ? value : `${before}, ${value}`
  }
  return headers
}
