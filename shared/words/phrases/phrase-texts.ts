/** The phrases within an error's details, in other languages. */
import type { Phrase } from '../../phrases.ts'

export type PhraseTexts = Readonly<Record<Phrase, string>>
