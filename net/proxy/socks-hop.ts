/** One CONNECT through one SOCKS5 proxy (RFC 1928, RFC 1929), spoken by the library `socks`, over a stream that leads to it. */
import type { Socket } from 'node:net'
import type { Duplex } from 'node:stream'
import { SocksClient } from 'socks'
import { type ErrorCode, TildegateError } from '../../shared/errors.ts'
import { said } from '../../shared/phrases.ts'
import type { ResolvedLogin } from '../auth/index.ts'
import { keepQuiet } from '../quiet.ts'
import { type Endpoint, nameOf } from './endpoint.ts'
import { StreamReader } from './stream-reader.ts'

/** Of user and password, RFC 1929. */
const maxCredentialBytes = 255
/** The library's own clock; the caller's deadline comes before it. */
const behindOurDeadlineMs = 600_000

export interface SocksRequest {
  /** `host:port` of the proxy, for errors. */
  readonly hop: string
  readonly proxy: Endpoint
  readonly login?: ResolvedLogin
  readonly destination: Endpoint
  /** Its reason ends the conversation: deadlines are the caller's. */
  readonly signal: AbortSignal
}

/**
 * The stream leads to the destination then; bytes that came early are put back into it. On failure it is destroyed.
 * @throws TildegateError of the proxy codes; the signal's reason
 */
export async function connectThroughSocks(stream: Duplex, request: SocksRequest): Promise<void> {
  const { hop, proxy, login, destination, signal } = request
  // The library closes with the stream, and a half-closed one is not closed.
  const cut = () => void stream.destroy()
  stream.on('end', cut)
  signal.addEventListener('abort', cut)
  keepQuiet(stream)
  try {
    signal.throwIfAborted()
    await SocksClient.createConnection({
      proxy: { host: proxy.host, port: proxy.port, type: 5, ...credentials(hop, login) },
      command: 'connect',
      destination: { ...destination },
      existing_socket: stream as Socket,
      timeout: behindOurDeadlineMs,
    })
    await keepEarlyBytes(stream, signal)
  } catch (cause) {
    stream.destroy()
    signal.throwIfAborted()
    if (cause instanceof TildegateError) throw cause
    // The library's errors hold the password: only their words go on.
    throw refusal(cause instanceof Error ? cause.message : '', hop, destination)
  } finally {
    stream.off('end', cut)
    signal.removeEventListener('abort', cut)
  }
}

function credentials(hop: string, login: ResolvedLogin | undefined): { userId?: string; password?: string } {
  if (login === undefined) return {}
  // A password that is meant for NTLM does not go out in plain text.
  if (login.scheme === 'ntlm') {
    const offered = said('offered', 'user-and-password-socks5')
    throw new TildegateError('proxy-scheme-not-offered', { hop, ...offered, wanted: 'NTLM' })
  }
  const password = login.password.use(bytes => Buffer.from(bytes).toString('utf8'))
  const longest = Math.max(Buffer.byteLength(login.user), Buffer.byteLength(password))
  if (longest > maxCredentialBytes) {
    throw new TildegateError('proxy-refused', { hop, status: 'SOCKS5', ...said('reason', 'login-too-long') })
  }
  return { userId: login.user, password }
}

/** The library emits what it read too far as 'data' in a turn of its own, and lets the stream flow. */
async function keepEarlyBytes(stream: Duplex, signal: AbortSignal): Promise<void> {
  const early: Buffer[] = []
  const keep = (bytes: Buffer) => void early.push(bytes)
  stream.on('data', keep)
  await new Promise(resolve => setImmediate(resolve))
  stream.pause()
  stream.off('data', keep)
  // It leaves the stream as it found it: neither flowing nor paused by name.
  const reader = new StreamReader(stream, signal)
  reader.unread(Buffer.concat(early))
  reader.release()
}

/** The library's words, and what they mean. */
const meanings: readonly (readonly [words: RegExp, code: ErrorCode])[] = [
  [/Authentication failed/i, 'proxy-auth-refused'],
  [/no accepted authentication/i, 'proxy-login-required'],
  [/NotAllowed/, 'proxy-forbidden'],
  [/NetworkUnreachable|HostUnreachable|ConnectionRefused|TTLExpired|- Failure/, 'proxy-far-side-failed'],
  [/socks version/i, 'proxy-not-http'],
  [/Socket closed|ECONNRESET|EPIPE/, 'proxy-closed'],
]

function refusal(words: string, hop: string, destination: Endpoint): TildegateError {
  const code = meanings.find(([pattern]) => pattern.test(words))?.[1] ?? 'proxy-refused'
  const reason = words.replace(/^.* - /, '').slice(0, 100)
  return new TildegateError(code, {
    hop,
    destination: nameOf(destination),
    status: 'SOCKS5',
    ...(code === 'proxy-not-http' ? said('reason', 'no-socks5') : { reason }),
    ...said('offered', 'user-and-password'),
  })
}
