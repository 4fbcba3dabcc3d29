/** What an admin wants to know of a certificate: for whom, by whom, how long. */
import { X509Certificate } from 'node:crypto'
import type { CertificateView } from '../../shared/dashboard/state.ts'
import { certificateDigest } from '../listen/self-signed.ts'

const shownNames = 12

/** Of the first certificate of a PEM chain. */
export function certificateFacts(place: CertificateView['place'], pem: string): CertificateView {
  const leaf = new X509Certificate(pem)
  const names = (leaf.subjectAltName ?? '')
    .split(', ')
    .map(name => /^(?:DNS|IP Address):(.+)$/.exec(name)?.[1])
    .filter(name => name !== undefined)
  return {
    place,
    names: names.slice(0, shownNames),
    namesInAll: names.length,
    issuer: nameOf(leaf.issuer),
    isSelfSigned: leaf.issuer === leaf.subject,
    validFrom: Date.parse(leaf.validFrom),
    validTo: Date.parse(leaf.validTo),
    sha256: certificateDigest(pem),
  }
}

/** Of a distinguished name, which node:crypto gives as lines, the parts that people know. */
function nameOf(distinguished: string): string {
  const part = (key: string) => new RegExp(`^${key}=(.+)$`, 'm').exec(distinguished)?.[1]
  const known = [part('O'), part('CN')].filter(text => text !== undefined)
  return (known.length > 0 ? known.join(', ') : distinguished.replaceAll('\n', ', ')).slice(0, 300)
}
