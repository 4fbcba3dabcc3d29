/** The windows' language: English at once, the others when they are asked for. Texts are checked by type: `t('shared.title')`. */
import { createInstance, type i18n as I18n } from 'i18next'
import { initReactI18next } from 'react-i18next'
import type { languages } from '../../shared/ipc/views.ts'
import type { Words } from '../../shared/words/words.ts'
import type { DashboardTexts } from './dashboard/en.ts'
import { en, type Texts } from './texts/en.ts'
import { learnWords } from './words.ts'

export type Language = (typeof languages)[number]

declare module 'i18next' {
  interface CustomTypeOptions {
    resources: { translation: typeof en; dashboard: DashboardTexts }
  }
}

interface LanguageTexts {
  readonly texts: Texts
  readonly words: Words
}

const others: Readonly<Record<Exclude<Language, 'en'>, () => Promise<LanguageTexts>>> = {
  async de() {
    const [texts, words] = await Promise.all([import('./texts/de.ts'), import('../../shared/words/de.ts')])
    return { texts: texts.de, words: words.de }
  },
  async fr() {
    const [texts, words] = await Promise.all([import('./texts/fr.ts'), import('../../shared/words/fr.ts')])
    return { texts: texts.fr, words: words.fr }
  },
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
        others[language]().then(({ texts, words }) => {
          i18n.addResourceBundle(language, 'translation', texts)
          learnWords(language, words)
        }),
      )
    await loads.get(language)
  }
  await i18n.changeLanguage(language)
  document.documentElement.lang = language
}
