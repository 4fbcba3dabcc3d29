/** The gateway itself: version, since when, where. */
import { Title } from '@mantine/core'
import { useTranslation } from 'react-i18next'
import type { DashboardState } from '../../../shared/dashboard/state.ts'
import { Card } from '../../kit/card.tsx'
import { Facts } from '../facts.tsx'
import { useWords } from '../words.ts'

export function GatewayCard({ gateway }: { readonly gateway: DashboardState['gateway'] }) {
  const { t } = useTranslation('dashboard')
  const words = useWords()
  const { version, startedAt, at, listeners, publicUrl, hostMode } = gateway
  return (
    <Card label={t('gateway.title')}>
      <Title order={2} mb={10}>
        {t('gateway.title')}
      </Title>
      <Facts
        of={[
          [t('gateway.version'), version],
          [t('gateway.started'), `${words.moment(startedAt)} (${words.duration(at - startedAt)})`],
          [t('gateway.listeners'), listeners.join(', ')],
          [t('gateway.publicUrl'), publicUrl],
          [t('gateway.hostMode'), hostMode],
        ]}
      />
    </Card>
  )
}
