/** All tunnels together. */
import { Text } from '@mantine/core'
import type { ReactNode } from 'react'
import { useTranslation } from 'react-i18next'
import type { DashboardState } from '../../shared/dashboard/state.ts'
import { Card } from '../kit/card.tsx'
import { Sparkline } from '../kit/sparkline.tsx'
import classes from './dashboard.module.css'
import { useGateway } from './stores/gateway.ts'
import { useWords } from './words.ts'

export function Totals({ state }: { readonly state: DashboardState }) {
  const { t } = useTranslation('dashboard')
  const words = useWords()
  const rates = useGateway(store => store.rates)
  const { traffic, connected, tunnelsInAll } = state
  const { requests, errors, sentBytes, receivedBytes, requestsPerSecond } = traffic
  return (
    <Card label={t('totals.label')}>
      <dl className={classes['totals']}>
        <Total name={t('totals.connected')}>
          {t('totals.connectedOf', { connected: words.number(connected), all: words.number(tunnelsInAll) })}
        </Total>
        <Total name={t('totals.rate')}>
          {words.rate(requestsPerSecond)}
          {rates.some(rate => rate > 0) && <Sparkline values={rates} label={t('totals.rateLine')} />}
        </Total>
        <Total name={t('totals.requests')}>
          {words.number(requests)}
          {errors > 0 && (
            <Text component="span" size="sm" c="var(--tg-warn)">
              {t('totals.errors', { count: errors })}
            </Text>
          )}
        </Total>
        <Total name={t('totals.sent')}>{words.bytes(sentBytes)}</Total>
        <Total name={t('totals.received')}>{words.bytes(receivedBytes)}</Total>
      </dl>
    </Card>
  )
}

function Total({ name, children }: { readonly name: string; readonly children: ReactNode }) {
  return (
    <div className={classes['total']}>
      <dt>{name}</dt>
      <dd>{children}</dd>
    </div>
  )
}
