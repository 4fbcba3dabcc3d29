/** A tunnel's state in words: "Connected for 3 hr, 12 min · 12 ms · 2 visitors now · encrypted end to end". */
import type { TFunction } from 'i18next'
import { useTranslation } from 'react-i18next'
import type { TunnelView } from '../../../shared/ipc/views.ts'
import { durationWords, relativeWords } from '../../kit/times.ts'
import { useNow } from '../../kit/use-now.ts'

const retellMs = 1_000

export function useStateWords(tunnel: TunnelView): string {
  const { t, i18n } = useTranslation()
  const now = useNow(retellMs)
  return stateWords(tunnel, now, t, i18n.language)
}

export function stateWords(tunnel: TunnelView, now: number, t: TFunction, language: string): string {
  const { state, isWanted, hop, proxies, retryAt } = tunnel
  if (!isWanted) return state === 'idle' || state === 'stopped' ? t('state.off') : t('state.closing')
  switch (state) {
    case 'idle':
    case 'stopped':
      return t('state.starting')
    case 'dialling': {
      const address = hop === undefined ? undefined : proxies[hop - 1]?.address
      return hop === undefined || address === undefined
        ? t('state.dialling')
        : t('state.diallingProxy', { hop, address })
    }
    case 'upgrading':
      return t('state.dialling')
    case 'proving':
      return t('state.proving')
    case 'waiting':
      return retryAt === undefined || retryAt <= now
        ? t('state.waitingNow')
        : t('state.waiting', { when: relativeWords(retryAt - now, language) })
    case 'needsUser':
      return t('state.needsUser')
    case 'established':
      return connectedWords(tunnel, now, t, language)
  }
}

function connectedWords(tunnel: TunnelView, now: number, t: TFunction, language: string): string {
  const { connectedAt, roundTripMs, visitors, outer } = tunnel
  const livedMs = connectedAt === undefined ? 0 : now - connectedAt
  return [
    livedMs < 60_000
      ? t('state.connected')
      : t('state.connectedFor', { duration: durationWords(livedMs, language) }),
    ...(roundTripMs === undefined ? [] : [t('state.roundTrip', { ms: Math.round(roundTripMs) })]),
    ...(visitors > 0 ? [t('state.visitors', { count: visitors })] : []),
    ...(outer === undefined ? [] : [t(`state.${outer}`)]),
  ].join(' · ')
}
