/** What keeps a tunnel from being up, and at which proxy. */
import { Box } from '@mantine/core'
import type { ReactNode } from 'react'
import { useTranslation } from 'react-i18next'
import type { Problem, TunnelView } from '../../../shared/ipc/views.ts'
import { Note } from '../../kit/note.tsx'

export interface ProblemNoteProps {
  readonly tunnel: TunnelView
  readonly problem: Problem
  readonly action: ReactNode
}

export function ProblemNote({ tunnel, problem, action }: ProblemNoteProps) {
  const { t } = useTranslation()
  const { hop } = problem
  const count = tunnel.proxies.length
  return (
    <Box mt={12}>
      <Note title={problem.message} action={action}>
        {problem.mend}
        {hop !== undefined && count > 1 && ` ${t('problem.hop', { hop, count })}`}
      </Note>
    </Box>
  )
}
