/** A password for the visitors of a tunnel, or another one. It goes to the secret store and is never shown again. */
import { Button, Group, Modal, Stack, Text } from '@mantine/core'
import { type FormEvent, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { type Failure, failureOf } from '../../../shared/ipc/reply.ts'
import { visitorPasswordMinLength } from '../../../shared/ipc/tunnel-form.ts'
import type { TunnelView } from '../../../shared/ipc/views.ts'
import { useErrorWords } from '../../i18n/words.ts'
import { BusyButton } from '../../kit/busy-button.tsx'
import { Note } from '../../kit/note.tsx'
import { useFocusBack } from '../../kit/use-focus.ts'
import { client } from '../client.ts'
import { generatePassword } from './generate-password.ts'
import { VisitorPasswordField } from './visitor-password-field.tsx'

export interface VisitorPasswordDialogProps {
  readonly tunnel: Pick<TunnelView, 'id' | 'name' | 'asksVisitors'>
  onClose(): void
}

export function VisitorPasswordDialog({ tunnel, onClose }: VisitorPasswordDialogProps) {
  const { t } = useTranslation()
  useFocusBack()
  const words = useErrorWords()
  const [password, setPassword] = useState(generatePassword)
  const [failure, setFailure] = useState<Failure>()
  const [isBusy, setBusy] = useState(false)
  const told = failure && words(failure)

  const keep = async () => {
    setBusy(true)
    try {
      await client.tunnels.askVisitors({ id: tunnel.id, password })
      onClose()
    } catch (error) {
      setFailure(failureOf(error))
      setBusy(false)
    }
  }
  const submit = (event: FormEvent) => {
    event.preventDefault()
    void keep()
  }

  return (
    <Modal
      opened
      onClose={onClose}
      title={t('visitors.ofTunnel', { name: tunnel.name })}
      closeButtonProps={{ 'aria-label': t('common.close') }}
    >
      <form onSubmit={submit}>
        <Stack gap={14}>
          <Text size="sm" c="dimmed">
            {t(tunnel.asksVisitors ? 'visitors.changeHow' : 'visitors.beginHow')}
          </Text>
          <VisitorPasswordField value={password} onChange={setPassword} />
          {told !== undefined && <Note title={told.message}>{told.mend}</Note>}
          <Group justify="flex-end">
            <Button variant="default" onClick={onClose}>
              {t('common.cancel')}
            </Button>
            <BusyButton type="submit" isUseless={password.length < visitorPasswordMinLength} isBusy={isBusy}>
              {t('share.save')}
            </BusyButton>
          </Group>
        </Stack>
      </form>
    </Modal>
  )
}
