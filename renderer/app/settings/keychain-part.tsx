/** Where the passwords are, whether that works, and whose are kept. None is ever shown: no call reads one. */
import { Button, Group, Select, Stack, Text, Title } from '@mantine/core'
import { useCallback, useEffect, useState } from 'react'
import { useTranslation } from 'react-i18next'
import type { KeptSecret, SecretState } from '../../../shared/ipc/views.ts'
import { useErrorWords } from '../../i18n/words.ts'
import { Card } from '../../kit/card.tsx'
import { Note } from '../../kit/note.tsx'
import { client } from '../client.ts'
import { UnlockButton } from '../shared/unlock-button.tsx'
import { useApp } from '../stores/app.ts'
import { doing } from '../stores/troubles.ts'
import classes from './keychain.module.css'
import { MovePasswords } from './move-passwords.tsx'

export function KeychainPart() {
  const { t } = useTranslation()
  const words = useErrorWords()
  const platform = useApp(state => state.about?.platform ?? 'linux')
  const [store, setStore] = useState<SecretState>()
  const [secrets, setSecrets] = useState<readonly KeptSecret[]>([])
  const look = useCallback(async () => {
    const state = await client.secrets.state()
    setStore(state)
    setSecrets(await client.secrets.list())
  }, [])
  const engine = useApp(state => state.engine)
  useEffect(() => {
    if (engine !== 'restarting') doing(look())
  }, [look, engine])
  if (store === undefined) return <Text c="dimmed">{t('common.loading')}</Text>
  const { failure } = store
  const told = failure && words(failure)
  const name = store.kind === 'file' ? t('keychain.file') : t(`keychain.${platform}`)
  return (
    <Stack gap={14}>
      {told === undefined ? (
        <Note tone="calm">{t('keychain.usable', { name })}</Note>
      ) : (
        <Note
          title={told.message}
          action={
            failure?.code === 'keychain-shut' || failure?.code === 'keychain-not-made' ? (
              <UnlockButton isNew={failure.code === 'keychain-not-made'} onDone={() => doing(look())} />
            ) : (
              <Button variant="default" size="xs" onClick={() => doing(look())}>
                {t('common.tryAgain')}
              </Button>
            )
          }
        >
          {told.mend}
        </Note>
      )}
      <Select
        label={t('keychain.keepIn')}
        description={t('keychain.keepInHow')}
        data={[
          { value: 'keychain' as const, label: t(`store.${platform}`) },
          { value: 'file' as const, label: t('store.file') },
        ]}
        value={store.kind}
        allowDeselect={false}
        onChange={value => value !== null && doing(client.settings.change({ secretStore: value }))}
      />
      <Card label={t('keychain.kept')}>
        <Title order={2} mb={8}>
          {t('keychain.kept')}
        </Title>
        {secrets.length === 0 && <Text c="dimmed">{t('keychain.none')}</Text>}
        <ul className={classes['list']}>
          {secrets.map(secret => (
            <SecretRow
              key={accountName(secret.account, 'visitors')}
              secret={secret}
              onChanged={() => doing(look())}
            />
          ))}
        </ul>
      </Card>
      <MovePasswords onMoved={() => doing(look())} />
    </Stack>
  )
}

function accountName(account: KeptSecret['account'], visitors: string): string {
  if (account.kind === 'proxy') return `${account.login} · ${account.proxy}`
  const name = `/~~${account.name} · ${account.gateway}`
  return account.kind === 'tunnel' ? name : `${name} · ${visitors}`
}

interface SecretRowProps {
  readonly secret: KeptSecret
  onChanged(): void
}

function SecretRow({ secret: { account, isKept, isNeeded }, onChanged }: SecretRowProps) {
  const { t } = useTranslation()
  const name = accountName(account, t('keychain.visitors'))
  const state = isKept ? (isNeeded ? 'inUse' : 'unused') : 'missing'
  return (
    <li className={classes['row']}>
      <Text size="sm" className={classes['name']}>
        {name}
      </Text>
      <Text size="sm" c={isKept ? 'dimmed' : 'var(--tg-warn)'}>
        {t(`keychain.state_${state}`)}
      </Text>
      {isKept && !isNeeded && (
        <Group>
          <Button
            variant="subtle"
            size="compact-sm"
            aria-label={t('keychain.removeOf', { name })}
            onClick={() => doing(client.secrets.remove({ account }).then(onChanged))}
          >
            {t('keychain.remove')}
          </Button>
        </Group>
      )}
    </li>
  )
}
