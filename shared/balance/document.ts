/**
 * A file as lines, without loss: `printDocument(parseDocument(x))` is x for any text and any bytes. Knows nothing of entries.
 */
import { concat, textOf, utf8 } from '../protocol/bytes.ts'

export interface DocumentLine {
  /** Without its ending. For a line that is not UTF-8: empty, and `bytes` holds it. */
  readonly text: string
  readonly bytes?: Uint8Array
  readonly ending: '\n' | '\r\n' | ''
}

export interface Document {
  readonly hasBom: boolean
  readonly lines: readonly DocumentLine[]
}

const bom = '\uFEFF'
const bomBytes = [0xef, 0xbb, 0xbf]
const lineFeed = 0x0a
const carriageReturn = 0x0d

export function parseDocument(source: string | Uint8Array): Document {
  return typeof source === 'string' ? ofText(source) : ofBytes(source)
}

function ofText(text: string): Document {
  const hasBom = text.startsWith(bom)
  const lines: DocumentLine[] = []
  for (let at = hasBom ? bom.length : 0; ; ) {
    const feed = text.indexOf('\n', at)
    if (feed < 0) {
      if (at < text.length) lines.push({ text: text.slice(at), ending: '' })
      return { hasBom, lines }
    }
    const isCrlf = feed > at && text[feed - 1] === '\r'
    lines.push({ text: text.slice(at, isCrlf ? feed - 1 : feed), ending: isCrlf ? '\r\n' : '\n' })
    at = feed + 1
  }
}

function ofBytes(bytes: Uint8Array): Document {
  const hasBom = bomBytes.every((byte, i) => bytes[i] === byte)
  const lines: DocumentLine[] = []
  for (let at = hasBom ? bomBytes.length : 0; ; ) {
    const feed = bytes.indexOf(lineFeed, at)
    const isCrlf = feed > at && bytes[feed - 1] === carriageReturn
    const end = feed < 0 ? bytes.length : isCrlf ? feed - 1 : feed
    if (feed >= 0 || at < bytes.length) {
      const raw = bytes.slice(at, end)
      const text = textOf(raw)
      const ending = feed < 0 ? '' : isCrlf ? '\r\n' : '\n'
      lines.push(text === undefined ? { text: '', bytes: raw, ending } : { text, ending })
    }
    if (feed < 0) return { hasBom, lines }
    at = feed + 1
  }
}

/** The file's bytes. */
export function printDocument(document: Document): Uint8Array<ArrayBuffer> {
  const parts: Uint8Array[] = document.hasBom ? [Uint8Array.from(bomBytes)] : []
  for (const line of document.lines) parts.push(line.bytes ?? utf8(line.text), utf8(line.ending))
  return concat(...parts)
}

/** The file's text, for a document that was parsed from text, or from bytes that are all UTF-8. */
export function printText(document: Document): string {
  return (document.hasBom ? bom : '') + document.lines.map(line => line.text + line.ending).join('')
}
