/** Where the certificate of the TLS listeners comes from: the admin's files, or our own, made at the first start. */
import type { Log } from '../../shared/world.ts'
import type { GatewayLimits } from '../limits.ts'
import { WatchedCertificate } from './certificate-files.ts'
import { type CertificateFiles, keptSelfSigned, loadCertificate, ownNames } from './certificate-store.ts'
import { ServedCertificate, type ServedParts } from './served-certificate.ts'

export interface CertificateOptions extends ServedParts {
  readonly certificate?: CertificateFiles
  readonly stateFolder: string
  readonly publicUrl?: string
  /** The hosts below it are tunnels. */
  readonly hostDomain?: string | undefined
  readonly limits: GatewayLimits
  readonly log: Log
}

export class CertificateSource {
  readonly served: ServedCertificate
  readonly #options: CertificateOptions
  #watched: WatchedCertificate | undefined

  private constructor(served: ServedCertificate, options: CertificateOptions) {
    this.served = served
    this.#options = options
  }

  /** @throws TildegateError certificate-unusable */
  static async open(options: CertificateOptions): Promise<CertificateSource> {
    const { certificate, stateFolder, publicUrl, hostDomain } = options
    const pair =
      certificate === undefined
        ? await keptSelfSigned(stateFolder, ownNames(publicUrl, hostDomain), options)
        : await loadCertificate(certificate)
    return new CertificateSource(new ServedCertificate(pair, options), options)
  }

  /** From here on changes of the admin's files are taken up. */
  async watch(): Promise<void> {
    const { certificate, clock, log, limits } = this.#options
    if (certificate === undefined) return
    this.#watched = await WatchedCertificate.watch({
      files: certificate,
      ...{ clock, log, limits },
      show: pair => this.served.show(pair),
    })
  }

  /** Reads the admin's files now. Never rejects. */
  async reload(): Promise<void> {
    await this.#watched?.reload()
  }

  /** Idempotent. */
  async close(): Promise<void> {
    await this.#watched?.close()
  }
}
