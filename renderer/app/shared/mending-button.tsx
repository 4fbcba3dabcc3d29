/** The button on a problem that mends it. */
import { Button } from '@mantine/core'
import { lazy, Suspense, useState } from 'react'
import { useTranslation } from 'react-i18next'
import type { Problem, TunnelView } from '../../../shared/ipc/views.ts'
import { client } from '../client.ts'
import { doing } from '../stores/troubles.ts'
import { mendingOf } from './mending.ts'
import { UnlockButton } from './unlock-button.tsx'

const PasswordDialog = lazy(async () => ({
  default: (await import('../passwords/password-dialog.tsx')).PasswordDialog,
}))

export interface MendingButtonProps {
  readonly tunnel: TunnelView
  readonly problem: Problem
}

export function MendingButton({ tunnel, problem }: MendingButtonProps) {
  const { t } = useTranslation()
  const [isAsking, setAsking] = useState(false)
  const mending = mendingOf(problem)
  if (mending.kind === 'unlock') return <UnlockButton />
  if (mending.kind === 'retry') {
    return (
      <Button variant="default" size="xs" onClick={() => doing(client.tunnels.retry({ id: tunnel.id }))}>
        {t('common.tryAgain')}
      </Button>
    )
  }
  return (
    <>
      <Button variant="default" size="xs" onClick={() => setAsking(true)}>
        {t('password.change')}
      </Button>
      {isAsking && (
        <Suspense>
          <PasswordDialog
            tunnel={tunnel}
            {...(mending.kind === 'proxyPassword' ? { hop: mending.hop } : {})}
            onClose={() => setAsking(false)}
          />
        </Suspense>
      )}
    </>
  )
}
