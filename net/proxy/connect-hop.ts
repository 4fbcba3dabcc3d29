/**
 * One CONNECT through one proxy (RFC 9110, 9.3.6), login included, over a stream that leads to it. Lenient with what real
 * proxies and middleboxes send, strict in what it takes for an open way.
 */
import type { Duplex } from 'node:stream'
import { TildegateError } from '../../shared/errors.ts'
import type { Clock } from '../../shared/world.ts'
import type { ProxyAuthenticator } from '../auth/index.ts'
import { BadResponseHead, headerValues, type ResponseHead, ResponseHeadDecoder } from '../response-head.ts'
import { drainBody } from './drain-body.ts'
import { hopRefusal } from './hop-refusal.ts'
import { StreamEnded, StreamReader } from './stream-reader.ts'

const maxHeadBytes = 32 * 1024
const maxInterim = 8
/** Type 1, Type 3, and a change to Negotiate before them. */
const maxRequests = 4

export interface Endpoint {
  /** Without brackets. */
  readonly host: string
  readonly port: number
}

export interface ConnectRequest {
  /** `host:port` of the proxy, for errors. */
  readonly hop: string
  readonly destination: Endpoint
  readonly authenticator: ProxyAuthenticator
  readonly clock: Clock
  readonly signal: AbortSignal
  readonly hopMs: number
}

/**
 * 'open': the stream leads to the destination; bytes that came early are put back into it. 'redial': the login wants a new
 * connection. On failure the stream is destroyed, so that no half login holds the proxy up.
 * @throws TildegateError of the proxy codes; the signal's reason
 */
export async function connectThrough(stream: Duplex, request: ConnectRequest): Promise<'open' | 'redial'> {
  const { hop, clock, signal, hopMs } = request
  const reader = new StreamReader(stream)
  const deadline = clock.after(hopMs, () =>
    reader.fail(new TildegateError('proxy-hop-timeout', { hop, seconds: Math.round(hopMs / 1000) })),
  )
  const onAbort = () => reader.fail(signal.reason as Error)
  signal.addEventListener('abort', onAbort, { once: true })
  try {
    signal.throwIfAborted()
    return await converse(stream, reader, request)
  } catch (cause) {
    stream.on('error', () => {})
    stream.destroy()
    if (cause instanceof StreamEnded) throw new TildegateError('proxy-closed', { hop }, { cause })
    if (cause instanceof BadResponseHead) {
      throw new TildegateError('proxy-not-http', { hop, reason: cause.message }, { cause })
    }
    throw cause
  } finally {
    deadline.cancel()
    signal.removeEventListener('abort', onAbort)
    reader.release()
  }
}

async function converse(
  stream: Duplex,
  reader: StreamReader,
  request: ConnectRequest,
): Promise<'open' | 'redial'> {
  const { hop, destination, authenticator } = request
  let authorization = authenticator.first()
  for (let requests = 0; requests < maxRequests; requests++) {
    stream.write(requestHead(destination, authorization))
    const head = await finalHead(reader)
    if (head.status >= 200 && head.status < 300) return 'open'
    if (head.status !== 407) throw hopRefusal(head, hop, destination)
    const step = authenticator.next(headerValues(head, 'proxy-authenticate'))
    if (step.kind === 'fail') throw step.error
    const isKept = (await drainBody(reader, head)) && keepsConnection(head)
    if (step.kind === 'redial' || !isKept) return 'redial'
    authorization = step.value
  }
  throw new TildegateError('proxy-auth-refused', { hop })
}

/** Skips 1xx; what came behind the head is put back. */
async function finalHead(reader: StreamReader): Promise<ResponseHead> {
  const decoder = new ResponseHeadDecoder(maxHeadBytes)
  for (let interim = 0; interim <= maxInterim; ) {
    const decoded = decoder.push(await reader.next())
    if (decoded === undefined) continue
    reader.unread(decoded.rest)
    if (decoded.head.status >= 200) return decoded.head
    interim++
  }
  throw new BadResponseHead('too many interim answers')
}

function requestHead({ host, port }: Endpoint, authorization: string | undefined): string {
  const authority = `${host.includes(':') ? `[${host}]` : host}:${port}`
  const lines = [
    `CONNECT ${authority} HTTP/1.1`,
    `Host: ${authority}`,
    'User-Agent: Tildegate',
    'Proxy-Connection: keep-alive',
  ]
  if (authorization !== undefined) lines.push(`Proxy-Authorization: ${authorization}`)
  return `${lines.join('\r\n')}\r\n\r\n`
}

function keepsConnection(head: ResponseHead): boolean {
  const words = [...headerValues(head, 'connection'), ...headerValues(head, 'proxy-connection')]
  return !words.some(value => value.toLowerCase().includes('close'))
}
