/**
 * Self-signed ECDSA P-256 certificates: for TLS listeners without files, and for the inner TLS of
 * back-connections. Written by @peculiar/x509; reading and verifying stay with node:crypto.
 */
import { createHash, webcrypto, X509Certificate } from 'node:crypto'
import {
  BasicConstraintsExtension,
  ExtendedKeyUsage,
  ExtendedKeyUsageExtension,
  type JsonGeneralName,
  SubjectAlternativeNameExtension,
  X509CertificateGenerator,
} from '@peculiar/x509'
import type { Clock, Random } from '../../shared/world.ts'
import { canonicalAddress } from './address-ranges.ts'

/** PEM texts of a certificate (chain) and its key. */
export interface CertificatePair {
  readonly cert: string
  readonly key: string
}

const dayMs = 86_400_000
const algorithm = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' } as const

/** `names`: host names and addresses for the subjectAltName. Valid from a day ago, for clocks that differ. */
export async function makeSelfSigned(
  names: readonly string[],
  lifeDays: number,
  world: { clock: Clock; random: Random },
): Promise<CertificatePair> {
  const keys = await webcrypto.subtle.generateKey(algorithm, true, ['sign', 'verify'])
  const now = world.clock.wall()
  const serial = Buffer.from(world.random.bytes(16))
  // RFC 5280, 4.1.2.2: positive, without a leading zero.
  serial[0] = ((serial[0] ?? 0) & 0x7f) | 0x40
  const certificate = await X509CertificateGenerator.createSelfSigned({
    serialNumber: serial.toString('hex'),
    name: 'CN=Tildegate',
    notBefore: new Date(now - dayMs),
    notAfter: new Date(now + lifeDays * dayMs),
    signingAlgorithm: algorithm,
    keys,
    extensions: [
      // No keyUsage: without keyCertSign OpenSSL would not take it as its own anchor.
      new BasicConstraintsExtension(false, undefined, true),
      new ExtendedKeyUsageExtension([ExtendedKeyUsage.serverAuth]),
      ...(names.length > 0 ? [new SubjectAlternativeNameExtension(names.map(generalName))] : []),
    ],
  })
  const pkcs8 = Buffer.from(await webcrypto.subtle.exportKey('pkcs8', keys.privateKey))
  return { cert: `${certificate.toString('pem')}\n`, key: pem('PRIVATE KEY', pkcs8) }
}

/** SHA-256 of the DER leaf certificate, lower-case hex: how certificates are named in tildegate/1. */
export function certificateDigest(pemText: string | Buffer): string {
  return createHash('sha256').update(new X509Certificate(pemText).raw).digest('hex')
}

function generalName(name: string): JsonGeneralName {
  const address = canonicalAddress(name)
  return address === undefined ? { type: 'dns', value: name } : { type: 'ip', value: address }
}

function pem(label: string, der: Buffer): string {
  const lines = der.toString('base64').match(/.{1,64}/g) ?? []
  return `-----BEGIN ${label}-----\n${lines.join('\n')}\n-----END ${label}-----\n`
}
