/** Events under the days on which they happened. */
import { Box, Text, Title } from '@mantine/core'
import { useTranslation } from 'react-i18next'
import type { ActivityEvent } from '../../../shared/ipc/views.ts'
import { Card } from '../../kit/card.tsx'
import classes from './activity.module.css'
import { eventWords } from './event-words.ts'

/** More are in the saved text. */
const maxShown = 300

export function EventList({ events }: { readonly events: readonly ActivityEvent[] }) {
  const { t, i18n } = useTranslation()
  const day = new Intl.DateTimeFormat(i18n.language, { weekday: 'long', day: 'numeric', month: 'long' })
  const time = new Intl.DateTimeFormat(i18n.language, { timeStyle: 'short' })
  const days = Map.groupBy(events.slice(0, maxShown), event => day.format(event.at))
  return [...days].map(([name, ofDay]) => (
    <Box component="section" key={name} aria-label={name}>
      <Title order={2} size="sm" c="dimmed" mb={6}>
        {name}
      </Title>
      <Card>
        <ul className={classes['list']}>
          {ofDay.map(event => (
            <li key={`${event.at} ${event.kind} ${event.tunnel?.id}`} className={classes['event']}>
              <Text component="time" size="sm" c="dimmed" dateTime={new Date(event.at).toISOString()}>
                {time.format(event.at)}
              </Text>
              <Text size="sm" fw={600} truncate>
                {event.tunnel?.name ?? t('activity.thisPc')}
              </Text>
              <Text size="sm" className={classes['words']}>
                {eventWords(event, t, i18n.language)}
              </Text>
            </li>
          ))}
        </ul>
      </Card>
    </Box>
  ))
}
