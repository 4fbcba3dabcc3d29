/**
 * The TLS 1.3 inside a back-connection: accepts exactly the certificate that the gateway named through the sealed control
 * connection, and proves to the gateway that the ticket's holder speaks (docs/protocol.md, 5).
 */
import { createHash, timingSafeEqual } from 'node:crypto'
import type { Duplex } from 'node:stream'
import { connect, type TLSSocket } from 'node:tls'
import { untilReady } from '../../net/dial/index.ts'
import { innerProof } from '../../net/seal/index.ts'
import { TildegateError } from '../../shared/errors.ts'
import { type Phrase, said } from '../../shared/phrases.ts'
import type { Secret } from '../../shared/secret.ts'
import type { Clock } from '../../shared/world.ts'

const innerTlsMs = 10_000
const exporterLabel = 'EXPORTER-tildegate-1'
const exporterBytes = 32

/** The latest TLS session of a tunnel's session, so that later back-connections skip the certificate's cost. */
export interface InnerResumption {
  session?: Buffer
}

export interface InnerTlsOptions {
  readonly certSha256: string
  readonly secret: Secret
  readonly resumption: InnerResumption
  readonly clock: Clock
  readonly signal: AbortSignal
}

/** @throws TildegateError inner-tls-failed; the reason of `signal` */
export async function startInnerTls(stream: Duplex, options: InnerTlsOptions): Promise<TLSSocket> {
  const { resumption, clock, signal } = options
  const { session } = resumption
  const socket = connect({
    socket: stream,
    minVersion: 'TLSv1.3',
    // The pin below takes the place of names and authorities.
    rejectUnauthorized: false,
    ...(session ? { session } : {}),
  })
  let isProven = false
  let latest: Buffer | undefined
  socket.on('session', (fresh: Buffer) => {
    latest = fresh
    if (isProven) resumption.session = fresh
  })
  const failed = (reason: Phrase, cause?: Error) =>
    new TildegateError('inner-tls-failed', said('reason', reason), { cause })
  // A session that the gateway no longer takes is not offered again.
  const giveUp = (error: unknown): never => {
    if (resumption.session === session) delete resumption.session
    throw error
  }
  await untilReady(socket, 'secureConnect', {
    clock,
    signal,
    ms: innerTlsMs,
    tooLate: () => failed('no-answer-in-time'),
    failed: cause => failed('handshake-failed', cause),
  }).catch(giveUp)
  // A resumed handshake shows no certificate: that it succeeded proves the holder of an earlier, pinned session.
  isProven = socket.isSessionReused() || isPinned(socket, options.certSha256)
  if (!isProven) {
    socket.destroy()
    return giveUp(failed('another-certificate'))
  }
  if (latest !== undefined) resumption.session = latest
  const exporter = socket.exportKeyingMaterial(exporterBytes, exporterLabel, Buffer.alloc(0))
  socket.write(innerProof(options.secret, exporter))
  return socket
}

function isPinned(socket: TLSSocket, certSha256: string): boolean {
  const leaf = socket.getPeerX509Certificate()
  const pin = Buffer.from(certSha256, 'hex')
  if (leaf === undefined || pin.length !== 32) return false
  return timingSafeEqual(createHash('sha256').update(leaf.raw).digest(), pin)
}
