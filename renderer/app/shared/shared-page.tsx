/** "Shared from this PC": a card for each tunnel, or one sentence and one button where there is none. */
import { Button, Group, Stack, Text, Title } from '@mantine/core'
import { useTranslation } from 'react-i18next'
import { goTo } from '../stores/place.ts'
import { useTunnels } from '../stores/tunnels.ts'
import { TunnelCard } from './tunnel-card.tsx'

export function SharedPage() {
  const { t } = useTranslation()
  const tunnels = useTunnels(state => state.tunnels)
  if (tunnels === undefined) return null
  const share = <Button onClick={() => goTo({ page: 'share' })}>{t('shared.shareSomething')}</Button>
  if (tunnels.length === 0) {
    return (
      <Stack align="center" justify="center" h="80%" gap="md">
        <Title order={1}>{t('shared.emptyTitle')}</Title>
        <Text c="dimmed" ta="center" maw={420}>
          {t('shared.emptyText')}
        </Text>
        {share}
      </Stack>
    )
  }
  return (
    <Stack gap={14}>
      <Group justify="space-between">
        <Title order={1}>{t('shared.title')}</Title>
        {share}
      </Group>
      {tunnels.map(tunnel => (
        <TunnelCard key={tunnel.id} tunnel={tunnel} />
      ))}
    </Stack>
  )
}
