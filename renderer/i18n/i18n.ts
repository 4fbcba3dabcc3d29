/** The windows' language: English at once, the others when they are asked for. Texts are checked by type: `t('shared.title')`. */
import { createInstance, type i18n as I18n } from 'i18next'
import { initReactI18next } from 'react-i18next'
import type { languages } from '../../shared/ipc/views.ts'
import type { DashboardTexts } from './dashboard/en.ts'
import { learnErrors } from './error-words.ts'
import { en as errorsInEnglish } from './errors/en.ts'
import type { ErrorTexts } from './errors/error-texts.ts'
import { en, type Texts } from './texts/en.ts'

export type Language = (typeof languages)[number]

declare module 'i18next' {
  interface CustomTypeOptions {
    resources: { translation: typeof en; dashboard: DashboardTexts }
  }
}

interface LanguageTexts {
  readonly texts: Texts
  readonly errors: ErrorTexts
}

const others: Readonly<Record<Exclude<Language, 'en'>, () => Promise<LanguageTexts>>> = {
  async de() {
    const [texts, errors] = await Promise.all([import('./texts/de.ts'), import('./errors/de.ts')])
    return { texts: texts.de, errors: errors.de }
  },
  async fr() {
    const [texts, errors] = await Promise.all([import('./texts/fr.ts'), import('./errors/fr.ts')])
    return { texts: texts.fr, errors: errors.fr }
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
  learnErrors('en', errorsInEnglish)
  await speak(language)
}

export async function speak(language: Language): Promise<void> {
  if (language !== 'en') {
    if (!loads.has(language))
      loads.set(
        language,
        others[language]().then(({ texts, errors }) => {
          i18n.addResourceBundle(language, 'translation', texts)
          learnErrors(language, errors)
        }),
      )
    await loads.get(language)
  }
  await i18n.changeLanguage(language)
  document.documentElement.lang = language
}
