/** Asks for the token of the admin listener, once; what comes back is a cookie that no script reads. */
import { Button, Stack, Text, TextInput, Title } from '@mantine/core'
import { type FormEvent, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { Card } from '../kit/card.tsx'
import { Mark } from '../kit/mark.tsx'
import classes from './dashboard.module.css'
import { listen } from './follow.ts'
import { login } from './gateway-client.ts'

const answers = { 401: 'login.wrong', 400: 'login.wrong', 429: 'login.tooMany' } as const

export function LoginPage() {
  const { t } = useTranslation('dashboard')
  const [token, setToken] = useState('')
  const [refusal, setRefusal] = useState<(typeof answers)[keyof typeof answers] | 'login.failed'>()
  const [isAsking, setAsking] = useState(false)
  const enter = async (event: FormEvent) => {
    event.preventDefault()
    setAsking(true)
    const status = await login(token.trim())
    setAsking(false)
    if (status === 204) listen()
    else setRefusal(answers[status as keyof typeof answers] ?? 'login.failed')
  }
  return (
    <main className={classes['login']}>
      <Card>
        <form onSubmit={event => void enter(event)}>
          <Stack gap={14}>
            <Mark />
            <Title order={1}>
              {'Tildegate '}
              {t('title')}
            </Title>
            <Text size="sm" c="dimmed">
              {t('login.how')}
            </Text>
            <TextInput
              type="password"
              autoComplete="current-password"
              label={t('login.token')}
              value={token}
              onChange={event => {
                setToken(event.currentTarget.value)
                setRefusal(undefined)
              }}
              error={refusal === undefined ? undefined : t(refusal)}
              errorProps={{ role: 'alert' }}
              required
              withAsterisk={false}
              autoFocus
            />
            <Button type="submit" loading={isAsking}>
              {t('login.enter')}
            </Button>
          </Stack>
        </form>
      </Card>
    </main>
  )
}
