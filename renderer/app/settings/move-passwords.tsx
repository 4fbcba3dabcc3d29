/** "Move passwords to the keychain": asks first, for it rewrites the file. */
import { Button, Group, Modal, Text } from '@mantine/core'
import { useDisclosure } from '@mantine/hooks'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { Card } from '../../kit/card.tsx'
import { client } from '../client.ts'
import { doing } from '../stores/troubles.ts'

export function MovePasswords({ onMoved }: { onMoved(): void }) {
  const { t } = useTranslation()
  const [isAsking, { open, close }] = useDisclosure()
  const [count, setCount] = useState<number>()
  const move = async () => {
    close()
    setCount((await client.file.movePasswords()).length)
    onMoved()
  }
  return (
    <Card label={t('keychain.move')}>
      <Group justify="space-between" wrap="nowrap">
        <Text size="sm" c="dimmed" role="status">
          {count === undefined ? t('keychain.moveWhy') : t('keychain.moved', { count })}
        </Text>
        <Button variant="default" flex="none" onClick={open}>
          {t('keychain.move')}
        </Button>
      </Group>
      <Modal
        opened={isAsking}
        onClose={close}
        title={t('keychain.move')}
        closeButtonProps={{ 'aria-label': t('common.close') }}
      >
        <Text size="sm">{t('keychain.moveHow')}</Text>
        <Group justify="flex-end" mt={18}>
          <Button variant="default" onClick={close}>
            {t('common.cancel')}
          </Button>
          <Button data-autofocus onClick={() => doing(move())}>
            {t('keychain.moveNow')}
          </Button>
        </Group>
      </Modal>
    </Card>
  )
}
