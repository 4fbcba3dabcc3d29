/** Step 1: a service that was found on this PC, an address, or just the welcome page. */
import { Group, Loader, Radio, Stack, Text, TextInput } from '@mantine/core'
import { useEffect, useState } from 'react'
import { useTranslation } from 'react-i18next'
import type { FoundService } from '../../../shared/ipc/views.ts'
import { Card } from '../../kit/card.tsx'
import { client } from '../client.ts'
import { doing } from '../stores/troubles.ts'
import type { StepProps } from './step.ts'

const welcome = 'welcome:'
const typed = 'typed:'

export function WhatStep({ draft, change, showsMissing, missing }: StepProps) {
  const { t } = useTranslation()
  const [found, setFound] = useState<readonly FoundService[]>()
  useEffect(() => doing(client.services.find().then(setFound)), [])
  const { target, isTargetTyped } = draft
  const isFound = found?.some(({ url }) => url === target) ?? false
  const chosen = isTargetTyped && !isFound ? typed : target === '' ? welcome : target
  const choose = (value: string) => {
    if (value === typed) change({ target: '', title: '', isTargetTyped: true })
    else if (value === welcome) change({ target: '', title: '', isTargetTyped: false })
    else {
      const service = found?.find(({ url }) => url === value)
      change({ target: value, title: service?.name ?? service?.title ?? '', isTargetTyped: false })
    }
  }
  return (
    <Radio.Group value={chosen} onChange={choose} aria-label={t('share.what')}>
      <Card>
        <Stack gap={12}>
          {found === undefined && (
            <Group gap={8}>
              <Loader size="xs" />
              <Text size="sm" c="dimmed">
                {t('share.looking')}
              </Text>
            </Group>
          )}
          {found?.map(({ url, port, name, title }) => (
            <Radio
              key={url}
              value={url}
              label={name ?? title ?? t('share.serviceAtPort', { port })}
              description={[url, ...(name !== undefined && title !== undefined ? [title] : [])].join(' · ')}
            />
          ))}
          <Radio value={typed} label={t('share.anotherAddress')} />
          {chosen === typed && (
            <TextInput
              ml={30}
              aria-label={t('share.address')}
              placeholder={t('share.addressExample')}
              value={target}
              onChange={event => change({ target: event.currentTarget.value, isTargetTyped: true })}
              error={showsMissing && missing.has('target') && t('share.addressMissing')}
            />
          )}
          <Radio value={welcome} label={t('share.justWelcome')} description={t('share.justWelcomeHow')} />
        </Stack>
      </Card>
    </Radio.Group>
  )
}
