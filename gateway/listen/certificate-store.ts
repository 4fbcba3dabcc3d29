/**
 * The certificate of the TLS listeners: from the admin's files, or self-signed, made at the first start and
 * kept in the state folder, so that who trusted it once need not do so again.
 */
import { createPrivateKey, type KeyObject, X509Certificate } from 'node:crypto'
import { open } from 'node:fs/promises'
import { hostname, networkInterfaces } from 'node:os'
import { join } from 'node:path'
import { TildegateError } from '../../shared/errors.ts'
import type { Clock, Log, Random } from '../../shared/world.ts'
import { gatewayLimitTable } from '../limits.ts'
import { writePrivately } from '../private-file.ts'
import { type CertificatePair, makeSelfSigned } from './self-signed.ts'

export interface CertificateFiles {
  readonly certFile: string
  readonly keyFile: string
}

const certificateBytes = gatewayLimitTable.certificateBytes.value
/** Safari refuses server certificates that live longer than 825 days. */
const lifeDays = 800
/** Made anew at a start when less than this is left. */
const renewBeforeMs = 30 * 86_400_000

/** Reads and checks both files, of which none may be larger. @throws TildegateError certificate-unusable */
export async function loadCertificate(
  files: CertificateFiles,
  maxBytes: number = certificateBytes,
): Promise<CertificatePair> {
  const cert = await readText(files.certFile, maxBytes)
  const key = await readText(files.keyFile, maxBytes)
  const leaf = parse(files.certFile, 'it holds no PEM certificate', () => new X509Certificate(cert))
  const privateKey: KeyObject = parse(files.keyFile, 'it holds no PEM private key without a passphrase', () =>
    createPrivateKey(key),
  )
  if (!leaf.checkPrivateKey(privateKey)) {
    throw new TildegateError('certificate-unusable', {
      file: files.certFile,
      reason: `the key in ${files.keyFile} belongs to another certificate`,
    })
  }
  return { cert, key }
}

/** A PEM certificate whose key is elsewhere: what something in front of the gateway shows. */
export async function loadPublicCertificate(file: string, maxBytes: number): Promise<string> {
  const cert = await readText(file, maxBytes)
  parse(file, 'it holds no PEM certificate', () => new X509Certificate(cert))
  return cert
}

/**
 * The kept self-signed certificate, or a new one where there is none, it can't be read, it runs out or host
 * mode is new. Files of mode 0600 in a folder of mode 0700.
 */
export async function keptSelfSigned(
  folder: string,
  names: readonly string[],
  world: { clock: Clock; random: Random; log: Log },
): Promise<CertificatePair> {
  const certFile = join(folder, 'self-signed.crt')
  const keyFile = join(folder, 'self-signed.key')
  const kept = await loadCertificate({ certFile, keyFile }).catch(() => undefined)
  if (kept !== undefined && !runsOut(kept, world.clock) && coversHosts(kept, names)) return kept
  const made = await makeSelfSigned([...new Set(names)], lifeDays, world)
  try {
    await writePrivately(keyFile, made.key)
    await writePrivately(certFile, made.cert)
    world.log.info({ file: certFile }, 'made a self-signed certificate')
  } catch (cause) {
    // A read-only folder: the gateway serves all the same, only with another certificate after each start.
    const reason = cause instanceof Error ? cause.message : String(cause)
    world.log.warn({ file: certFile, reason }, 'the self-signed certificate could not be kept')
  }
  return made
}

/** What a self-signed certificate is good for: this computer's names and addresses, and the public ones. */
export function ownNames(publicUrl: string | undefined, hostDomain: string | undefined): string[] {
  const addresses = Object.values(networkInterfaces()).flatMap(list => (list ?? []).map(one => one.address))
  const publicHost = publicUrl === undefined ? [] : [new URL(publicUrl).hostname.replace(/^\[|\]$/g, '')]
  const hosts = hostDomain === undefined ? [] : [hostDomain, `*.${hostDomain}`]
  const isName = (name: string) => /^[A-Za-z0-9._:*-]{1,253}$/.test(name)
  return ['localhost', hostname(), ...publicHost, ...hosts, ...addresses].filter(isName)
}

/** Whether it has the wildcards among `names`. Other names come and go with this computer's networks. */
function coversHosts(pair: CertificatePair, names: readonly string[]): boolean {
  const covered = new X509Certificate(pair.cert).subjectAltName?.split(', ') ?? []
  return names.every(name => !name.startsWith('*.') || covered.includes(`DNS:${name}`))
}

function runsOut(pair: CertificatePair, clock: Clock): boolean {
  return Date.parse(new X509Certificate(pair.cert).validTo) - clock.wall() < renewBeforeMs
}

async function readText(file: string, maxBytes: number): Promise<string> {
  try {
    const handle = await open(file)
    try {
      const { size } = await handle.stat()
      if (size > maxBytes)
        throw new TildegateError('certificate-unusable', {
          file,
          reason: `it is larger than ${maxBytes} bytes`,
        })
      return await handle.readFile('utf8')
    } finally {
      await handle.close()
    }
  } catch (cause) {
    if (cause instanceof TildegateError) throw cause
    const code = (cause as NodeJS.ErrnoException).code
    const reason =
      code === 'ENOENT'
        ? 'there is no such file'
        : code === 'EACCES'
          ? 'reading it is not permitted'
          : `${code}`
    throw new TildegateError('certificate-unusable', { file, reason }, { cause })
  }
}

function parse<T>(file: string, reason: string, read: () => T): T {
  try {
    return read()
  } catch (cause) {
    throw new TildegateError('certificate-unusable', { file, reason }, { cause })
  }
}
