/** The last requests of a tunnel. */
import { Text, Title } from '@mantine/core'
import { useTranslation } from 'react-i18next'
import type { VisitView } from '../../../shared/dashboard/state.ts'
import { Card } from '../../kit/card.tsx'
import table from '../../kit/table.module.css'
import { VisitTable } from '../../kit/visit-table.tsx'
import { useWords } from '../words.ts'

export function VisitCard({ visits }: { readonly visits: readonly VisitView[] }) {
  const { t } = useTranslation('dashboard')
  const words = useWords()
  const texts = {
    visits: t('tunnel.visits'),
    time: t('tunnel.time'),
    visitor: t('tunnel.visitor'),
    request: t('tunnel.request'),
    status: t('tunnel.status'),
    duration: t('tunnel.duration'),
    bytes: t('tunnel.bytes'),
    left: t('tunnel.left'),
    leftHow: t('tunnel.leftHow'),
  }
  return (
    <Card label={texts.visits}>
      <Title order={2} mb={10}>
        {texts.visits}
      </Title>
      {visits.length === 0 ? (
        <Text size="sm" c="dimmed">
          {t('tunnel.noVisits')}
        </Text>
      ) : (
        <div className={table['wide']}>
          <VisitTable texts={texts} words={words} visits={keyed(visits)} />
        </div>
      )}
    </Card>
  )
}

/** Equal ones in the same millisecond are told apart by their number. */
function keyed(visits: readonly VisitView[]): [string, VisitView][] {
  const seen = new Map<string, number>()
  return visits
    .toReversed()
    .map((visit): [string, VisitView] => {
      const text = `${visit.at} ${visit.address} ${visit.method} ${visit.path}`
      const count = (seen.get(text) ?? 0) + 1
      seen.set(text, count)
      return [`${text} ${count}`, visit]
    })
    .toReversed()
}
