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
const trailingMend = 'end the line with the first ; and write a comment on a line of its own, after #'

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
    reading.error('empty-password', { start, end: mark + 2 }, 'The password is empty.', `write ${example}`)
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
  reading.error(
    'no-colon',
    entry.body,
    'Behind the # that ends the password stands a colon and then the address rule.',
    `write ${maskedLine(entry, '#:*')}`,
  )
}

function readRule(reading: LineReading, entry: EntryLine, span: Span): AddressRule | undefined {
  const raw = reading.text.slice(span.start, span.end)
  const text = raw.trim()
  const start = span.start + (raw.length - raw.trimStart().length)
  const whole = { start, end: start + text.length }
  const mended = (rule: string) => `write ${maskedLine(entry, `#:${rule}`)}`
  if (text === '') {
    reading.error(
      'no-rule',
      { start: span.start - 2, end: span.end },
      'The address rule behind #: is missing.',
      mended('*'),
    )
    return undefined
  }
  const ruled = withoutRdpPort(text)
  if (ruled !== undefined && !/\s/.test(ruled)) {
    reading.find(
      'warning',
      'rdpport',
      { start: whole.end - 'RDPPORT'.length, end: whole.end },
      'RDPPORT has no meaning on a back entry, because the subserver makes the connection.',
      'write it without RDPPORT',
    )
    return readSingleRule(reading, ruled, { start, end: start + ruled.length }, mended)
  }
  const second = /[\s,;]+(?=\S)|(?<=[^\s,;*])\*(?=[\w.[:])/.exec(text)
  if (second !== null) {
    const words = text.split(/[\s,;]+/).filter(word => word !== '')
    const areClear = words.every(isClearRule)
    if (!areClear) reading.hide(start, whole.end)
    if (!areClear && text.includes(';')) {
      reading.error('text-after-end', whole, 'Something stands behind the first ; of the rule.', trailingMend)
      return undefined
    }
    reading.error(
      'second-address',
      { start: start + second.index + (second[0] === '*' ? 0 : second[0].length), end: whole.end },
      'Only one IP entry is allowed.',
      areClear ? mended(text.slice(0, second.index)) : 'write one address, a range or a prefix',
    )
    return undefined
  }
  return readSingleRule(reading, text, whole, mended)
}

function readSingleRule(
  reading: LineReading,
  text: string,
  span: Span,
  mended: (rule: string) => string,
): AddressRule | undefined {
  if (/^[+-]?\d+(?:[.,]\d+)?$/.test(text)) {
    if (/^0*[1-9]\d*$/.test(text)) return { kind: 'any' }
    reading.error(
      'bad-rule-port',
      span,
      'The port must be a positive whole number; any one means "any address".',
      mended('*'),
    )
    return undefined
  }
  if (text.startsWith('*')) {
    const rule = parseAddressRule(text.slice(1))
    if (rule !== undefined) return rule
    if (!isNumeric(text)) reading.hide(span.start, span.end)
    reading.error(
      'bad-rule',
      span,
      'This is neither an address, nor a prefix like *51.254.*, nor a range like *10.0.0.0/8, nor a domain.',
      mended(/^[\d.]+$/.test(text.slice(1)) ? `${text.replace(/\.?$/, '')}.*` : '*'),
    )
    return undefined
  }
  if (!isClearRule(text)) reading.hide(span.start, span.end)
  if (isClearRule(text) && parseAddressRule(text) !== undefined) {
    reading.error('no-star', span, 'Before an address, a prefix or a domain stands a *.', mended(`*${text}`))
    return undefined
  }
  reading.error(
    'bad-rule',
    span,
    'The address rule is *, a positive port, or * and an address, prefix or domain.',
    mended('*'),
  )
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
    reading.error(
      'not-an-entry',
      entry.body,
      'This is neither a back entry (a password that ends in #: and an address rule) nor a direct entry (host:port).',
      `write ${maskedLine(entry, '#:*')} or /~~${entry.name}=192.168.1.20:8080;`,
    )
    return undefined
  }
  if (ruled !== undefined) {
    const wordEnd = start + raw.trimEnd().length
    const word = { start: wordEnd - rdpWord.length, end: wordEnd }
    reading.find(
      'warning',
      'rdpport',
      word,
      'RDPPORT is not supported here: visitors reach this address with HTTP.',
      'write it without RDPPORT',
    )
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
