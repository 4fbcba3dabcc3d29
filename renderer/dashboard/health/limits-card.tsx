/** Limits that were reached, and who was turned away: how often, when last, whom. */
import { Text, Title } from '@mantine/core'
import { useTranslation } from 'react-i18next'
import type { DashboardState } from '../../../shared/dashboard/state.ts'
import { dashboardEn } from '../../i18n/dashboard/en.ts'
import { Card } from '../../kit/card.tsx'
import { ShownText } from '../../kit/shown-text.tsx'
import classes from '../dashboard.module.css'
import { useWords } from '../words.ts'

type Bites = DashboardState['bites']
type KnownName = Extract<keyof typeof dashboardEn.limits, `name_${string}`>

interface LimitsProps {
  readonly bites: Bites
  readonly now: number
}

export function LimitsCard({ bites, now }: LimitsProps) {
  const { t } = useTranslation('dashboard')
  const limits = bites.filter(({ kind }) => kind === 'limit')
  const refused = bites.filter(({ kind }) => kind === 'refused')
  return (
    <Card label={t('limits.title')}>
      <Title order={2}>{t('limits.title')}</Title>
      {limits.length === 0 ? (
        <Text size="sm" c="dimmed" mt={8}>
          {t('limits.none')}
        </Text>
      ) : (
        <BiteList bites={limits} now={now} />
      )}
      {refused.length > 0 && (
        <>
          <Title order={3} size="sm" mt={16}>
            {t('limits.refused')}
          </Title>
          <BiteList bites={refused} now={now} />
        </>
      )}
    </Card>
  )
}

function BiteList({ bites, now }: LimitsProps) {
  const { t } = useTranslation('dashboard')
  const words = useWords()
  return (
    <ul className={classes['list']}>
      {bites.map(({ kind, name, count, lastAt, address, reason }) => {
        const known = kind === 'limit' ? knownName(name) : undefined
        const when = words.relative(Math.min(-1_000, lastAt - now))
        return (
          <li key={name}>
            <Text size="sm">{known === undefined ? <ShownText text={reason} /> : t(`limits.${known}`)}</Text>
            <Text size="xs" c="dimmed">
              {t('limits.times', { count, when, address })} · <code>{name}</code>
            </Text>
          </li>
        )
      })}
    </ul>
  )
}

/** The gateway may know limits that this page has no words for; then its own, in English, have to do. */
function knownName(name: string): KnownName | undefined {
  const key = `name_${name}`
  return Object.hasOwn(dashboardEn.limits, key) ? (key as KnownName) : undefined
}
