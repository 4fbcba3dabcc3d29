/** Who may open it: everybody who knows the address, or who has the password. On by default where the target is not plainly public. */
import { Stack, Switch, Text } from '@mantine/core'
import { useTranslation } from 'react-i18next'
import { Card } from '../../kit/card.tsx'
import { generatePassword } from '../passwords/generate-password.ts'
import { VisitorPasswordField } from '../passwords/visitor-password-field.tsx'
import { asksVisitors } from './draft.ts'
import type { StepProps } from './step.ts'

export function VisitorsPart({ draft, change, missing, showsMissing }: StepProps) {
  const { t } = useTranslation()
  const isAsking = asksVisitors(draft)
  const turn = (isOn: boolean) => {
    const needsOne = isOn && draft.visitorPassword === '' && draft.askedBefore === 'nothing'
    change({ asksVisitors: isOn, ...(needsOne ? { visitorPassword: generatePassword() } : {}) })
  }
  return (
    <Card label={t('visitors.title')}>
      <Stack gap={12}>
        <Switch
          label={t('visitors.ask')}
          checked={isAsking}
          onChange={event => turn(event.currentTarget.checked)}
        />
        {isAsking ? (
          <VisitorPasswordField
            value={draft.visitorPassword}
            isKept={draft.askedBefore !== 'nothing'}
            isWrong={showsMissing && missing.has('visitors')}
            onChange={visitorPassword => change({ visitorPassword })}
          />
        ) : (
          <Text size="sm" c="dimmed">
            {t('visitors.anyone')}
          </Text>
        )}
      </Stack>
    </Card>
  )
}
