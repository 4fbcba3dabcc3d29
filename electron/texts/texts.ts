/** The texts of main in the user's language. */
import { languages, type Settings } from '../../shared/ipc/views.ts'
import { de as germanWords } from '../../shared/words/de.ts'
import { en as englishWords } from '../../shared/words/en.ts'
import { fr as frenchWords } from '../../shared/words/fr.ts'
import type { Words } from '../../shared/words/words.ts'
import { de } from './de.ts'
import { en, type Texts } from './en.ts'
import { fr } from './fr.ts'

export type Language = (typeof languages)[number]

/** The texts of main, and how failures are said. */
export interface Spoken {
  readonly texts: Texts
  readonly words: Words
}

const all: Readonly<Record<Language, Spoken>> = {
  en: { texts: en, words: englishWords },
  de: { texts: de, words: germanWords },
  fr: { texts: fr, words: frenchWords },
}

/** `locale` as the operating system names it: `de-AT`. */
export function languageOf(wanted: Settings['language'], locale: string): Language {
  if (wanted !== 'system') return wanted
  const spoken = locale.slice(0, 2).toLowerCase()
  return languages.find(language => language === spoken) ?? 'en'
}

export function spokenIn(language: Language): Spoken {
  return all[language]
}
