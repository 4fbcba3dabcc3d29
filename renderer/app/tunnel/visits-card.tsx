/** Who visited lately, as the gateway tells. The list is asked for anew when its tunnel says that there is more. */
import { Box, Stack, Text, Title } from '@mantine/core'
import { useEffect, useMemo } from 'react'
import { useTranslation } from 'react-i18next'
import type { TunnelView } from '../../../shared/ipc/views.ts'
import type { RecentVisits } from '../../../shared/ipc/visit-views.ts'
import { Card } from '../../kit/card.tsx'
import { visitTimes } from '../../kit/times.ts'
import { VisitTable } from '../../kit/visit-table.tsx'
import { client } from '../client.ts'
import { doing } from '../stores/troubles.ts'
import { forgetVisits, readVisits, useVisits } from '../stores/visits.ts'
import classes from './visits.module.css'

export function VisitsCard({ tunnel }: { readonly tunnel: TunnelView }) {
  const { t } = useTranslation()
  const { id, tellsVisits, visitsTold } = tunnel
  const recent = useVisits(state => (state.id === id ? state.recent : undefined))
  useEffect(() => {
    if (visitsTold > 0) doing(readVisits(client, id))
  }, [id, visitsTold])
  useEffect(() => forgetVisits, [])
  return (
    <Card label={t('visits.title')}>
      <Stack gap={8}>
        <Title order={2}>{t('visits.title')}</Title>
        {tellsVisits === false ? (
          <Text size="sm" c="dimmed">
            {t('visits.untold')}
          </Text>
        ) : (
          visitsTold === 0 && (
            <Text size="sm" c="dimmed">
              {t('visits.none')}
            </Text>
          )
        )}
        {recent !== undefined && <Visits recent={recent} />}
      </Stack>
    </Card>
  )
}

function Visits({ recent: { visits, leftOut } }: { readonly recent: RecentVisits }) {
  const { t, i18n } = useTranslation()
  const words = useMemo(() => visitTimes(i18n.language), [i18n.language])
  const texts = {
    visits: t('visits.title'),
    time: t('visits.time'),
    visitor: t('visits.visitor'),
    request: t('visits.request'),
    status: t('visits.status'),
    duration: t('visits.duration'),
    left: t('visits.left'),
    leftHow: t('visits.leftHow'),
  }
  return (
    <>
      {/* It scrolls: the keyboard has to get there. */}
      <Box component="section" tabIndex={0} aria-label={t('visits.list')} className={classes['visits']}>
        <VisitTable texts={texts} words={words} visits={visits.map(visit => [visit.id, visit])} />
      </Box>
      {leftOut > 0 && (
        <Text size="sm" c="dimmed">
          {t('visits.leftOut', { count: leftOut })}
        </Text>
      )}
    </>
  )
}
