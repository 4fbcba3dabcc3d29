/**
 * What is kept of an authority in the state folder: the account's key, the certificate with its key, and when to ask again
 * after a failure, so that a gateway that is started over and over does not use up what the authority allows. One folder for
 * each directory: what staging gave is never taken for the real.
 */
import { createHash, X509Certificate } from 'node:crypto'
import { readFile, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { TildegateError } from '../../shared/errors.ts'
import { loadCertificate } from '../listen/certificate-store.ts'
import type { CertificatePair } from '../listen/self-signed.ts'
import { writePrivately } from '../private-file.ts'

/** After a failure. */
export interface Retry {
  readonly failures: number
  /** Milliseconds since 1970. */
  readonly notBefore: number
  /** The authority named the time: not to be hurried. */
  readonly isOrdered: boolean
}

export class KeptState {
  readonly #folder: string

  constructor(stateFolder: string, directoryUrl: string) {
    const { host } = new URL(directoryUrl)
    const digest = createHash('sha256').update(directoryUrl).digest('hex').slice(0, 8)
    this.#folder = join(stateFolder, 'acme', `${host.replace(/[^a-z0-9.-]/g, '_')}-${digest}`)
  }

  get folder(): string {
    return this.#folder
  }

  get certificateFile(): string {
    return join(this.#folder, 'certificate.pem')
  }

  /** Undefined where there is none, or it cannot be used. */
  async certificate(): Promise<CertificatePair | undefined> {
    const file = this.certificateFile
    const both = await loadCertificate({ certFile: file, keyFile: file }).catch(() => undefined)
    return both && { cert: blocks(both.cert, /CERTIFICATE/), key: blocks(both.key, /PRIVATE KEY/) }
  }

  /** In one file, so that they always belong together. @throws TildegateError acme-state-unwritable */
  async keepCertificate({ cert, key }: CertificatePair): Promise<void> {
    await this.#write('certificate.pem', `${cert.trim()}\n${key.trim()}\n`)
  }

  /** Of the account: the kept one, or what `make` makes. @throws TildegateError acme-state-unwritable */
  async accountKey(make: () => Promise<string>): Promise<string> {
    const kept = await readFile(join(this.#folder, 'account.key'), 'utf8').catch(() => '')
    if (kept.includes('PRIVATE KEY')) return kept
    const made = await make()
    await this.#write('account.key', made)
    return made
  }

  /** @param names for other names than those that failed one may ask at once */
  async retry(names: readonly string[]): Promise<Retry | undefined> {
    try {
      const kept = JSON.parse(await readFile(join(this.#folder, 'retry.json'), 'utf8')) as Record<
        string,
        unknown
      >
      const { failures, notBefore, isOrdered } = kept
      if (kept['names'] !== names.join(',')) return undefined
      if (!Number.isSafeInteger(failures) || typeof notBefore !== 'number') return undefined
      return { failures: failures as number, notBefore, isOrdered: isOrdered === true }
    } catch {
      return undefined
    }
  }

  /** Never rejects: it only spares the authority. */
  async keepRetry(names: readonly string[], retry: Retry | undefined): Promise<void> {
    const text = `${JSON.stringify({ names: names.join(','), ...retry })}\n`
    const kept =
      retry === undefined
        ? rm(join(this.#folder, 'retry.json'), { force: true })
        : this.#write('retry.json', text)
    await kept.catch(() => {})
  }

  async #write(name: string, text: string): Promise<void> {
    try {
      await writePrivately(join(this.#folder, name), text)
    } catch (cause) {
      const reason = (cause as NodeJS.ErrnoException).code ?? (cause as Error).message
      throw new TildegateError('acme-state-unwritable', { folder: this.#folder, reason }, { cause })
    }
  }
}

/** Whether it is for all of `names`. */
export function covers({ cert }: CertificatePair, names: readonly string[]): boolean {
  const leaf = new X509Certificate(cert)
  return names.every(name => leaf.checkHost(name, { subject: 'never' }) !== undefined)
}

function blocks(pem: string, label: RegExp): string {
  const found = pem.match(/-----BEGIN ([A-Z0-9 ]+)-----[^-]+-----END \1-----/g) ?? []
  return `${found.filter(block => label.test(block)).join('\n')}\n`
}
