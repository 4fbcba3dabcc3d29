/** The last requests of a tunnel, the newest first. All of it comes from strangers, and is shown as text. */
import { Text, Title, VisuallyHidden } from '@mantine/core'
import { useTranslation } from 'react-i18next'
import type { VisitView } from '../../../shared/dashboard/state.ts'
import { Card } from '../../kit/card.tsx'
import { ShownText } from '../../kit/shown-text.tsx'
import classes from '../dashboard.module.css'
import { useWords } from '../words.ts'

export function VisitTable({ visits }: { readonly visits: readonly VisitView[] }) {
  const { t } = useTranslation('dashboard')
  return (
    <Card label={t('tunnel.visits')}>
      <Title order={2} mb={10}>
        {t('tunnel.visits')}
      </Title>
      {visits.length === 0 ? (
        <Text size="sm" c="dimmed">
          {t('tunnel.noVisits')}
        </Text>
      ) : (
        <div className={classes['wide']}>
          <table className={classes['table']}>
            <caption>
              <VisuallyHidden>{t('tunnel.visits')}</VisuallyHidden>
            </caption>
            <thead>
              <tr>
                <th scope="col">{t('tunnel.time')}</th>
                <th scope="col">{t('tunnel.visitor')}</th>
                <th scope="col">{t('tunnel.request')}</th>
                <th scope="col">{t('tunnel.status')}</th>
                <th scope="col" className={classes['number']}>
                  {t('tunnel.duration')}
                </th>
                <th scope="col" className={classes['number']}>
                  {t('tunnel.bytes')}
                </th>
              </tr>
            </thead>
            <tbody>
              {keyed(visits).map(([key, visit]) => (
                <VisitRow key={key} visit={visit} />
              ))}
            </tbody>
          </table>
        </div>
      )}
    </Card>
  )
}

function VisitRow({ visit }: { readonly visit: VisitView }) {
  const { t } = useTranslation('dashboard')
  const words = useWords()
  const { at, address, method, path, status, durationMs, sentBytes } = visit
  return (
    <tr>
      <td className={classes['number']} style={{ textAlign: 'left' }}>
        <time dateTime={new Date(at).toISOString()}>{words.time(at)}</time>
      </td>
      <td className={classes['address']}>{address}</td>
      <td className={classes['path']}>
        <span className={classes['method']}>{method}</span> <ShownText text={path} />
      </td>
      <td className={status >= 500 ? classes['broken'] : undefined}>
        {status === 0 ? <span title={t('tunnel.leftHow')}>{t('tunnel.left')}</span> : status}
      </td>
      <td className={classes['number']}>{words.milliseconds(durationMs)}</td>
      <td className={classes['number']}>{words.bytes(sentBytes)}</td>
    </tr>
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
