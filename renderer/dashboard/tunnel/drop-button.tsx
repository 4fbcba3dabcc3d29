/** Ends a tunnel's session, after a word of what that means. */
import { Button, Group, Modal, Stack, Text } from '@mantine/core'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { Note } from '../../kit/note.tsx'
import { drop } from '../gateway-client.ts'

export function DropButton({ name }: { readonly name: string }) {
  const { t } = useTranslation('dashboard')
  const [isAsking, setAsking] = useState(false)
  const [isDropping, setDropping] = useState(false)
  const [hasFailed, setFailed] = useState(false)
  const ask = (wanted: boolean) => {
    setFailed(false)
    setAsking(wanted)
  }
  const dropNow = async () => {
    setDropping(true)
    const status = await drop(name)
    setDropping(false)
    setFailed(status !== 204)
    if (status === 204) setAsking(false)
  }
  return (
    <>
      <Button variant="default" size="xs" onClick={() => ask(true)}>
        {t('tunnel.drop')}
      </Button>
      <Modal
        opened={isAsking}
        onClose={() => ask(false)}
        title={t('tunnel.dropTitle', { name })}
        closeButtonProps={{ 'aria-label': t('close') }}
      >
        <Stack gap={14}>
          <Text size="sm">{t('tunnel.dropHow')}</Text>
          {hasFailed && <Note>{t('tunnel.dropFailed')}</Note>}
          <Group justify="flex-end">
            <Button variant="default" onClick={() => ask(false)}>
              {t('cancel')}
            </Button>
            <Button loading={isDropping} onClick={() => void dropNow()}>
              {t('tunnel.drop')}
            </Button>
          </Group>
        </Stack>
      </Modal>
    </>
  )
}
