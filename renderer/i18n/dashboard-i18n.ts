/** The dashboard's language: the first of the browser's that it speaks, else English. Its texts are a namespace of their own. */
import { createInstance, type i18n as I18n } from 'i18next'
import { initReactI18next } from 'react-i18next'
import { dashboardEn } from './dashboard/en.ts'

const namespace = 'dashboard'

const others = {
  de: async () => (await import('./dashboard/de.ts')).dashboardDe,
  fr: async () => (await import('./dashboard/fr.ts')).dashboardFr,
} as const

/** @param wanted languages as browsers list them, the best first: `de-AT` */
export async function startDashboardI18n(wanted: readonly string[]): Promise<I18n> {
  const i18n = createInstance()
  const language = wanted.map(tag => tag.slice(0, 2).toLowerCase()).find(isSpoken) ?? 'en'
  const texts = language === 'en' ? dashboardEn : await others[language]()
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
