/** One entry of balance.bin: a back entry (an agent registers) or a direct one (the gateway dials). docs/file-formats.md. */
import { Secret } from '../secret.ts'
import { type AddressRule, parseAddressRule } from './address-rule.ts'
import type { Span } from './diagnostic.ts'
import { type EntryLine, type LineReading, maskedLine, readEntryLine } from './entry-line.ts'
import { isLiteralHost, isPort, looksLikeHost, parseHostPort } from './host-port.ts'

export interface BackEntry {
  readonly kind: 'back'
  readonly name: string
  readonly password: Secret
  readonly rule: AddressRule
  /** Back-connections carry TLS inside, whatever the outer connection is. */
  readonly isSsl: boolean
  readonly line: number
}

export interface DirectEntry {
  readonly kind: 'direct'
  readonly name: string
  /** Without brackets. */
  readonly host: string
  readonly port: number
  /** The gateway dials with TLS. */
  readonly isSsl: boolean
  readonly line: number
}

export type GatewayEntry = BackEntry | DirectEntry

const example = '/~~name=password#:*;'
const rdpWord = 'RDPPORT'

/** The text before a last word RDPPORT. @returns undefined where that is not the last word */
function withoutRdpPort(text: string): string | undefined {
  if (text.slice(-rdpWord.length).toUpperCase() !== rdpWord) return undefined
  const before = text.slice(0, -rdpWord.length)
  return before.trimEnd() === before ? undefined : before.trimEnd()
}

/** Cannot be the end of a password: digits, or an address, range or dotted name. */
function isClearRule(text: string): boolean {
  return isNumeric(text) || looksLikeHost(text.startsWith('*') ? text.slice(1) : text)
}

/** A star, or numbers, dots and slashes, or groups of an IPv6 address. */
function isNumeric(text: string): boolean {
  if (text.length > 100) return false
  return /^\*?(?:[\d./*-]*|[\da-f]{0,4}:[\da-f]{0,4}:[\da-f:./*]*)$/i.test(text)
}

/** @returns undefined where the line has errors; they stand in `reading` */
export function readGatewayEntry(reading: LineReading, line: number): GatewayEntry | undefined {
  const entry = readEntryLine(reading, example)
  if (entry === undefined) return undefined
  const { start, end } = entry.body
  const body = reading.text.slice(start, end)
  const mark = body.lastIndexOf('#:')
  const result =
    mark >= 0
      ? readBack(reading, entry, start + mark, line)
      : body.includes('#')
        ? reportNoColon(reading, entry)
        : readDirect(reading, entry, line)
  return reading.hasErrors ? undefined : result
}

function readBack(reading: LineReading, entry: EntryLine, mark: number, line: number): BackEntry | undefined {
  const { start, end } = entry.body
  reading.hide(start, mark)
  if (mark === start) {
    reading.error('empty-password', { start, end: mark + 2 }, 'write', { instead: example })
  }
  const rule = readRule(reading, entry, { start: mark + 2, end })
  if (rule === undefined) return undefined
  return {
    kind: 'back',
    name: entry.name,
    password: Secret.fromText(reading.text.slice(start, mark)),
    rule,
    isSsl: entry.isSsl,
    line,
  }
}

function reportNoColon(reading: LineReading, entry: EntryLine): undefined {
  reading.hide(entry.body.start, entry.body.end)
  reading.error('no-colon', entry.body, 'write', { instead: maskedLine(entry, '#:*') })
}

function readRule(reading: LineReading, entry: EntryLine, span: Span): AddressRule | undefined {
  const raw = reading.text.slice(span.start, span.end)
  const text = raw.trim()
  const start = span.start + (raw.length - raw.trimStart().length)
  const whole = { start, end: start + text.length }
  const mended = (rule: string) => ({ instead: maskedLine(entry, `#:${rule}`) })
  if (text === '') {
    reading.error('no-rule', { start: span.start - 2, end: span.end }, 'write', mended('*'))
    return undefined
  }
  const ruled = withoutRdpPort(text)
  if (ruled !== undefined && !/\s/.test(ruled)) {
    const word = { start: whole.end - rdpWord.length, end: whole.end }
    reading.warn('rdpport', word, 'without-rdpport')
    return readSingleRule(reading, ruled, { start, end: start + ruled.length }, mended)
  }
  const second = /[\s,;]+(?=\S)|(?<=[^\s,;*])\*(?=[\w.[:])/.exec(text)
  if (second !== null) {
    const words = text.split(/[\s,;]+/).filter(word => word !== '')
    const areClear = words.every(isClearRule)
    if (!areClear) reading.hide(start, whole.end)
    if (!areClear && text.includes(';')) {
      reading.error('text-after-end', whole, 'end-at-semicolon')
      return undefined
    }
    const at = start + second.index + (second[0] === '*' ? 0 : second[0].length)
    const spot = { start: at, end: whole.end }
    if (areClear) reading.error('second-address', spot, 'write', mended(text.slice(0, second.index)))
    else reading.error('second-address', spot, 'one-address')
    return undefined
  }
  return readSingleRule(reading, text, whole, mended)
}

function readSingleRule(
  reading: LineReading,
  text: string,
  span: Span,
  mended: (rule: string) => { readonly instead: string },
): AddressRule | undefined {
  if (/^[+-]?\d+(?:[.,]\d+)?$/.test(text)) {
    if (/^0*[1-9]\d*$/.test(text)) return { kind: 'any' }
    reading.error('bad-rule-port', span, 'write', mended('*'))
    return undefined
  }
  if (text.startsWith('*')) {
    const rule = parseAddressRule(text.slice(1))
    if (rule !== undefined) return rule
    if (!isNumeric(text)) reading.hide(span.start, span.end)
    const rules = /^[\d.]+$/.test(text.slice(1)) ? `${text.replace(/\.?$/, '')}.*` : '*'
    reading.error('bad-rule/behind-star', span, 'write', mended(rules))
    return undefined
  }
  if (!isClearRule(text)) reading.hide(span.start, span.end)
  if (isClearRule(text) && parseAddressRule(text) !== undefined) {
    reading.error('no-star', span, 'write', mended(`*${text}`))
    return undefined
  }
  reading.error('bad-rule', span, 'write', mended('*'))
  return undefined
}

function readDirect(reading: LineReading, entry: EntryLine, line: number): DirectEntry | undefined {
  const { start, end } = entry.body
  const raw = reading.text.slice(start, end)
  const ruled = withoutRdpPort(raw.trim())
  const address = parseHostPort(ruled ?? raw.trim())
  // Without a # it may as well be a password; an address can be none.
  if (address === undefined || !isLiteralHost(address.host)) reading.hideValue()
  if (address?.port === undefined || !isPort(address.port)) {
    // It may be a password whose # was forgotten.
    reading.hide(start, end)
    const details = { instead: maskedLine(entry, '#:*'), or: `/~~${entry.name}=192.168.1.20:8080;` }
    reading.error('not-an-entry', entry.body, 'write-either', details)
    return undefined
  }
  if (ruled !== undefined) {
    const wordEnd = start + raw.trimEnd().length
    const word = { start: wordEnd - rdpWord.length, end: wordEnd }
    reading.warn('rdpport/direct', word, 'without-rdpport')
  }
  return {
    kind: 'direct',
    name: entry.name,
    host: address.host,
    port: address.port,
    isSsl: entry.isSsl,
    line,
  }
}
