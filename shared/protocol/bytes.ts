/** Bytes and their text forms, as docs/protocol.md writes them: `lv`, `lv_cat`, hex, base64url. Pure. */

const encoder = new TextEncoder()
const strictDecoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

/** UTF-8, byte for byte. */
export function utf8(text: string): Uint8Array<ArrayBuffer> {
  return encoder.encode(text)
}

/** @returns undefined where the bytes are not UTF-8 */
export function textOf(bytes: Uint8Array): string | undefined {
  try {
    return strictDecoder.decode(bytes)
  } catch {
    return undefined
  }
}

export function concat(...parts: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const whole = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0))
  let at = 0
  for (const part of parts) {
    whole.set(part, at)
    at += part.length
  }
  return whole
}

/** LEB128, unsigned. */
export function leb128(value: number): Uint8Array<ArrayBuffer> {
  const bytes: number[] = []
  let rest = value
  while (rest > 0x7f) {
    bytes.push((rest & 0x7f) | 0x80)
    rest >>>= 7
  }
  bytes.push(rest)
  return Uint8Array.from(bytes)
}

/** The length in LEB128, then the bytes. */
export function lv(bytes: Uint8Array): Uint8Array<ArrayBuffer> {
  return concat(leb128(bytes.length), bytes)
}

export function lvCat(...parts: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  return concat(...parts.map(lv))
}

/** At most so many bytes of UTF-8, cut between characters. */
export function cutUtf8(bytes: Uint8Array, maxBytes: number): Uint8Array {
  if (bytes.length <= maxBytes) return bytes
  let end = maxBytes
  // 10xxxxxx continues a character.
  while (((bytes[end] ?? 0) & 0xc0) === 0x80) end--
  return bytes.subarray(0, end)
}

/** Lower case. */
export function hexOf(bytes: Uint8Array): string {
  return Array.from(bytes, byte => byte.toString(16).padStart(2, '0')).join('')
}
