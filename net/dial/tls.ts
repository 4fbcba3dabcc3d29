/**
 * TLS over a connected stream. The certificate need not verify (the handshake inside proves the gateway, and the
 * agent reports what it saw) unless a `ca` is given; then it must.
 */
import { createHash } from 'node:crypto'
import { isIP, type Socket } from 'node:net'
import { connect, type TLSSocket } from 'node:tls'
import { type ErrorDetails, TildegateError } from '../../shared/errors.ts'
import { said } from '../../shared/phrases.ts'
import type { Clock } from '../../shared/world.ts'
import { untilReady } from './deadlines.ts'
import type { OnStep } from './steps.ts'
import { systemErrorOf } from './tcp.ts'
import { systemTrust } from './trust.ts'

export interface TlsOptions {
  readonly host: string
  readonly port: number
  readonly clock: Clock
  readonly signal: AbortSignal
  readonly tlsMs: number
  /** Until the first byte of the peer; a peer that does not speak TLS may just wait. */
  readonly firstByteMs?: number
  /** PEM; the certificate must verify against it, for the host's name. */
  readonly ca?: string
  /** The certificate must verify; without a `ca` against what the system trusts, and `extraCa`. */
  readonly mustVerify?: boolean
  /** PEM. */
  readonly extraCa?: string
  /** Told of it as of the step to the proxy `hop`; 0 for the gateway. */
  readonly onStep?: OnStep
  readonly hop?: number
}

export interface TlsLine {
  readonly socket: TLSSocket
  readonly certSha256: string
  /** DER of the leaf. */
  readonly certificate: Uint8Array
  readonly authorized: boolean
}

/** The peer does not speak TLS at all: it said something else, hung up, or kept silent. */
export class NotTlsError extends Error {}

/** OpenSSL's words for bytes that are no TLS record. */
const notARecord = new Set([
  'ERR_SSL_WRONG_VERSION_NUMBER',
  'ERR_SSL_HTTP_REQUEST',
  'ERR_SSL_PACKET_LENGTH_TOO_LONG',
])

/** @throws NotTlsError; TildegateError outer-tls-failed */
export async function startTls(raw: Socket, options: TlsOptions): Promise<TlsLine> {
  const { host, port, clock, signal, ca, onStep, hop = 0 } = options
  const begunAt = clock.now()
  onStep?.({ step: 'tls', hop, state: 'begun' })
  const socket = connect({
    socket: raw,
    ALPNProtocols: ['http/1.1'],
    rejectUnauthorized: options.mustVerify ?? ca !== undefined,
    ...(ca === undefined ? {} : { ca }),
    ...(ca === undefined && options.mustVerify ? { secureContext: systemTrust(options.extraCa) } : {}),
    ...(isIP(host) === 0 ? { servername: host } : { host }),
  })
  // Proxies on the way have answered before.
  const before = raw.bytesRead
  const hasAnswered = () => raw.bytesRead > before
  const firstByte = clock.after(options.firstByteMs ?? options.tlsMs, () => {
    if (!hasAnswered()) socket.destroy(new NotTlsError('no answer to TLS'))
  })
  const failed = (reason: ErrorDetails, cause?: Error) =>
    new TildegateError('outer-tls-failed', { host, port, ...reason }, cause ? { cause } : {})
  try {
    await untilReady(socket, 'secureConnect', {
      clock,
      signal,
      ms: options.tlsMs,
      tooLate: () =>
        hasAnswered() ? failed(said('reason', 'no-answer-in-time')) : new NotTlsError('no answer to TLS'),
      failed: cause => {
        if (cause instanceof NotTlsError) return cause
        const reason = systemErrorOf(cause)
        if (!hasAnswered() || notARecord.has(reason)) return new NotTlsError(reason, { cause })
        return failed({ reason }, cause)
      },
    })
  } catch (error) {
    raw.destroy()
    if (error instanceof NotTlsError)
      onStep?.({ step: 'tls', hop, state: 'absent', ms: clock.now() - begunAt })
    throw error
  } finally {
    firstByte.cancel()
  }
  const certificate = socket.getPeerX509Certificate()
  if (certificate === undefined) {
    raw.destroy()
    throw failed(said('reason', 'no-certificate'))
  }
  const { raw: der } = certificate
  const certSha256 = sha256Hex(der)
  const { authorized } = socket
  const ms = clock.now() - begunAt
  const version = socket.getProtocol() ?? 'TLS'
  onStep?.({ step: 'tls', hop, state: 'done', ms, version, certSha256, authorized })
  return { socket, certSha256, certificate: der, authorized }
}

/** Lower-case hex. */
export function sha256Hex(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex')
}
