/** Change a tunnel, or stop sharing it for good. */
import { Button, Group, Modal, Stack, Text } from '@mantine/core'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import type { TunnelView } from '../../../shared/ipc/views.ts'
import { client } from '../client.ts'
import { goTo } from '../stores/place.ts'
import { doing } from '../stores/troubles.ts'

export function ChangeButtons({
  tunnel: { id, name },
}: {
  readonly tunnel: Pick<TunnelView, 'id' | 'name'>
}) {
  const { t } = useTranslation()
  const [isAsking, setAsking] = useState(false)
  const remove = async () => {
    setAsking(false)
    await client.tunnels.remove({ id })
    goTo({ page: 'shared' })
  }
  return (
    <Group gap={8}>
      <Button variant="default" size="xs" onClick={() => goTo({ page: 'share', id })}>
        {t('share.change')}
      </Button>
      <Button variant="default" size="xs" onClick={() => setAsking(true)}>
        {t('share.remove')}
      </Button>
      <Modal
        opened={isAsking}
        onClose={() => setAsking(false)}
        title={t('share.removeTitle', { name })}
        closeButtonProps={{ 'aria-label': t('common.close') }}
      >
        <Stack gap={14}>
          <Text size="sm">{t('share.removeHow')}</Text>
          <Group justify="flex-end">
            <Button variant="default" onClick={() => setAsking(false)}>
              {t('common.cancel')}
            </Button>
            <Button onClick={() => doing(remove())}>{t('share.remove')}</Button>
          </Group>
        </Stack>
      </Modal>
    </Group>
  )
}
