/** The windows' language: English at once, the others when they are asked for. Texts are checked by type: `t('shared.title')`. */
import { createInstance, type i18n as I18n } from 'i18next'
import { initReactI18next } from 'react-i18next'
import type { languages } from '../../shared/ipc/views.ts'
import { en, type Texts } from './texts/en.ts'

export type Language = (typeof languages)[number]

declare module 'i18next' {
  interface CustomTypeOptions {
    resources: { translation: typeof en }
  }
}

const others: Readonly<Record<Exclude<Language, 'en'>, () => Promise<Texts>>> = {
  de: async () => (await import('./texts/de.ts')).de,
  fr: async () => (await import('./texts/fr.ts')).fr,
}

const loads = new Map<Language, Promise<unknown>>()

export const i18n: I18n = createInstance()

export async function startI18n(language: Language): Promise<void> {
  await i18n.use(initReactI18next).init({
    lng: 'en',
    fallbackLng: 'en',
    resources: { en: { translation: en } },
    // React shows text as text.
    interpolation: { escapeValue: false },
  })
  await speak(language)
}

export async function speak(language: Language): Promise<void> {
  if (language !== 'en') {
    if (!loads.has(language))
      loads.set(
        language,
        others[language]().then(texts => i18n.addResourceBundle(language, 'translation', texts)),
      )
    await loads.get(language)
  }
  await i18n.changeLanguage(language)
  document.documentElement.lang = language
}
