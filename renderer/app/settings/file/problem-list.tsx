/** The diagnostics below the editor: where, what, what to write, and the button that writes it. */
import { Button, Text } from '@mantine/core'
import { useTranslation } from 'react-i18next'
import type { FileDiagnostic } from '../../../../shared/ipc/views.ts'
import classes from './file.module.css'
import { useProblemWords } from './problem-words.ts'
import { type QuickFix, quickFixOf } from './quick-fix.ts'

export interface ProblemListProps {
  readonly diagnostics: readonly FileDiagnostic[]
  onFix(fix: QuickFix): void
}

export function ProblemList({ diagnostics, onFix }: ProblemListProps) {
  const { t } = useTranslation()
  const words = useProblemWords()
  if (diagnostics.length === 0) return null
  return (
    <ul className={classes['problems']} aria-label={t('editor.problems')}>
      {keyed(diagnostics).map(([key, diagnostic]) => {
        const { line, severity } = diagnostic
        const { message, mend } = words(diagnostic)
        const fix = quickFixOf(diagnostic)
        return (
          <li key={key} data-severity={severity}>
            <Text size="sm" className={classes['problem']}>
              <strong>{t('editor.problem', { line, message })}</strong> {mend}
            </Text>
            {fix !== undefined && (
              <Button variant="subtle" size="compact-sm" onClick={() => onFix(fix)}>
                {t('editor.fix')}
              </Button>
            )}
          </li>
        )
      })}
    </ul>
  )
}

/** What is typed elsewhere moves a problem; it is the same one, and its button keeps the focus. */
function keyed(diagnostics: readonly FileDiagnostic[]): [string, FileDiagnostic][] {
  const counts = new Map<string, number>()
  return diagnostics.map(diagnostic => {
    const { code } = diagnostic
    const count = (counts.get(code) ?? 0) + 1
    counts.set(code, count)
    return [`${code} ${count}`, diagnostic]
  })
}
