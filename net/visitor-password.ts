/** A visitor's password through scrypt (RFC 7914), as both ends do it: off the main thread, text in its composed form (NFC). */
import { scrypt } from 'node:crypto'
import type { VisitorVerifier } from '../shared/protocol/visitor-verifier.ts'
import type { Secret } from '../shared/secret.ts'

export const visitorPasswordMaxBytes = 1024

const hashBytes = 32

/** 32 bytes. Takes a thread of the pool for some hundred milliseconds, and 128 · N · r bytes. */
export function hashVisitorPassword(
  password: Secret,
  { n, r, p, salt }: Omit<VisitorVerifier, 'hash'>,
): Promise<Buffer> {
  // Keyboards differ in how they put a letter and its accent together; what is meant is the same.
  const composed = password.use(bytes => Buffer.from(new TextDecoder().decode(bytes).normalize('NFC')))
  return new Promise((resolve, reject) => {
    const cost = { N: n, r, p, maxmem: 2 * 128 * n * r }
    scrypt(composed, Buffer.from(salt, 'hex'), hashBytes, cost, (cause, hash) => {
      composed.fill(0)
      if (cause === null) resolve(hash)
      else reject(cause)
    })
  })
}
