/**
 * Failures and diagnostics in the words of one language. What has no words in it (of a newer engine, say) keeps the English it came with. Pure.
 */
import type { DiagnosticText, MendText } from '../balance/index.ts'
import { type Details, filled } from '../filled.ts'
import type { Phrase } from '../phrases.ts'
import type { DiagnosticTexts } from './diagnostics/diagnostic-texts.ts'
import type { ErrorTexts, ShownCode } from './errors/error-texts.ts'
import type { PhraseTexts } from './phrases/phrase-texts.ts'

/** All of a language; of English only what is other in a window than at a terminal. */
export interface Words {
  readonly errors: Partial<ErrorTexts>
  readonly phrases: Partial<PhraseTexts>
  readonly diagnostics: Partial<DiagnosticTexts['texts']>
  readonly mends: Partial<DiagnosticTexts['mends']>
}

export interface Told {
  readonly message: string
  readonly mend: string
}

/** As an engine or a gateway tells it, in English and as data. */
export type ToldFailure = Told & { readonly code: string; readonly details: Details }
export type ToldDiagnostic = Told & {
  readonly wording?: { readonly text: string; readonly mend: string; readonly details: Details } | undefined
}

export function errorWords(failure: ToldFailure, words: Words): Told {
  const texts = words.errors[failure.code as ShownCode]
  if (texts === undefined) return { message: failure.message, mend: failure.mend }
  const details = translated(failure.details, words)
  return { message: filled(texts[0], details), mend: filled(texts[1], details) }
}

export function diagnosticWords({ message, mend, wording }: ToldDiagnostic, words: Words): Told {
  const text = words.diagnostics[wording?.text as DiagnosticText]
  const advice = words.mends[wording?.mend as MendText]
  const details = wording?.details ?? {}
  return {
    message: text === undefined ? message : filled(text, details),
    mend: advice === undefined ? mend : filled(advice, details),
  }
}

/** The phrases in it that are ours. */
function translated(details: Details, words: Words): Details {
  const places = Object.keys(details).filter(key => Object.hasOwn(details, `${key}.said`))
  if (places.length === 0) return details
  const own = places.map((place): [string, string | number] => {
    const phrase = details[`${place}.said`]
    const text = words.phrases[phrase as Phrase] ?? words.diagnostics[phrase as DiagnosticText]
    return [place, text === undefined ? (details[place] ?? '?') : filled(text, details)]
  })
  return { ...details, ...Object.fromEntries(own) }
}
