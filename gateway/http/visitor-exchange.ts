/**
 * What a visit needs of its request and of its answer, whatever version of HTTP they travel by: what Node has for
 * HTTP/1.1 (`IncomingMessage`, `ServerResponse`), as far as it is used here.
 */
import type { IncomingHttpHeaders } from 'node:http'
import type { Duplex, Readable } from 'node:stream'

export interface VisitorRequest extends Readable {
  readonly method?: string | undefined
  readonly url?: string | undefined
  readonly httpVersion: string
  readonly headers: IncomingHttpHeaders
  readonly rawHeaders: string[]
  readonly rawTrailers: string[]
  /** All of it has come, its body included. */
  readonly complete: boolean
  /** What its bytes came on, where that is a connection of its own. */
  readonly socket?: Duplex
}

export interface VisitorResponse {
  readonly headersSent: boolean
  readonly writableEnded: boolean
  readonly destroyed: boolean
  /** What its bytes go to, where that is a connection of its own. */
  readonly socket: Duplex | null
  writeContinue(): void
  writeInformation(status: number, headers: readonly string[]): void
  writeHead(status: number, reason: string, headers: string[]): unknown
  /** Of the fields that would be set by themselves. */
  removeHeader(name: string): void
  /** Sends the head now, without waiting for a body. */
  flushHeaders(): void
  /** False: to be gone on with at `drain`. */
  write(bytes: Buffer, written?: (cause: Error | null | undefined) => void): boolean
  addTrailers(trailers: [name: string, value: string][]): void
  end(bytes?: Buffer): unknown
  on(event: 'drain', listener: () => void): unknown
  off(event: 'drain', listener: () => void): unknown
}
