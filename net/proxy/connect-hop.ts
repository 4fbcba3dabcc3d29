/**
 * One CONNECT through one proxy (RFC 9110, 9.3.6), login included, over a stream that leads to it. Lenient with what real
 * proxies and middleboxes send, strict in what it takes for an open way.
 */
import type { Duplex } from 'node:stream'
import { TildegateError } from '../../shared/errors.ts'
import type { Clock } from '../../shared/world.ts'
import type { ProxyAuthenticator } from '../auth/index.ts'
import {
  BadResponseHead,
  headerValues,
  isWebPage,
  type ResponseHead,
  ResponseHeadDecoder,
} from '../response-head.ts'
import { drainBody } from './drain-body.ts'
import { type Endpoint, nameOf } from './endpoint.ts'
import { hopRefusal, loginPage } from './hop-refusal.ts'
import { toldRefusal } from './login-refusal.ts'
import { StreamEnded, StreamReader } from './stream-reader.ts'

const maxHeadBytes = 32 * 1024
const maxInterim = 8
/** Type 1, a change to Negotiate, Type 3; more is no login that we know. */
const maxRequests = 4
/** For a page that a 2xx announces. An open way has nothing to say before we speak, so a true one loses but this. */
const pageMs = 500
/** A tag, perhaps behind the size of a chunk. */
const pageBegin = /^\s*(?:[0-9a-f]{1,8}[ \t]*(?:;[^\r\n]*)?\r?\n\s*)?<[!?a-z]/i
/** The beginning of such a beginning. */
const undecided = /^\s*(?:[0-9a-f]{0,8}[ \t]*(?:;[^\r\n]*)?(?:\r?\n?|\r?\n\s*))?<?$/i

export interface ConnectRequest {
  /** `host:port` of the proxy, for errors. */
  readonly hop: string
  readonly destination: Endpoint
  readonly authenticator: ProxyAuthenticator
  readonly clock: Clock
  /** Its reason ends the conversation: deadlines are the caller's. */
  readonly signal: AbortSignal
}

/**
 * 'open': the stream leads to the destination; bytes that came early are put back into it. 'redial': the login wants a new
 * connection. On failure the stream is destroyed, so that no half login holds the proxy up.
 * @throws TildegateError of the proxy codes; the signal's reason
 */
export async function connectThrough(stream: Duplex, request: ConnectRequest): Promise<'open' | 'redial'> {
  const { hop, signal } = request
  const reader = new StreamReader(stream, signal)
  try {
    return await converse(stream, reader, request)
  } catch (cause) {
    stream.destroy()
    if (cause instanceof StreamEnded) throw new TildegateError('proxy-closed', { hop }, { cause })
    if (cause instanceof BadResponseHead) {
      if (cause.isPage) throw loginPage(hop)
      throw new TildegateError('proxy-not-http', { hop, reason: cause.message }, { cause })
    }
    throw cause
  } finally {
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
    if (head.status >= 200 && head.status < 300) {
      if (await isPage(reader, head, request)) throw loginPage(hop)
      return 'open'
    }
    if (head.status !== 407) throw hopRefusal(head, hop, destination)
    const step = authenticator.next(headerValues(head, 'proxy-authenticate'))
    if (step.kind === 'fail') throw await toldRefusal(step.error, { head, reader, clock: request.clock })
    const isKept = step.kind === 'send' && keepsConnection(head) && (await drainBody(reader, head))
    if (!isKept) return 'redial'
    authorization = step.value
  }
  throw new TildegateError('proxy-keeps-closing', { hop })
}

/** Skips 1xx; what came behind the head is put back. */
async function finalHead(reader: StreamReader): Promise<ResponseHead> {
  const decoder = new ResponseHeadDecoder(maxHeadBytes)
  for (let interim = 0; interim <= maxInterim; ) {
    const decoded = decoder.push(await reader.next())
    if (decoded === undefined) continue
    reader.unread(decoded.rest)
    // 101 is no step on the way to a CONNECT.
    if (decoded.head.status >= 200 || decoded.head.status === 101) return decoded.head
    interim++
  }
  throw new BadResponseHead('too many interim answers')
}

/**
 * Length and coding of a 2xx to CONNECT mean nothing (RFC 9110, 9.3.6): what follows belongs to the way that is open. But a
 * box that wants a login first may say 200 and send its page. It is one if it looks like one; bytes are only looked at.
 */
async function isPage(
  reader: StreamReader,
  head: ResponseHead,
  { clock, signal }: ConnectRequest,
): Promise<boolean> {
  const lengths = headerValues(head, 'content-length')
  const isAnnounced =
    isWebPage(head) ||
    lengths.some(length => Number(length) > 0) ||
    headerValues(head, 'transfer-encoding').length > 0
  const mayCome = isAnnounced && !lengths.some(length => Number(length) === 0)
  let isOver = !mayCome
  let over: () => void = () => {}
  const pause = new Promise<void>(resolve => {
    over = resolve
  })
  const timer = clock.after(pageMs, () => {
    isOver = true
    over()
  })
  let early: Buffer = Buffer.alloc(0)
  try {
    for (;;) {
      const more = await reader.nextWithin(isOver ? Promise.resolve() : pause)
      signal.throwIfAborted()
      if (more !== undefined) early = Buffer.concat([early, more])
      const begin = early.subarray(0, 512).toString('latin1')
      if (pageBegin.test(begin)) return true
      if (more === undefined || isOver || !undecided.test(begin)) return false
    }
  } finally {
    timer.cancel()
    reader.unread(early)
  }
}

function requestHead(destination: Endpoint, authorization: string | undefined): string {
  const authority = nameOf(destination)
  const lines = [
    `CONNECT ${authority} HTTP/1.1`,
    `Host: ${authority}`,
    'User-Agent: Tildegate',
    'Proxy-Connection: keep-alive',
  ]
  if (authorization !== undefined) lines.push(`Proxy-Authorization: ${authorization}`)
  return `${lines.join('\r\n')}\r\n\r\n`
}

/** RFC 9112, 9.3; proxies say it in Proxy-Connection too. */
function keepsConnection(head: ResponseHead): boolean {
  const words = ['connection', 'proxy-connection']
    .flatMap(name => headerValues(head, name))
    .flatMap(value => value.toLowerCase().split(','))
    .map(word => word.trim())
  if (words.includes('close')) return false
  return head.version === '1.1' || words.includes('keep-alive')
}
