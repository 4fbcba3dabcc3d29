/** What the TLS listeners show: the admin's certificate or our own, replaceable while the gateway runs. */
import type { Clock, Log, Random } from '../../shared/world.ts'
import { type CertificateFiles, keptSelfSigned, loadCertificate, ownNames } from './certificate-store.ts'
import { type CertificatePair, certificateDigest } from './self-signed.ts'
import { TlsAcceptor } from './tls-acceptor.ts'

export interface CertificateOptions {
  readonly certificate?: CertificateFiles
  readonly stateFolder: string
  readonly publicUrl?: string
  /** The hosts below it are tunnels. */
  readonly hostDomain?: string | undefined
  readonly clock: Clock
  readonly random: Random
  readonly log: Log
}

/** Is told the SHA-256 of what is shown. */
interface Shown {
  serves(digests: readonly string[]): void
}

export class ServedCertificate {
  readonly acceptor: TlsAcceptor
  readonly #options: CertificateOptions
  readonly #shown: Shown
  #pem: string

  private constructor(options: CertificateOptions, pair: CertificatePair, deadlineMs: number, shown: Shown) {
    this.acceptor = new TlsAcceptor(tlsOptions(pair), deadlineMs, options.clock)
    this.#options = options
    this.#shown = shown
    this.#pem = pair.cert
    shown.serves([certificateDigest(pair.cert)])
  }

  /** @throws TildegateError certificate-unusable */
  static async open(
    options: CertificateOptions,
    deadlineMs: number,
    shown: Shown,
  ): Promise<ServedCertificate> {
    const { certificate, stateFolder, publicUrl, hostDomain } = options
    const pair =
      certificate === undefined
        ? await keptSelfSigned(stateFolder, ownNames(publicUrl, hostDomain), options)
        : await loadCertificate(certificate)
    return new ServedCertificate(options, pair, deadlineMs, shown)
  }

  /** The chain that is shown now. */
  get pem(): string {
    return this.#pem
  }

  /** Reads the admin's files again. Files that cannot be used change nothing. Never rejects. */
  async reload(): Promise<void> {
    const { certificate, log } = this.#options
    if (certificate === undefined) return
    try {
      const pair = await loadCertificate(certificate)
      this.acceptor.replaceContext(tlsOptions(pair))
      this.#pem = pair.cert
      this.#shown.serves([certificateDigest(pair.cert)])
    } catch (cause) {
      log.error(
        { file: certificate.certFile, reason: (cause as Error).message },
        'the certificate was not taken up',
      )
    }
  }
}

function tlsOptions(pair: CertificatePair) {
  return { ...pair, minVersion: 'TLSv1.2', ALPNProtocols: ['h2', 'http/1.1'] } as const
}
