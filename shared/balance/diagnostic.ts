/**
 * What is wrong with a line, where, and what to write instead. Passwords never get in here: the excerpt is made with the
 * secret parts masked, and messages and mends are given none.
 */
import { codeOf, type DiagnosticCode, inEnglish, type Wording } from './diagnostic-texts.ts'
import { MaskedLine } from './masked-line.ts'
import { shownWidth } from './shown-width.ts'

export type Severity = 'error' | 'warning'

export interface Diagnostic {
  readonly file: string
  /** From 1. */
  readonly line: number
  /** In characters, from 1, in the line as it stands in the file. */
  readonly column: number
  /** Just behind the last character. */
  readonly endColumn: number
  readonly severity: Severity
  readonly code: DiagnosticCode
  /** In English. */
  readonly message: string
  /** What to write instead, or what to do. */
  readonly mend: string
  /** The same for other languages. */
  readonly wording: Wording
  /** The line, secrets masked, shortened around the spot where it is very long. */
  readonly excerpt: string
  /** Where in the excerpt the spot is: characters, from 0. */
  readonly caret: { readonly start: number; readonly length: number }
}

/** Half-open, in UTF-16 units of the line's text. */
export interface Span {
  readonly start: number
  readonly end: number
}

export interface Finding {
  readonly severity: Severity
  readonly span: Span
  readonly wording: Wording
}

/**
 * All findings of one line. What costs a step for each character is done once, so that many findings stay linear.
 * @param secrets spans that must not be shown; they may overlap and stand in any order
 */
export function diagnose(
  findings: readonly Finding[],
  where: { file: string; line: number; text: string; secrets: readonly Span[] },
): Diagnostic[] {
  if (findings.length === 0) return []
  const { file, line, text } = where
  const shown = new MaskedLine(text, where.secrets)
  const columnOf = columnsOf(text)
  return findings.map(({ span, severity, wording }) => {
    const column = columnOf(span.start)
    const endColumn = Math.max(column + 1, columnOf(span.end))
    const told = { severity, code: codeOf(wording), ...inEnglish(wording), wording }
    return { file, line, column, endColumn, ...told, ...shown.excerpt(span) }
  })
}

/** As a compiler prints it: place, severity, message; the line; the caret with the mend. */
export function formatDiagnostic(diagnostic: Diagnostic): string {
  const { file, line, column, severity, message, excerpt, caret, mend } = diagnostic
  const characters = [...excerpt]
  const before = characters.slice(0, caret.start).join('')
  const spot = characters.slice(caret.start, caret.start + caret.length).join('')
  const pointer = ' '.repeat(shownWidth(before)) + '^'.repeat(Math.max(1, shownWidth(spot)))
  return `${file}:${line}:${column} ${severity}  ${message}\n  ${excerpt}\n  ${pointer} ${mend}`
}

/** Offset to column, from 1, in code points. The table is made only where the two differ. */
function columnsOf(text: string): (offset: number) => number {
  if (!/[\ud800-\udbff]/.test(text)) return offset => offset + 1
  const columns = new Uint32Array(text.length + 1)
  let column = 0
  for (let i = 0; i < text.length; i += 1) {
    columns[i] = ++column
    if ((text.codePointAt(i) ?? 0) > 0xffff) columns[++i] = column
  }
  columns[text.length] = column + 1
  return offset => columns[Math.min(offset, text.length)] ?? column + 1
}
