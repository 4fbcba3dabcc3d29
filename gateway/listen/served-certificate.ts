/**
 * What the TLS listeners show: one certificate at a time, replaceable while the gateway runs. Connections that are
 * there keep the one they were shown. Where it comes from is not known here.
 */
import type { Duplex } from 'node:stream'
import type { TLSSocket } from 'node:tls'
import type { Clock, Random } from '../../shared/world.ts'
import type { GatewayLimits } from '../limits.ts'
import { type CertificatePair, certificateDigest } from './self-signed.ts'
import { TlsAcceptor } from './tls-acceptor.ts'
import { listenerTls } from './tls-settings.ts'

export interface ServedParts {
  readonly clock: Clock
  readonly random: Random
  readonly limits: Pick<GatewayLimits, 'tlsHandshakeMs' | 'tlsTicketMs' | 'tlsTicketKeyMs'>
  /** Whether HTTP/2 is offered; it is where nothing is said. */
  readonly http2?: boolean
  /** Another certificate is about to be shown; it is once this resolves. */
  willShow(digest: string): Promise<void>
}

export interface SecuredStream {
  readonly stream: TLSSocket
  /** SHA-256 of the certificate that it was shown, lower-case hex. */
  readonly certSha256: string
}

export class ServedCertificate {
  readonly #parts: ServedParts
  readonly #acceptor: TlsAcceptor
  #pair: CertificatePair
  #digest: string
  #showing: Promise<void> = Promise.resolve()

  constructor(first: CertificatePair, parts: ServedParts) {
    const { clock, random, limits } = parts
    this.#parts = parts
    this.#pair = first
    this.#digest = certificateDigest(first.cert)
    this.#acceptor = new TlsAcceptor(
      this.#tls(first),
      { handshakeMs: limits.tlsHandshakeMs, ticketKeyMs: limits.tlsTicketKeyMs },
      { clock, random },
    )
  }

  /** SHA-256 of what new connections are shown, lower-case hex. */
  get digest(): string {
    return this.#digest
  }

  /** The chain that new connections are shown. */
  get pem(): string {
    return this.#pair.cert
  }

  /** Resolves with whether it is another one, once new connections see it. */
  show(pair: CertificatePair): Promise<boolean> {
    const shown = this.#showing.then(() => this.#replace(pair))
    this.#showing = shown.then(
      () => {},
      () => {},
    )
    return shown
  }

  /** The stream belongs to the TLS socket from then on. Rejects, with the stream destroyed, on any failure. */
  async secure(stream: Duplex): Promise<SecuredStream> {
    const certSha256 = this.#digest
    return { stream: await this.#acceptor.secure(stream), certSha256 }
  }

  async #replace(pair: CertificatePair): Promise<boolean> {
    if (pair.cert === this.#pair.cert && pair.key === this.#pair.key) return false
    const digest = certificateDigest(pair.cert)
    if (digest !== this.#digest) await this.#parts.willShow(digest)
    this.#acceptor.replaceContext(this.#tls(pair))
    this.#pair = pair
    this.#digest = digest
    return true
  }

  #tls(pair: CertificatePair) {
    const { limits, http2 = true } = this.#parts
    return listenerTls(pair, { ticketSeconds: Math.ceil(limits.tlsTicketMs / 1000), http2 })
  }
}
