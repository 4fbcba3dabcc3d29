/** What balance.bin says now, and what is wrong in it. Passwords were masked by the gateway. */
import { Text, Title } from '@mantine/core'
import { useTranslation } from 'react-i18next'
import type { DashboardState, DiagnosticView } from '../../../shared/dashboard/state.ts'
import { useDiagnosticWords } from '../../i18n/words.ts'
import { Card } from '../../kit/card.tsx'
import { readable } from '../../kit/shown-text.tsx'
import table from '../../kit/table.module.css'
import classes from '../dashboard.module.css'
import { useWords } from '../words.ts'

export function BalanceCard({ balance }: { readonly balance: DashboardState['balance'] }) {
  const { t } = useTranslation('dashboard')
  const words = useWords()
  const { condition, takenAt, entries, diagnostics, diagnosticsInAll } = balance
  const file = readable(balance.file)
  return (
    <Card label={file}>
      <Title order={2}>{file}</Title>
      <Text size="sm" c="dimmed" mt={8}>
        {t('balance.inForce', { when: words.moment(takenAt), count: entries })}
        {condition === 'in-force' && diagnostics.length === 0 && ` ${t('balance.fine')}`}
      </Text>
      {diagnostics.length > 0 && (
        <ul className={classes['list']} aria-label={t('balance.problems', { file })}>
          {diagnostics.map(diagnostic => (
            <Diagnostic
              key={`${diagnostic.line}:${diagnostic.column} ${diagnostic.message}`}
              diagnostic={diagnostic}
            />
          ))}
        </ul>
      )}
      {diagnosticsInAll > diagnostics.length && (
        <Text size="sm" c="dimmed" mt={8}>
          {t('balance.more', { shown: diagnostics.length, all: diagnosticsInAll })}
        </Text>
      )}
    </Card>
  )
}

function Diagnostic({ diagnostic }: { readonly diagnostic: DiagnosticView }) {
  const { t } = useTranslation('dashboard')
  const { severity, line, excerpt, caret } = diagnostic
  const { message, mend } = useDiagnosticWords()(diagnostic)
  const characters = [...excerpt]
  const part = (from: number, to?: number) => readable(characters.slice(from, to).join(''))
  return (
    <li>
      <Text size="sm">
        <strong className={severity === 'error' ? table['broken'] : undefined}>
          {t(`balance.${severity}`, { line })}
        </strong>{' '}
        {readable(message)}
      </Text>
      <div className={classes['excerpt']}>
        {part(0, caret.start)}
        <mark className={classes['spot']}>{part(caret.start, caret.start + caret.length)}</mark>
        {part(caret.start + caret.length)}
      </div>
      <Text size="xs" c="dimmed" mt={4}>
        {readable(mend)}
      </Text>
    </li>
  )
}
