/** Another password, for a tunnel or for the login at one of its proxies. It goes to the secret store and is never shown again. */
import { Button, Group, Modal, PasswordInput, Stack, Text } from '@mantine/core'
import { type FormEvent, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { type Failure, failureOf } from '../../../shared/ipc/reply.ts'
import type { TunnelView } from '../../../shared/ipc/views.ts'
import { useErrorWords } from '../../i18n/words.ts'
import { BusyButton } from '../../kit/busy-button.tsx'
import { Note } from '../../kit/note.tsx'
import { useFocusBack } from '../../kit/use-focus.ts'
import { client } from '../client.ts'
import { useStoreName } from './store-name.ts'

export interface PasswordDialogProps {
  readonly tunnel: TunnelView
  /** Of this proxy, counted from 1; absent: of the tunnel itself. */
  readonly hop?: number
  onClose(): void
}

export function PasswordDialog({ tunnel, hop, onClose }: PasswordDialogProps) {
  const { t } = useTranslation()
  useFocusBack()
  const words = useErrorWords()
  const storeName = useStoreName()
  const [password, setPassword] = useState('')
  const [failure, setFailure] = useState<Failure>()
  const [isBusy, setBusy] = useState(false)
  const proxy = hop === undefined ? undefined : tunnel.proxies[hop - 1]
  const told = failure && words(failure)

  const keep = async () => {
    setBusy(true)
    try {
      await client.tunnels.setPassword({ id: tunnel.id, password, ...(hop === undefined ? {} : { hop }) })
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
      title={proxy === undefined ? t('password.ofTunnel', { name: tunnel.name }) : t('password.ofProxy')}
      closeButtonProps={{ 'aria-label': t('common.close') }}
    >
      <form onSubmit={submit}>
        <Stack gap={14}>
          <Text size="sm" c="dimmed">
            {proxy === undefined
              ? t('password.whereTunnel', { gateway: tunnel.gateway })
              : t('password.whereProxy', { proxy: proxy.address ?? '', login: loginWords(proxy) })}
          </Text>
          <PasswordInput
            data-autofocus
            label={t('password.label')}
            description={t('password.keptIn', { store: storeName })}
            value={password}
            onChange={event => setPassword(event.currentTarget.value)}
            autoComplete="off"
            visibilityToggleButtonProps={{ 'aria-label': t('password.show') }}
          />
          {told !== undefined && <Note title={told.message}>{told.mend}</Note>}
          <Group justify="flex-end">
            <Button variant="default" onClick={onClose}>
              {t('common.cancel')}
            </Button>
            <BusyButton type="submit" isUseless={password === ''} isBusy={isBusy}>
              {t('password.keep')}
            </BusyButton>
          </Group>
        </Stack>
      </form>
    </Modal>
  )
}

function loginWords({ login }: TunnelView['proxies'][number]): string {
  if (login === undefined) return ''
  return login.domain === undefined ? login.user : `${login.domain}\\${login.user}`
}
