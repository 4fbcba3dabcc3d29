/** Where this system keeps passwords, by the name that its users know. */
import { useTranslation } from 'react-i18next'
import { useApp } from '../stores/app.ts'

export function useStoreName(): string {
  const { t } = useTranslation()
  const platform = useApp(state => state.about?.platform ?? 'linux')
  const kind = useApp(state => state.settings?.secretStore ?? 'keychain')
  return kind === 'file' ? t('store.file') : t(`store.${platform}`)
}
