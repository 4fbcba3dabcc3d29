/** Plain HTTP errors of the gateway's own endpoints: short, without internals, and the connection closes. */
import { type IncomingMessage, type ServerResponse, STATUS_CODES } from 'node:http'
import type { Duplex } from 'node:stream'
import type { Clock } from '../../shared/world.ts'

export interface PlainAnswer {
  readonly status: number
  readonly text: string
  readonly headers?: Readonly<Record<string, string>>
}

/** How long the other side may take to read an answer before it is cut. */
const lingerMs = 2_000

export function answerPlainly(response: ServerResponse, request: IncomingMessage, answer: PlainAnswer): void {
  const body = `${answer.text}\n`
  response.writeHead(answer.status, {
    'Content-Type': 'text/plain; charset=utf-8',
    'Content-Length': Buffer.byteLength(body),
    'Cache-Control': 'no-store',
    Connection: 'close',
    ...answer.headers,
  })
  response.end(request.method === 'HEAD' ? '' : body)
}

/** The same on a stream that HTTP has let go of. */
export function answerOnStream(stream: Duplex, answer: PlainAnswer, clock: Clock): void {
  const body = `${answer.text}\n`
  const headers = {
    'Content-Type': 'text/plain; charset=utf-8',
    'Content-Length': Buffer.byteLength(body),
    'Cache-Control': 'no-store',
    Connection: 'close',
    ...answer.headers,
  }
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`)
  stream.on('error', () => {})
  const timer = clock.after(lingerMs, () => stream.destroy())
  stream.once('close', () => timer.cancel())
  stream.resume()
  stream.end(
    `HTTP/1.1 ${answer.status} ${STATUS_CODES[answer.status] ?? ''}\r\n${lines.join('')}\r\n${body}`,
    () => stream.destroy(),
  )
}
