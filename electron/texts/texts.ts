/** The texts of main in the user's language, and how a place in one is filled. */
import { languages, type Settings } from '../../shared/ipc/views.ts'
import { de } from './de.ts'
import { en, type Texts } from './en.ts'
import { fr } from './fr.ts'

export type Language = (typeof languages)[number]

const all: Readonly<Record<Language, Texts>> = { en, de, fr }

/** `locale` as the operating system names it: `de-AT`. */
export function languageOf(wanted: Settings['language'], locale: string): Language {
  if (wanted !== 'system') return wanted
  const spoken = locale.slice(0, 2).toLowerCase()
  return languages.find(language => language === spoken) ?? 'en'
}

export function textsIn(language: Language): Texts {
  return all[language]
}

export function filled(text: string, places: Readonly<Record<string, string | number>>): string {
  return text.replace(/\{(\w+)\}/g, (_, place: string) => String(places[place] ?? '?'))
}
