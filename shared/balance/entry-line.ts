/**
 * What the entry lines of both files have in common: `[SSL ]/~~name=…;`. Cuts a line into name and body and collects findings and
 * secret spans; what the body means is each grammar's own business.
 */
import type { Details } from '../filled.ts'
import type { Finding, Span } from './diagnostic.ts'
import type { DiagnosticText, MendText } from './diagnostic-texts.ts'
import { mask } from './masked-line.ts'

const entryPattern = /^(SSL )?\/~~/
const namePattern = /^[A-Za-z0-9._-]{1,64}$/

/** The line that is being read, and what was found in it so far. */
export class LineReading {
  readonly text: string
  readonly findings: Finding[] = []
  /** Never shown. */
  readonly secrets: Span[] = []

  constructor(text: string) {
    this.text = text
  }

  warn(text: DiagnosticText, span: Span, mend: MendText, details: Details = {}): void {
    this.findings.push({ severity: 'warning', span, wording: { text, mend, details } })
  }

  error(text: DiagnosticText, span: Span, mend: MendText, details: Details = {}): void {
    this.findings.push({ severity: 'error', span, wording: { text, mend, details } })
  }

  hide(start: number, end: number): void {
    this.secrets.push({ start, end })
  }

  #isValueHidden = false

  /** Hides all behind the first `=` (what the name may hide besides): whoever calls cannot tell where a password ends. */
  hideValue(): void {
    if (this.#isValueHidden) return
    this.#isValueHidden = true
    const equals = this.text.indexOf('=')
    const end = this.text.trimEnd().length
    this.hide(equals + 1, this.text.charAt(end - 1) === ';' ? end - 1 : end)
  }

  get hasErrors(): boolean {
    return this.findings.some(finding => finding.severity === 'error')
  }
}

export interface EntryLine {
  readonly name: string
  readonly nameSpan: Span
  readonly isSsl: boolean
  /** Between the first `=` and the semicolon at the end. */
  readonly body: Span
}

export type LineKind = 'blank' | 'entry' | 'other'

export function kindOfLine(text: string): LineKind {
  const begin = text.trimStart()
  if (begin === '' || begin.startsWith('#') || begin.startsWith('//')) return 'blank'
  return entryPattern.test(text) ? 'entry' : 'other'
}

/** A line that is no entry: a warning, for the file may come from another product. Little of it is shown. */
export function reportOther(reading: LineReading): void {
  const { text } = reading
  const end = text.trimEnd().length
  const start = text.length - text.trimStart().length
  // Only what was certainly meant as the head of an entry is shown: base64 ends in = as well.
  const shown =
    /^(?:ssl[ \t]{1,9})?[/\\]{0,3}~{1,3}[\w.-]{0,64}(?==)/i.exec(text.slice(start, start + 90))?.[0].length ??
    0
  reading.hide(start + shown, end)
  reading.warn('not-understood', { start, end }, otherMend(text.slice(start, start + 16), start))
}

function otherMend(begin: string, indent: number): MendText {
  if (/^(?:SSL )?\/~~/.test(begin) && indent > 0) return 'remove-indent'
  if (/^ssl\s+\/~~/i.test(begin)) return 'ssl-in-capitals'
  return 'entry-or-comment'
}

/** @returns undefined where nothing more can be said of the line */
export function readEntryLine(reading: LineReading, example: string): EntryLine | undefined {
  const { text } = reading
  const prefix = entryPattern.exec(text)
  if (prefix === null) return undefined
  const start = prefix[0].length
  const trimmed = text.trimEnd()
  const hasSemicolon = trimmed.endsWith(';')
  const end = hasSemicolon ? trimmed.length - 1 : trimmed.length
  const equals = text.indexOf('=', start)
  if (equals < 0 || equals >= end) {
    reading.hide(start, end)
    reading.error('no-equals', { start, end }, 'write', { instead: example })
    return undefined
  }
  if (!hasSemicolon) {
    reading.error('no-semicolon', { start: end, end: end + 1 }, 'add-semicolon')
  }
  const name = text.slice(start, equals)
  const nameSpan = { start, end: equals }
  if (!namePattern.test(name)) {
    // Where the first = was forgotten, one of the password's own is taken for it.
    reading.hide(start, end)
    reading.error(name === '' ? 'bad-name/missing' : 'bad-name', nameSpan, 'write', { instead: example })
    return undefined
  }
  return { name, nameSpan, isSsl: prefix[1] !== undefined, body: { start: equals + 1, end } }
}

/** `/~~name=••••••REST;`, for mends. */
export function maskedLine(entry: EntryLine, rest: string): string {
  return `${entry.isSsl ? 'SSL ' : ''}/~~${entry.name}=${mask}${rest};`
}
