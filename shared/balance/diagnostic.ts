/**
 * What is wrong with a line, where, and what to write instead. Passwords never get in here: the excerpt is made with the
 * secret parts masked, and messages and mends are given none.
 */
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
  readonly message: string
  /** What to write instead, or what to do. */
  readonly mend?: string
  /** The line, secrets masked, shortened around the spot where it is very long. */
  readonly excerpt: string
  /** Where in the excerpt the spot is: characters, from 0. */
  readonly caret: { readonly start: number; readonly length: number }
}

export type DiagnosticCode =
  | 'not-utf8'
  | 'not-understood'
  | 'no-semicolon'
  | 'no-equals'
  | 'bad-name'
  | 'duplicate-name'
  | 'similar-name'
  | 'empty-password'
  | 'no-hash'
  | 'no-colon'
  | 'no-rule'
  | 'no-star'
  | 'second-address'
  | 'bad-rule'
  | 'bad-rule-port'
  | 'rdpport'
  | 'not-an-entry'
  | 'ssl-here'
  | 'bad-gateway'
  | 'gateway-no-port'
  | 'arrow-without-spaces'
  | 'bad-proxy'
  | 'proxy-no-port'
  | 'proxy-no-user'
  | 'bad-port'
  | 'misplaced-arrow'
  | 'bad-target'
  | 'target-not-supported'
  | 'bad-option'
  | 'bad-variable'

/** Half-open, in UTF-16 units of the line's text. */
export interface Span {
  readonly start: number
  readonly end: number
}

export interface Finding {
  readonly severity: Severity
  readonly code: DiagnosticCode
  readonly span: Span
  readonly message: string
  readonly mend?: string
}

export const mask = '••••••'
const maxExcerpt = 160

/** @param secrets spans that must not be shown; they may overlap and stand in any order */
export function diagnose(
  finding: Finding,
  where: { file: string; line: number; text: string; secrets: readonly Span[] },
): Diagnostic {
  const { text, secrets } = where
  const { span, ...rest } = finding
  const column = characters(text, span.start) + 1
  return {
    file: where.file,
    line: where.line,
    column,
    endColumn: column + Math.max(1, characters(text.slice(span.start, span.end), span.end - span.start)),
    ...rest,
    ...excerptOf(text, merged(secrets), span),
  }
}

/** As a compiler prints it: place, severity, message; the line; the caret with the mend. */
export function formatDiagnostic(diagnostic: Diagnostic): string {
  const { file, line, column, severity, message, excerpt, caret, mend } = diagnostic
  const pointer = `${' '.repeat(caret.start)}${'^'.repeat(caret.length)}`
  const place = `${file}:${line}:${column} ${severity}  ${message}`
  return `${place}\n  ${excerpt}\n  ${pointer}${mend === undefined ? '' : ` ${mend}`}`
}

/** How many characters (code points) the first `units` UTF-16 units are. */
function characters(text: string, units: number): number {
  let count = 0
  for (let i = 0; i < units && i < text.length; count++) i += (text.codePointAt(i) ?? 0) > 0xffff ? 2 : 1
  return count
}

function merged(spans: readonly Span[]): Span[] {
  const result: Span[] = []
  for (const span of [...spans].sort((a, b) => a.start - b.start)) {
    if (span.end <= span.start) continue
    const last = result.at(-1)
    if (last !== undefined && span.start <= last.end) {
      result[result.length - 1] = { start: last.start, end: Math.max(last.end, span.end) }
    } else result.push(span)
  }
  return result
}

function excerptOf(
  text: string,
  secrets: readonly Span[],
  spot: Span,
): { excerpt: string; caret: { start: number; length: number } } {
  let masked = ''
  let at = 0
  let start: number | undefined
  let end: number | undefined
  const place = (unit: number, shown: number) => {
    if (start === undefined && spot.start <= unit) start = shown - (unit - spot.start)
    if (end === undefined && spot.end <= unit) end = shown - (unit - spot.end)
  }
  for (const secret of [...secrets, { start: text.length, end: text.length }]) {
    masked += text.slice(at, secret.start)
    place(secret.start, masked.length)
    if (secret.end === secret.start) break
    // A spot that begins or ends within a secret stands at the mask's edges.
    if (start === undefined && spot.start < secret.end) start = masked.length
    masked += mask
    if (end === undefined && spot.end <= secret.end) end = masked.length
    at = secret.end
  }
  const begin = Math.min(start ?? masked.length, masked.length)
  const stop = Math.max(begin + 1, end ?? masked.length)
  return shortened(masked, begin, stop)
}

/** The part around the spot; tabs and control characters become one space, so that the caret stands right. */
function shortened(masked: string, begin: number, stop: number) {
  const from = masked.length <= maxExcerpt ? 0 : Math.max(0, begin - maxExcerpt / 2)
  const to = Math.min(masked.length, from + maxExcerpt)
  const head = from > 0 ? '…' : ''
  const shown = masked.slice(from, to).replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu, ' ')
  const before = masked.slice(from, begin)
  const spot = masked.slice(begin, Math.min(stop, to))
  return {
    excerpt: `${head}${shown}${to < masked.length ? '…' : ''}`,
    caret: {
      start: head.length + characters(before, before.length),
      length: Math.max(1, characters(spot, spot.length)),
    },
  }
}
