/** What can be put right by one click: an exact replacement for the spot of a diagnostic. */
import type { FileDiagnostic } from '../../../../shared/ipc/views.ts'

export interface QuickFix {
  readonly from: number
  readonly to: number
  readonly insert: string
}

/** Their mends are "write TEXT", and the text stands in the spot's place. */
const replacing: ReadonlySet<string> = new Set(['proxy-no-port', 'gateway-no-port', 'arrow-without-spaces'])

export function quickFixOf({ code, from, to, mend }: FileDiagnostic): QuickFix | undefined {
  if (code === 'no-semicolon') return { from, to: from, insert: ';' }
  // A mend with the head of an entry shows the whole line, its passwords masked.
  if (!replacing.has(code) || !mend.startsWith('write ') || mend.includes('/~~')) return undefined
  return { from, to, insert: mend.slice('write '.length) }
}
