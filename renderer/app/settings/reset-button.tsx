/** All settings as they were at first; asks before. */
import { Button, Group, Modal, Text } from '@mantine/core'
import { useDisclosure } from '@mantine/hooks'
import { useTranslation } from 'react-i18next'
import { client } from '../client.ts'
import { doing } from '../stores/troubles.ts'

export function ResetButton() {
  const { t } = useTranslation()
  const [isAsking, { open, close }] = useDisclosure()
  const reset = () => {
    close()
    doing(client.settings.reset())
  }
  return (
    <>
      <Button variant="default" size="xs" onClick={open}>
        {t('settings.reset')}
      </Button>
      <Modal
        opened={isAsking}
        onClose={close}
        title={t('settings.resetTitle')}
        closeButtonProps={{ 'aria-label': t('common.close') }}
      >
        <Text size="sm">{t('settings.resetHow')}</Text>
        <Group justify="flex-end" mt={18}>
          <Button variant="default" onClick={close}>
            {t('common.cancel')}
          </Button>
          <Button data-autofocus onClick={reset}>
            {t('settings.reset')}
          </Button>
        </Group>
      </Modal>
    </>
  )
}
