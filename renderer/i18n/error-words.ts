/** A failure in the user's language. One whose words are not there (of a newer engine, say) keeps the English it came with. */
import { useTranslation } from 'react-i18next'
import type { Failure } from '../../shared/ipc/reply.ts'
import type { ErrorTexts, ShownCode } from './errors/error-texts.ts'

export type ErrorWordsFailure = Pick<Failure, 'code' | 'message' | 'mend' | 'details'>

export interface ToldError {
  readonly message: string
  readonly mend: string
}

const loaded = new Map<string, Partial<ErrorTexts>>()

export function learnErrors(language: string, texts: Partial<ErrorTexts>): void {
  loaded.set(language, texts)
}

export function errorWords({ code, message, mend, details }: ErrorWordsFailure, language: string): ToldError {
  const words = loaded.get(language)?.[code as ShownCode]
  if (words === undefined) return { message, mend }
  const fill = (text: string) => text.replace(/\{(\w+)\}/g, (_, word: string) => String(details[word] ?? '?'))
  return { message: fill(words[0]), mend: fill(words[1]) }
}

export function useErrorWords(): (failure: ErrorWordsFailure) => ToldError {
  const { language } = useTranslation().i18n
  return failure => errorWords(failure, language)
}
