/** Channel bindings "tls-server-end-point" (RFC 5929, 4), as NTLM wants them: a login that is bound to the proxy's certificate. */
import { createHash } from 'node:crypto'

/** DER of the signature algorithms whose hash is not SHA-256 (or one that RFC 5929 replaces by it). */
const strongerHashes: readonly (readonly [oid: string, hash: string])[] = [
  ['2a864886f70d01010c', 'sha384'],
  ['2a864886f70d01010d', 'sha512'],
  ['2a8648ce3d040303', 'sha384'],
  ['2a8648ce3d040304', 'sha512'],
]

/** MD5 of the gss_channel_bindings_struct ([MS-NLMP] 2.2.2.1, RFC 4121 4.1.1.2), 16 bytes. @param der the proxy's certificate */
export function serverEndPointBindings(der: Uint8Array): Buffer {
  const hash = createHash(signatureHash(Buffer.from(der)))
    .update(der)
    .digest()
  const data = Buffer.concat([Buffer.from('tls-server-end-point:', 'latin1'), hash])
  // No addresses: four zero words; then the length of the data and the data.
  const head = Buffer.alloc(20)
  head.writeUInt32LE(data.length, 16)
  return createHash('md5')
    .update(Buffer.concat([head, data]))
    .digest()
}

/** The OID behind the TBSCertificate names the algorithm (RFC 5280, 4.1.1.2). */
function signatureHash(der: Buffer): string {
  const certificate = elementAt(der, 0)
  const signed = certificate && elementAt(der, certificate.start)
  const algorithm = signed && elementAt(der, signed.end)
  const oid = algorithm && elementAt(der, algorithm.start)
  const hex = oid && der.subarray(oid.start, oid.end).toString('hex')
  return strongerHashes.find(([known]) => known === hex)?.[1] ?? 'sha256'
}

function elementAt(der: Buffer, at: number): { start: number; end: number } | undefined {
  const first = der[at + 1]
  if (first === undefined) return undefined
  const lengthBytes = first < 0x80 ? 0 : first & 0x7f
  const start = at + 2 + lengthBytes
  if (lengthBytes > 4 || start > der.length) return undefined
  const length = lengthBytes === 0 ? first : der.readUIntBE(at + 2, lengthBytes)
  return start + length > der.length ? undefined : { start, end: start + length }
}
