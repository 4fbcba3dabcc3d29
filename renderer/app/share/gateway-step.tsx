/** Step 2: the gateway, the name there and its password; or the whole line that somebody was given. */
import { PasswordInput, Stack, TextInput } from '@mantine/core'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { useStoreName } from '../passwords/store-name.ts'
import { draftOfLine } from './draft.ts'
import type { StepProps } from './step.ts'

export function GatewayStep({ draft, change, missing, showsMissing, isChange }: StepProps) {
  const { t } = useTranslation()
  const store = useStoreName()
  const [line, setLine] = useState('')
  const { name, gateway, password } = draft
  const says = (field: 'name' | 'gateway' | 'password') =>
    showsMissing && missing.has(field) && t(`share.${field}Missing`)
  const take = (text: string) => {
    const filled = draftOfLine(text)
    setLine(filled === undefined ? text : '')
    if (filled === undefined) return
    // What is shared was chosen in the step before, unless the line says it.
    const { target, isTargetTyped, title, visitorPassword: _, ...way } = filled
    change(target === '' ? way : { ...way, target, isTargetTyped, title })
  }
  return (
    <Stack gap={14}>
      {!isChange && (
        <TextInput
          label={t('share.line')}
          description={t('share.lineHow')}
          placeholder={t('share.lineExample')}
          value={line}
          onChange={event => take(event.currentTarget.value)}
          error={line.trim().endsWith(';') && t('share.lineWrong')}
          autoComplete="off"
        />
      )}
      <TextInput
        label={t('share.gateway')}
        placeholder={t('share.gatewayExample')}
        value={gateway}
        onChange={event => change({ gateway: event.currentTarget.value })}
        error={says('gateway')}
      />
      <TextInput
        label={t('share.name')}
        description={t('share.nameHow')}
        value={name}
        onChange={event => change({ name: event.currentTarget.value })}
        error={says('name')}
      />
      <PasswordInput
        label={t('password.label')}
        description={t('password.keptIn', { store })}
        placeholder={isChange ? t('share.passwordStays') : ''}
        value={password}
        onChange={event => change({ password: event.currentTarget.value })}
        error={says('password')}
        autoComplete="off"
        visibilityToggleButtonProps={{ 'aria-label': t('password.show') }}
      />
    </Stack>
  )
}
