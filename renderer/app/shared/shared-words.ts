/** What a tunnel shares, in words: "Home Assistant at 127.0.0.1:8123". */
import { useTranslation } from 'react-i18next'
import type { TunnelView } from '../../../shared/ipc/views.ts'

export function useSharedWords({ shares, title }: Pick<TunnelView, 'shares' | 'title'>): string {
  const { t } = useTranslation()
  if (shares.kind === 'welcome') return t('shared.welcome')
  const address = shares.url.replace(/^https?:\/\//, '').replace(/\/$/, '')
  return title === undefined ? t('shared.service', { address }) : t('shared.serviceAt', { title, address })
}
