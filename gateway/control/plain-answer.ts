/** Plain HTTP errors of the gateway's own endpoints: short, without internals, and the connection closes. */
import { STATUS_CODES } from 'node:http'
import type { Duplex } from 'node:stream'
import type { Clock } from '../../shared/world.ts'
import type { OwnRequest, OwnResponse } from '../listen/front-door.ts'

export interface PlainAnswer {
  readonly status: number
  readonly text: string
  readonly headers?: Readonly<Record<string, string>>
}

/** How long the other side may take to read an answer before it is cut. */
const lingerMs = 2_000

export function answerPlainly(response: OwnResponse, request: OwnRequest, answer: PlainAnswer): void {
  const body = Buffer.from(`${answer.text}\n`)
  const headers = { ...commonHeaders(body), ...answer.headers }
  response.writeHead(answer.status, STATUS_CODES[answer.status] ?? '', Object.entries(headers).flat())
  response.end(request.method === 'HEAD' ? undefined : body)
}

/** The same on a stream that HTTP has let go of. */
export function answerOnStream(stream: Duplex, answer: PlainAnswer, clock: Clock): void {
  const body = `${answer.text}\n`
  const headers = { ...commonHeaders(Buffer.from(body)), ...answer.headers }
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

function commonHeaders(body: Buffer): Record<string, string> {
  return {
    'Content-Type': 'text/plain; charset=utf-8',
    'Content-Length': String(body.length),
    'Cache-Control': 'no-store',
    Connection: 'close',
  }
}
