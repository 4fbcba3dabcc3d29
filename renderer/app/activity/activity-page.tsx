/** Everything that happened, the newest first, by day; filtered by tunnel and kind, saved as text. */
import { Button, Group, Select, Stack, Text, Title } from '@mantine/core'
import { useEffect, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { client } from '../client.ts'
import { followActivity, useActivity } from '../stores/activity.ts'
import { doing } from '../stores/troubles.ts'
import { EventList } from './event-list.tsx'
import { type EventGroup, eventGroups, eventsAsText, filteredEvents } from './event-words.ts'

const groups = Object.keys(eventGroups) as EventGroup[]
/** The choice that leaves none out: one that the keyboard reaches as any other. */
const all = 'all'

export function ActivityPage() {
  const { t, i18n } = useTranslation()
  const events = useActivity(state => state.events)
  const [tunnel, setTunnel] = useState(all)
  const [group, setGroup] = useState(all)
  useEffect(() => doing(followActivity(client)), [])
  if (events === undefined) return null
  const shown = filteredEvents(events, {
    tunnel: tunnel === all ? undefined : tunnel,
    group: groups.find(name => name === group),
  })
  const names = new Map(events.flatMap(event => (event.tunnel ? [[event.tunnel.id, event.tunnel.name]] : [])))
  const save = () =>
    client.app.saveText({ name: 'tildegate-activity.txt', text: eventsAsText(shown, t, i18n.language) })
  return (
    <Stack gap={14}>
      <Group justify="space-between">
        <Title order={1}>{t('nav.activity')}</Title>
        <Button variant="default" disabled={shown.length === 0} onClick={() => doing(save())}>
          {t('activity.save')}
        </Button>
      </Group>
      <Group gap={10}>
        <Select
          aria-label={t('activity.ofTunnel')}
          data={[
            { value: all, label: t('activity.allTunnels') },
            ...[...names].map(([value, label]) => ({ value, label })),
          ]}
          value={tunnel}
          onChange={value => setTunnel(value ?? all)}
          allowDeselect={false}
          size="sm"
        />
        <Select
          aria-label={t('activity.ofKind')}
          data={[
            { value: all, label: t('activity.allKinds') },
            ...groups.map(value => ({ value, label: t(`activity.group_${value}`) })),
          ]}
          value={group}
          onChange={value => setGroup(value ?? all)}
          allowDeselect={false}
          size="sm"
        />
      </Group>
      {shown.length === 0 ? <Text c="dimmed">{t('activity.nothing')}</Text> : <EventList events={shown} />}
    </Stack>
  )
}
