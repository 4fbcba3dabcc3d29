/**
 * The admin's certificate and key, taken up anew whenever one of the files changes: written over, renamed into place, or
 * behind a link that is turned elsewhere, as certbot does. Between two writes the key may be new and the certificate
 * old: until both belong together again, what was good stays.
 */
import { resolve } from 'node:path'
import { StableFile } from '../../net/stable-file.ts'
import type { Clock, Log } from '../../shared/world.ts'
import type { GatewayLimits } from '../limits.ts'
import { type CertificateFiles, loadCertificate } from './certificate-store.ts'
import type { CertificatePair } from './self-signed.ts'

export interface CertificateFilesParts {
  readonly files: CertificateFiles
  readonly clock: Clock
  readonly log: Log
  readonly limits: Pick<
    GatewayLimits,
    'refreshQuietMs' | 'refreshUnfinishedMs' | 'certificateBytes' | 'certificateLookMs'
  >
  /** Resolves with whether it was another one than before. */
  show(pair: CertificatePair): Promise<boolean>
}

export class WatchedCertificate {
  readonly #parts: CertificateFilesParts
  readonly #watched: readonly StableFile[]
  #isClosed = false

  private constructor(parts: CertificateFilesParts) {
    const { files, clock, limits } = parts
    this.#parts = parts
    const paths = new Set([resolve(files.certFile), resolve(files.keyFile)])
    this.#watched = [...paths].map(
      file =>
        new StableFile({
          file,
          clock,
          quietMs: limits.refreshQuietMs,
          unfinishedMs: limits.refreshUnfinishedMs,
          maxBytes: limits.certificateBytes,
          lookMs: limits.certificateLookMs,
          changed: () => void this.reload(),
        }),
    )
  }

  /** Resolves once changes are noticed. The files were read before. */
  static async watch(parts: CertificateFilesParts): Promise<WatchedCertificate> {
    const watched = new WatchedCertificate(parts)
    await Promise.all(
      watched.#watched.map(async file => {
        await file.readFirst().catch(() => {})
        await file.watch()
      }),
    )
    // What changed since they were read.
    await watched.reload()
    return watched
  }

  /** Reads both files now. Files that cannot be used change nothing. Never rejects. */
  async reload(): Promise<void> {
    const { files, log, limits, show } = this.#parts
    try {
      const pair = await loadCertificate(files, limits.certificateBytes)
      if (this.#isClosed) return
      if (await show(pair)) log.info({ file: files.certFile }, 'a new certificate is in use')
    } catch (cause) {
      log.error(
        { file: files.certFile, reason: (cause as Error).message },
        'the certificate was not taken up; the last good one stays in use',
      )
    }
  }

  /** Idempotent. */
  async close(): Promise<void> {
    this.#isClosed = true
    await Promise.all(this.#watched.map(file => file.close()))
  }
}
