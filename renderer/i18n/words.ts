/** Failures and diagnostics in the language that the window speaks. */
import { useTranslation } from 'react-i18next'
import { en } from '../../shared/words/en.ts'
import {
  diagnosticWords,
  errorWords,
  type Told,
  type ToldDiagnostic,
  type ToldFailure,
  type Words,
} from '../../shared/words/words.ts'

const learned = new Map<string, Words>([['en', en]])

export function learnWords(language: string, words: Words): void {
  learned.set(language, words)
}

export function wordsIn(language: string): Words {
  return learned.get(language) ?? en
}

export function useErrorWords(): (failure: ToldFailure) => Told {
  const { language } = useTranslation().i18n
  return failure => errorWords(failure, wordsIn(language))
}

export function useDiagnosticWords(): (diagnostic: ToldDiagnostic) => Told {
  const { language } = useTranslation().i18n
  return diagnostic => diagnosticWords(diagnostic, wordsIn(language))
}
