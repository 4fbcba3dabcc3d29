/** Has the keychain ask its user: to be unlocked, or for the password of the keyring that it then makes. */
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { BusyButton } from '../../kit/busy-button.tsx'
import { client } from '../client.ts'
import { doing } from '../stores/troubles.ts'

export interface UnlockButtonProps {
  readonly isNew?: boolean
  /** It has answered, or was not to be had. */
  onDone?(): void
}

export function UnlockButton({ isNew = false, onDone }: UnlockButtonProps) {
  const { t } = useTranslation()
  const [isBusy, setBusy] = useState(false)
  const unlock = async () => {
    setBusy(true)
    try {
      await client.secrets.unlock()
    } finally {
      setBusy(false)
      onDone?.()
    }
  }
  return (
    <BusyButton variant="default" size="xs" isBusy={isBusy} onClick={() => doing(unlock())}>
      {t(isNew ? 'keychain.make' : 'keychain.unlock')}
    </BusyButton>
  )
}
