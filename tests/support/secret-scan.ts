/** Looks for secrets in what programs say, write or leave behind, however they may be spelled there. */
import { createHash } from 'node:crypto'
import { md4 } from '../../net/auth/md4.ts'

/** Shorter ones would be found where nobody wrote them. */
const shortestBytes = 6

/** Every spelling of a secret that a program could let out. */
function spellings(secret: string): Map<string, Buffer> {
  const found = new Map<string, Buffer>()
  const raw = {
    utf8: Buffer.from(secret, 'utf8'),
    latin1: Buffer.from(secret, 'latin1'),
    utf16le: Buffer.from(secret, 'utf16le'),
  }
  for (const [name, bytes] of Object.entries(raw)) {
    found.set(name, bytes)
    found.set(`hex of ${name}`, Buffer.from(bytes.toString('hex')))
    // Inside a longer text (`user:password`) base64 begins at any of three places; the characters that its neighbours share are cut off.
    for (const before of [0, 1, 2]) {
      const text = Buffer.concat([Buffer.alloc(before), bytes]).toString('base64')
      const inner = text.slice(Math.ceil((before * 4) / 3), Math.floor(((before + bytes.length) * 4) / 3))
      found.set(`base64 of ${name} at ${before}`, Buffer.from(inner))
      found.set(
        `base64url of ${name} at ${before}`,
        Buffer.from(inner.replaceAll('+', '-').replaceAll('/', '_')),
      )
    }
    const percent = [...bytes].map(byte => `%${byte.toString(16).padStart(2, '0')}`).join('')
    found.set(`percent of all of ${name}`, Buffer.from(percent))
  }
  found.set('percent', Buffer.from(encodeURIComponent(secret)))
  found.set(
    'percent in lower case',
    Buffer.from(encodeURIComponent(secret).replace(/%../g, sign => sign.toLowerCase())),
  )
  const escaped = secret.replace(
    /[^\x20-\x7e]/g,
    sign => `\\u${sign.charCodeAt(0).toString(16).padStart(4, '0')}`,
  )
  found.set('JSON', Buffer.from(escaped))
  // As good as the password itself (pass the hash), and quick to guess from.
  for (const [name, hash] of [
    ['NT hash', Buffer.from(md4(raw.utf16le))],
    ['SHA-256', createHash('sha256').update(raw.utf8).digest()],
  ] as const) {
    found.set(name, hash)
    found.set(`${name}, hex`, Buffer.from(hash.toString('hex')))
    found.set(`${name}, base64`, Buffer.from(hash.toString('base64').replace(/=+$/, '')))
  }
  return found
}

export interface Output {
  readonly where: string
  readonly text: string | Uint8Array
}

/** `secret, spelling, where` of each find. A secret too short to be told from chance fails the test that uses it. */
export function findSecrets(outputs: readonly Output[], secrets: Readonly<Record<string, string>>): string[] {
  const finds: string[] = []
  for (const [name, secret] of Object.entries(secrets)) {
    if (Buffer.byteLength(secret) < shortestBytes) throw new Error(`${name} is too short to look for`)
    for (const [spelling, bytes] of spellings(secret)) {
      if (bytes.length < shortestBytes) continue
      for (const { where, text } of outputs) {
        const haystack =
          typeof text === 'string'
            ? Buffer.from(text)
            : Buffer.from(text.buffer, text.byteOffset, text.length)
        const at = haystack.indexOf(bytes)
        if (at >= 0) finds.push(`${name} as ${spelling} in ${where}: ${JSON.stringify(around(haystack, at))}`)
      }
    }
  }
  return finds
}

function around(bytes: Buffer, at: number): string {
  return bytes.subarray(Math.max(0, at - 60), at + 60).toString('latin1')
}
