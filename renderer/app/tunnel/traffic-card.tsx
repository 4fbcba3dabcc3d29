/** How much has gone through, and the last minute as a line. */
import { Group, Text, Title } from '@mantine/core'
import { useTranslation } from 'react-i18next'
import type { TunnelView } from '../../../shared/ipc/views.ts'
import { bytesWords } from '../../kit/bytes.ts'
import { Card } from '../../kit/card.tsx'
import { Sparkline } from '../../kit/sparkline.tsx'

export function TrafficCard({ tunnel }: { readonly tunnel: TunnelView }) {
  const { t, i18n } = useTranslation()
  const { name, visitors, bytesIn, bytesOut, traffic } = tunnel
  return (
    <Card label={t('tunnel.traffic')}>
      <Group justify="space-between" wrap="nowrap">
        <Title order={2}>{t('tunnel.traffic')}</Title>
        {traffic.some(bytes => bytes > 0) && (
          <Sparkline values={traffic} label={t('shared.trafficOf', { name })} />
        )}
      </Group>
      <Text size="sm" mt={8}>
        {t('state.visitors', { count: visitors })}
      </Text>
      <Text size="sm" c="dimmed">
        {t('tunnel.bytes', {
          down: bytesWords(bytesOut, i18n.language),
          up: bytesWords(bytesIn, i18n.language),
        })}
      </Text>
    </Card>
  )
}
