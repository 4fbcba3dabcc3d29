/** The licences of what the app is made of, as their authors wrote them. */
import { Button, Modal, Text } from '@mantine/core'
import { useDisclosure } from '@mantine/hooks'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { client } from '../client.ts'
import { doing } from '../stores/troubles.ts'

export function LicencesButton() {
  const { t } = useTranslation()
  const [isShown, { open, close }] = useDisclosure()
  const [text, setText] = useState('')
  const show = async () => {
    setText(await client.app.licences())
    open()
  }
  return (
    <>
      <Button variant="default" size="xs" style={{ alignSelf: 'flex-start' }} onClick={() => doing(show())}>
        {t('about.licences')}
      </Button>
      <Modal
        opened={isShown}
        onClose={close}
        size="xl"
        title={t('about.licences')}
        closeButtonProps={{ 'aria-label': t('common.close') }}
      >
        <Text size="xs" lang="en" style={{ whiteSpace: 'pre-wrap', overflowWrap: 'anywhere' }}>
          {text}
        </Text>
      </Modal>
    </>
  )
}
