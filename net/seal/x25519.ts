/** X25519 (RFC 7748) with any point as base, by OpenSSL. Its key objects want DER around the raw 32 bytes. */
import { createPrivateKey, createPublicKey, diffieHellman } from 'node:crypto'
import { TildegateError } from '../../shared/errors.ts'

const privatePrefix = Buffer.from('302e020100300506032b656e04220420', 'hex')
const publicPrefix = Buffer.from('302a300506032b656e032100', 'hex')

/**
 * @throws TildegateError protocol-violation where the result is all zeros (a point of low order):
 *   docs/protocol.md demands to abort then
 */
export function x25519(scalar: Uint8Array, point: Uint8Array): Buffer {
  const der = Buffer.concat([privatePrefix, scalar])
  try {
    const result = diffieHellman({
      privateKey: createPrivateKey({ key: der, format: 'der', type: 'pkcs8' }),
      publicKey: createPublicKey({ key: Buffer.concat([publicPrefix, point]), format: 'der', type: 'spki' }),
    })
    if (result.every(byte => byte === 0)) throw new Error('all zeros')
    return result
  } catch (cause) {
    throw new TildegateError('protocol-violation', { reason: 'a point of low order' }, { cause })
  } finally {
    der.fill(0)
  }
}
