/** What the user chooses for the app as a whole. A choice holds at once. */
import { Button, Group, Select, Stack, Switch } from '@mantine/core'
import { useTranslation } from 'react-i18next'
import { type Settings, themes } from '../../../shared/ipc/views.ts'
import { Card } from '../../kit/card.tsx'
import { client } from '../client.ts'
import { useApp } from '../stores/app.ts'
import { doing } from '../stores/troubles.ts'
import { ResetButton } from './reset-button.tsx'

const languageNames = { en: 'English', de: 'Deutsch', fr: 'Français' } as const
const languageChoices = (Object.keys(languageNames) as (keyof typeof languageNames)[]).map(value => ({
  value,
  label: languageNames[value],
}))
const logLevels = ['error', 'warn', 'info', 'debug'] as const

const change = (changes: Partial<Settings>) => doing(client.settings.change(changes))

export function GeneralPart() {
  const { t } = useTranslation()
  const settings = useApp(state => state.settings)
  if (settings === undefined) return null
  return (
    <Stack gap={14}>
      <Card label={t('settings.start')}>
        <Stack gap={14}>
          <Switch
            label={t('settings.startsAtLogin')}
            description={t('settings.startsAtLoginHow')}
            checked={settings.startsAtLogin}
            onChange={event => change({ startsAtLogin: event.currentTarget.checked })}
          />
          <Switch
            label={t('settings.notifies')}
            description={t('settings.notifiesWhen')}
            checked={settings.notifies}
            onChange={event => change({ notifies: event.currentTarget.checked })}
          />
        </Stack>
      </Card>
      <Card label={t('settings.looks')}>
        <Group grow align="flex-start">
          <Select
            label={t('settings.language')}
            data={[{ value: 'system' as const, label: t('settings.likeSystem') }, ...languageChoices]}
            value={settings.language}
            allowDeselect={false}
            onChange={value => value !== null && change({ language: value })}
          />
          <Select
            label={t('settings.theme')}
            data={themes.map(value => ({ value, label: t(`settings.theme_${value}`) }))}
            value={settings.theme}
            allowDeselect={false}
            onChange={value => value !== null && change({ theme: value })}
          />
        </Group>
      </Card>
      <Card label={t('settings.upkeep')}>
        <Group grow align="flex-start">
          <Select
            label={t('settings.updateChannel')}
            data={[
              { value: 'latest', label: t('settings.channel_latest') },
              { value: 'beta', label: t('settings.channel_beta') },
            ]}
            value={settings.updateChannel}
            allowDeselect={false}
            onChange={value => value !== null && change({ updateChannel: value })}
          />
          <Select
            label={t('settings.logLevel')}
            data={logLevels.map(value => ({ value, label: t(`settings.log_${value}`) }))}
            value={settings.logLevel}
            allowDeselect={false}
            onChange={value => value !== null && change({ logLevel: value })}
          />
        </Group>
        <Group gap={8} mt={14}>
          <Button variant="default" size="xs" onClick={() => doing(client.app.openLogFolder())}>
            {t('settings.openLogFolder')}
          </Button>
          <ResetButton />
        </Group>
      </Card>
    </Stack>
  )
}
