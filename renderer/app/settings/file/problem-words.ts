/** What is wrong in the file, in the user's language: of the grammar, or of the editor's own rules, which are failures. */
import { useTranslation } from 'react-i18next'
import type { FileDiagnostic } from '../../../../shared/ipc/views.ts'
import { diagnosticWords, errorWords, type Told } from '../../../../shared/words/words.ts'
import { wordsIn } from '../../../i18n/words.ts'

export function useProblemWords(): (diagnostic: FileDiagnostic) => Told {
  const { language } = useTranslation().i18n
  return diagnostic => problemWords(diagnostic, language)
}

export function problemWords(diagnostic: FileDiagnostic, language: string): Told {
  const words = wordsIn(language)
  if (diagnostic.wording !== undefined) return diagnosticWords(diagnostic, words)
  return errorWords({ ...diagnostic, details: {} }, words)
}
