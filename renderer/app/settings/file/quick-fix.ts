/** What can be put right by one click: an exact replacement for the spot of a diagnostic. */
import type { FileDiagnostic } from '../../../../shared/ipc/views.ts'

export interface QuickFix {
  readonly from: number
  readonly to: number
  readonly insert: string
}

/** What their mends say to write stands in the spot's place. */
const replacing: ReadonlySet<string> = new Set(['proxy-no-port', 'gateway-no-port', 'arrow-without-spaces'])

export function quickFixOf({ code, from, to, wording }: FileDiagnostic): QuickFix | undefined {
  if (code === 'no-semicolon') return { from, to: from, insert: ';' }
  const instead = wording?.mend === 'write' ? wording.details['instead'] : undefined
  // A mend with the head of an entry shows the whole line, its passwords masked.
  if (!replacing.has(code) || typeof instead !== 'string' || instead.includes('/~~')) return undefined
  return { from, to, insert: instead }
}
