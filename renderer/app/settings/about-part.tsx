/** Version, updates, licence. */
import { Button, Group, Stack, Text } from '@mantine/core'
import { useEffect, useState } from 'react'
import { useTranslation } from 'react-i18next'
import type { UpdateState } from '../../../shared/ipc/views.ts'
import { Card } from '../../kit/card.tsx'
import { Mark } from '../../kit/mark.tsx'
import { client } from '../client.ts'
import { useApp } from '../stores/app.ts'
import { doing } from '../stores/troubles.ts'
import { LicencesButton } from './licences-button.tsx'

function useUpdates(): UpdateState | undefined {
  const [updates, setUpdates] = useState<UpdateState>()
  useEffect(() => {
    const off = client.updates.changed(setUpdates)
    doing(client.updates.state().then(setUpdates))
    return off
  }, [])
  return updates
}

export function AboutPart() {
  const { t } = useTranslation()
  const about = useApp(state => state.about)
  const updates = useUpdates()
  const version = updates !== undefined && 'version' in updates ? updates.version : ''
  return (
    <Card label={t('settings.part_about')}>
      <Stack gap={14}>
        <Group>
          <Mark />
          <Text fw={650}>{t('about.version', { version: about?.version ?? '' })}</Text>
        </Group>
        {about?.runtime !== undefined && (
          <Text size="sm" c="dimmed">
            {t('about.runtime', about.runtime)}
          </Text>
        )}
        {updates !== undefined && (
          <Group gap={12} role="status">
            <Text size="sm">{t(`about.update_${updates.kind}`, { version })}</Text>
            {updates.kind === 'ready' && (
              <Button size="xs" onClick={() => doing(client.updates.install())}>
                {t('about.install')}
              </Button>
            )}
            {(updates.kind === 'none' || updates.kind === 'failed') && (
              <Button variant="default" size="xs" onClick={() => doing(client.updates.check())}>
                {t('about.check')}
              </Button>
            )}
          </Group>
        )}
        <Text size="sm" c="dimmed">
          {t('about.licence')}
        </Text>
        <LicencesButton />
      </Stack>
    </Card>
  )
}
