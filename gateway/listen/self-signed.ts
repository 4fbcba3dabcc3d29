/**
 * Self-signed ECDSA P-256 certificates: for TLS listeners without files, and for the inner TLS of
 * back-connections. Writes the one shape of RFC 5280 certificate that it needs; reading and verifying stay
 * with node:crypto.
 */
import { createHash, generateKeyPairSync, type KeyObject, sign, X509Certificate } from 'node:crypto'
import { isIPv4 } from 'node:net'
import ipaddr from 'ipaddr.js'
import type { Clock, Random } from '../../shared/world.ts'
import { canonicalAddress } from './address-ranges.ts'

/** PEM texts of a certificate (chain) and its key. */
export interface CertificatePair {
  readonly cert: string
  readonly key: string
}

const dayMs = 86_400_000

/** `names`: host names and addresses for the subjectAltName. Valid from a day ago, for clocks that differ. */
export function makeSelfSigned(
  names: readonly string[],
  lifeDays: number,
  world: { clock: Clock; random: Random },
): CertificatePair {
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  const now = world.clock.wall()
  const serial = Buffer.from(world.random.bytes(16))
  // RFC 5280, 4.1.2.2: positive, without a leading zero.
  serial[0] = ((serial[0] ?? 0) & 0x7f) | 0x40
  const tbs = certificateBody({
    serial,
    notBefore: new Date(now - dayMs),
    notAfter: new Date(now + lifeDays * dayMs),
    names,
    publicKey,
  })
  const der = sequence(tbs, ecdsaWithSha256, bitString(sign('sha256', tbs, privateKey)))
  return {
    cert: new X509Certificate(der).toString(),
    key: privateKey.export({ format: 'pem', type: 'pkcs8' }).toString(),
  }
}

/** SHA-256 of the DER leaf certificate, lower-case hex: how certificates are named in tildegate/1. */
export function certificateDigest(pem: string | Buffer): string {
  return createHash('sha256').update(new X509Certificate(pem).raw).digest('hex')
}

function certificateBody(parts: {
  serial: Buffer
  notBefore: Date
  notAfter: Date
  names: readonly string[]
  publicKey: KeyObject
}): Buffer {
  const name = sequence(tagged(0x31, sequence(oid(2, 5, 4, 3), tagged(0x0c, Buffer.from('Tildegate')))))
  const extensions = [
    // basicConstraints, critical: no CA. No keyUsage: without keyCertSign OpenSSL would not take it as its own anchor.
    sequence(oid(2, 5, 29, 19), tagged(0x01, Buffer.from([0xff])), tagged(0x04, sequence())),
    // extKeyUsage: serverAuth
    sequence(oid(2, 5, 29, 37), tagged(0x04, sequence(oid(1, 3, 6, 1, 5, 5, 7, 3, 1)))),
  ]
  if (parts.names.length > 0) {
    const general = parts.names.map(generalName)
    extensions.push(sequence(oid(2, 5, 29, 17), tagged(0x04, sequence(...general))))
  }
  return sequence(
    tagged(0xa0, tagged(0x02, Buffer.from([2]))),
    tagged(0x02, parts.serial),
    ecdsaWithSha256,
    name,
    sequence(time(parts.notBefore), time(parts.notAfter)),
    name,
    parts.publicKey.export({ format: 'der', type: 'spki' }),
    tagged(0xa3, sequence(...extensions)),
  )
}

/** RFC 5280, 4.2.1.6: dNSName [2], iPAddress [7]. */
function generalName(name: string): Buffer {
  const address = canonicalAddress(name)
  if (address === undefined) return tagged(0x82, Buffer.from(name, 'latin1'))
  const bytes = isIPv4(address) ? address.split('.').map(Number) : ipaddr.parse(address).toByteArray()
  return tagged(0x87, Buffer.from(bytes))
}

/** RFC 5280, 4.1.2.5: UTCTime until 2049, GeneralizedTime from then on. */
function time(date: Date): Buffer {
  const digits = date.toISOString().replace(/\.\d+|[-:T]/g, '')
  return date.getUTCFullYear() < 2050
    ? tagged(0x17, Buffer.from(digits.slice(2), 'latin1'))
    : tagged(0x18, Buffer.from(digits, 'latin1'))
}

function tagged(tag: number, content: Uint8Array): Buffer {
  const { length } = content
  if (length > 0xffff) throw new RangeError('too long for a certificate of ours')
  const head =
    length < 0x80
      ? [tag, length]
      : length < 0x100
        ? [tag, 0x81, length]
        : [tag, 0x82, length >> 8, length & 0xff]
  return Buffer.concat([Buffer.from(head), content])
}

function sequence(...parts: readonly Uint8Array[]): Buffer {
  return tagged(0x30, Buffer.concat(parts))
}

function bitString(bytes: Uint8Array): Buffer {
  return tagged(0x03, Buffer.concat([Buffer.from([0]), bytes]))
}

function oid(first: number, second: number, ...rest: readonly number[]): Buffer {
  const bytes = [40 * first + second]
  for (const arc of rest) {
    const digits = [arc & 0x7f]
    for (let left = arc >> 7; left > 0; left >>= 7) digits.unshift((left & 0x7f) | 0x80)
    bytes.push(...digits)
  }
  return tagged(0x06, Buffer.from(bytes))
}

const ecdsaWithSha256 = sequence(oid(1, 2, 840, 10045, 4, 3, 2))
