/** Who may open the tunnel's address, and the buttons that change it. */
import { Button, Group, Stack, Text, Title } from '@mantine/core'
import { useRef, useState } from 'react'
import { useTranslation } from 'react-i18next'
import type { TunnelView } from '../../../shared/ipc/views.ts'
import { Card } from '../../kit/card.tsx'
import { useFocusOnChange } from '../../kit/use-focus.ts'
import { client } from '../client.ts'
import { VisitorPasswordDialog } from '../passwords/visitor-password-dialog.tsx'
import classes from '../share/share.module.css'
import { doing } from '../stores/troubles.ts'

export function VisitorsCard({ tunnel }: { readonly tunnel: TunnelView }) {
  const { t } = useTranslation()
  const { id, asksVisitors } = tunnel
  const [isChanging, setChanging] = useState(false)
  // "Stop asking" goes with the password.
  const body = useRef<HTMLDivElement>(null)
  useFocusOnChange(body, asksVisitors, 'ifLost')
  return (
    <Card label={t('visitors.title')}>
      <Stack gap={8} ref={body} tabIndex={-1} className={classes['fields']}>
        <Title order={2}>{t('visitors.title')}</Title>
        <Text size="sm" c="dimmed">
          {t(asksVisitors ? 'visitors.asked' : 'visitors.anyone')}
        </Text>
        <Group gap={8}>
          <Button variant="default" size="xs" onClick={() => setChanging(true)}>
            {t(asksVisitors ? 'visitors.change' : 'visitors.begin')}
          </Button>
          {asksVisitors && (
            <Button variant="default" size="xs" onClick={() => doing(client.tunnels.letAllIn({ id }))}>
              {t('visitors.stop')}
            </Button>
          )}
        </Group>
      </Stack>
      {isChanging && <VisitorPasswordDialog tunnel={tunnel} onClose={() => setChanging(false)} />}
    </Card>
  )
}
