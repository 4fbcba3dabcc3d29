/** What keeps a tunnel from being up, and at which proxy. */
import { Box } from '@mantine/core'
import type { ReactNode } from 'react'
import { useTranslation } from 'react-i18next'
import type { Problem, TunnelView } from '../../../shared/ipc/views.ts'
import { useErrorWords } from '../../i18n/words.ts'
import { Note } from '../../kit/note.tsx'

export interface ProblemNoteProps {
  readonly tunnel: TunnelView
  readonly problem: Problem
  readonly action: ReactNode
}

export function ProblemNote({ tunnel, problem, action }: ProblemNoteProps) {
  const { t } = useTranslation()
  const { hop } = problem
  const told = useErrorWords()(problem)
  const count = tunnel.proxies.length
  return (
    <Box mt={12}>
      <Note title={told.message} action={action}>
        {told.mend}
        {hop !== undefined && count > 1 && ` ${t('problem.hop', { hop, count })}`}
      </Note>
    </Box>
  )
}
