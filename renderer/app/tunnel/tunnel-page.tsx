/** One tunnel: its way out, its traffic, what happened to it, and a report for whoever is asked for help. */
import { Button, Group, SimpleGrid, Stack, Switch, Text, Title } from '@mantine/core'
import { IconChevronLeft } from '@tabler/icons-react'
import { useEffect } from 'react'
import { useTranslation } from 'react-i18next'
import type { Destination, TunnelView } from '../../../shared/ipc/views.ts'
import { Card } from '../../kit/card.tsx'
import { StateDot } from '../../kit/state-dot.tsx'
import { EventList } from '../activity/event-list.tsx'
import { filteredEvents } from '../activity/event-words.ts'
import { client } from '../client.ts'
import { AddressLine } from '../shared/address-line.tsx'
import { useSharedWords } from '../shared/shared-words.ts'
import { useStateWords } from '../shared/state-words.ts'
import { dotOf } from '../shared/tunnel-dot.ts'
import { followActivity, useActivity } from '../stores/activity.ts'
import { goTo } from '../stores/place.ts'
import { doing } from '../stores/troubles.ts'
import { useTunnels } from '../stores/tunnels.ts'
import { ChangeButtons } from './change-buttons.tsx'
import { TrafficCard } from './traffic-card.tsx'
import { tunnelReport } from './tunnel-report.ts'
import { VisitorsCard } from './visitors-card.tsx'
import { VisitsCard } from './visits-card.tsx'
import { WayCard } from './way-card.tsx'

const maxEvents = 12

export interface TunnelPageProps {
  readonly place: Extract<Destination, { page: 'tunnel' }>
}

export function TunnelPage({ place: { id } }: TunnelPageProps) {
  const { t } = useTranslation()
  const tunnel = useTunnels(state => state.tunnels?.find(one => one.id === id))
  return (
    <Stack gap={14}>
      <Group>
        <Button
          variant="subtle"
          size="compact-sm"
          leftSection={<IconChevronLeft size={16} />}
          onClick={() => goTo({ page: 'shared' })}
        >
          {t('nav.shared')}
        </Button>
      </Group>
      {tunnel === undefined ? <Text c="dimmed">{t('tunnel.gone')}</Text> : <Details tunnel={tunnel} />}
    </Stack>
  )
}

function Details({ tunnel }: { readonly tunnel: TunnelView }) {
  const { t, i18n } = useTranslation()
  const { id, name, isWanted, publicUrl } = tunnel
  const shares = useSharedWords(tunnel)
  const words = useStateWords(tunnel)
  const events = useActivity(state => state.events)
  useEffect(() => doing(followActivity(client)), [])
  const own = filteredEvents(events ?? [], { tunnel: id, group: undefined }).slice(0, maxEvents)
  const save = () =>
    client.app.saveText({ name: 'tildegate-tunnel.txt', text: tunnelReport(tunnel, own, t, i18n.language) })
  return (
    <>
      <Group wrap="nowrap" gap={12}>
        <StateDot state={dotOf(tunnel)} />
        <Stack gap={0} flex={1} miw={0}>
          <Title order={1}>{name}</Title>
          <Text size="sm" c="dimmed" truncate>
            {shares}
          </Text>
        </Stack>
        <Text size="sm" c="dimmed" role="status">
          {words}
        </Text>
        <Switch
          aria-label={t('shared.switchOf', { name })}
          checked={isWanted}
          onChange={event => doing(client.tunnels.turn({ id, isOn: event.currentTarget.checked }))}
        />
      </Group>
      {publicUrl !== undefined && <AddressLine id={id} name={name} url={publicUrl} />}
      <ChangeButtons tunnel={tunnel} />
      <WayCard tunnel={tunnel} />
      <VisitorsCard tunnel={tunnel} />
      <VisitsCard tunnel={tunnel} />
      <SimpleGrid cols={{ base: 1, sm: 2 }} spacing={14}>
        <TrafficCard tunnel={tunnel} />
        <Card label={t('tunnel.help')}>
          <Title order={2}>{t('tunnel.help')}</Title>
          <Text size="sm" c="dimmed" my={8}>
            {t('tunnel.helpHow')}
          </Text>
          <Button variant="default" size="xs" onClick={() => doing(save())}>
            {t('tunnel.saveReport')}
          </Button>
        </Card>
      </SimpleGrid>
      {own.length > 0 && (
        <Stack gap={8} component="section" aria-label={t('tunnel.events')}>
          <Title order={2}>{t('tunnel.events')}</Title>
          <EventList events={own} />
        </Stack>
      )}
    </>
  )
}
