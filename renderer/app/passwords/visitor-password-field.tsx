/** The password that visitors will be asked for: shown as it is typed, for it is to be passed on, and made at a click. */
import { Button, Group, TextInput } from '@mantine/core'
import { useTranslation } from 'react-i18next'
import { visitorPasswordMinLength } from '../../../shared/ipc/tunnel-form.ts'
import { generatePassword } from './generate-password.ts'
import { useStoreName } from './store-name.ts'

export interface VisitorPasswordFieldProps {
  readonly value: string
  /** Left empty, it stays as it is. */
  readonly isKept?: boolean
  readonly isWrong?: boolean
  onChange(password: string): void
}

export function VisitorPasswordField({
  value,
  isKept = false,
  isWrong = false,
  onChange,
}: VisitorPasswordFieldProps) {
  const { t } = useTranslation()
  const store = useStoreName()
  return (
    <Group align="flex-end" gap={8} wrap="wrap">
      <TextInput
        flex={1}
        miw={240}
        data-autofocus
        label={t('visitors.password')}
        description={t('visitors.passwordHow', { store })}
        placeholder={isKept ? t('share.passwordStays') : ''}
        value={value}
        onChange={event => onChange(event.currentTarget.value)}
        error={isWrong && t('visitors.tooShort', { count: visitorPasswordMinLength })}
        autoComplete="off"
        spellCheck={false}
        maxLength={256}
      />
      <Button variant="default" onClick={() => onChange(generatePassword())}>
        {t('visitors.generate')}
      </Button>
    </Group>
  )
}
