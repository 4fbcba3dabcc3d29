/** The dashboard's language: the first of the browser's that it speaks, else English. Its texts are a namespace of their own. */
import { createInstance, type i18n as I18n } from 'i18next'
import { initReactI18next } from 'react-i18next'
import { en } from '../../shared/words/en.ts'
import { dashboardEn } from './dashboard/en.ts'
import { learnWords } from './words.ts'

const namespace = 'dashboard'

const others = {
  async de() {
    const [texts, words] = await Promise.all([
      import('./dashboard/de.ts'),
      import('../../shared/words/de.ts'),
    ])
    return { texts: texts.dashboardDe, words: words.de }
  },
  async fr() {
    const [texts, words] = await Promise.all([
      import('./dashboard/fr.ts'),
      import('../../shared/words/fr.ts'),
    ])
    return { texts: texts.dashboardFr, words: words.fr }
  },
} as const

/** @param wanted languages as browsers list them, the best first: `de-AT` */
export async function startDashboardI18n(wanted: readonly string[]): Promise<I18n> {
  const i18n = createInstance()
  const language = wanted.map(tag => tag.slice(0, 2).toLowerCase()).find(isSpoken) ?? 'en'
  const { texts, words } = language === 'en' ? { texts: dashboardEn, words: en } : await others[language]()
  learnWords(language, words)
  await i18n.use(initReactI18next).init({
    lng: language,
    fallbackLng: 'en',
    ns: [namespace],
    defaultNS: namespace,
    resources: { en: { [namespace]: dashboardEn }, [language]: { [namespace]: texts } },
    // React shows text as text.
    interpolation: { escapeValue: false },
  })
  return i18n
}

function isSpoken(language: string): language is keyof typeof others | 'en' {
  return language === 'en' || Object.hasOwn(others, language)
}
