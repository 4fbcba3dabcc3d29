/** What is wrong in a file, in other languages than the grammar's English. `{word}` is filled in from the diagnostic's details. */
import type { DiagnosticText, MendText } from '../../balance/index.ts'

export interface DiagnosticTexts {
  readonly texts: Readonly<Record<DiagnosticText, string>>
  readonly mends: Readonly<Record<MendText, string>>
}
