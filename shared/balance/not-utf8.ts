/** Where text is not UTF-8: bytes that are none, and surrogates that stand alone, which no UTF-8 can hold. */
import { textOf } from '../protocol/bytes.ts'

const escapeBase = 0xdc00

/** The offset of the first character that stands for no valid UTF-8, or -1. */
export function firstNotUtf8(text: string): number {
  return text.search(/\p{Cs}/u)
}

/** Each byte that is no UTF-8 as one lone surrogate, U+DC80 to U+DCFF ("surrogateescape", PEP 383). */
export function decodeEscaping(bytes: Uint8Array): string {
  const parts: string[] = []
  let at = 0
  while (at < bytes.length) {
    const start = at
    let size = sequenceSize(bytes, at)
    while (size > 0) {
      at += size
      size = sequenceSize(bytes, at)
    }
    if (at > start) parts.push(textOf(bytes.subarray(start, at)) ?? '')
    const wrong = bytes[at]
    if (wrong === undefined) break
    parts.push(String.fromCharCode(escapeBase + wrong))
    at += 1
  }
  return parts.join('')
}

/** Bytes of the well-formed sequence at `at` (Unicode 16, table 3-7), 0 where there is none. */
function sequenceSize(bytes: Uint8Array, at: number): number {
  const lead = bytes[at]
  if (lead === undefined) return 0
  if (lead < 0x80) return 1
  const size = lead >= 0xc2 && lead <= 0xdf ? 2 : lead >= 0xe0 && lead <= 0xef ? 3 : 4
  if (lead < 0xc2 || lead > 0xf4) return 0
  const [low, high] = secondByteRange(lead)
  const second = bytes[at + 1] ?? 0
  if (second < low || second > high) return 0
  for (let i = 2; i < size; i += 1) {
    const next = bytes[at + i] ?? 0
    if (next < 0x80 || next > 0xbf) return 0
  }
  return size
}

function secondByteRange(lead: number): readonly [number, number] {
  if (lead === 0xe0) return [0xa0, 0xbf]
  if (lead === 0xed) return [0x80, 0x9f]
  if (lead === 0xf0) return [0x90, 0xbf]
  if (lead === 0xf4) return [0x80, 0x8f]
  return [0x80, 0xbf]
}
