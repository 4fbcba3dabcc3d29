/** Settings in four parts; the file's editor and its library come only when they are looked at. */
import { Group, Loader, SegmentedControl, Stack, Title } from '@mantine/core'
import { type ComponentType, lazy, Suspense, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { AboutPart } from './about-part.tsx'
import { GeneralPart } from './general-part.tsx'
import { KeychainPart } from './keychain-part.tsx'

const names = ['general', 'file', 'keychain', 'about'] as const
type Part = (typeof names)[number]

const parts: Readonly<Record<Part, ComponentType>> = {
  general: GeneralPart,
  file: lazy(async () => ({ default: (await import('./file/file-part.tsx')).FilePart })),
  keychain: KeychainPart,
  about: AboutPart,
}

export function SettingsPage() {
  const { t } = useTranslation()
  const [name, setName] = useState<Part>('general')
  const Shown = parts[name]
  return (
    <Stack gap={14} h="100%">
      <Group justify="space-between">
        <Title order={1}>{t('nav.settings')}</Title>
        <SegmentedControl
          aria-label={t('settings.parts')}
          value={name}
          onChange={value => setName(names.find(one => one === value) ?? 'general')}
          data={names.map(value => ({ value, label: t(`settings.part_${value}`) }))}
        />
      </Group>
      <Suspense fallback={<Loader size="sm" aria-label={t('common.loading')} />}>
        <Shown />
      </Suspense>
    </Stack>
  )
}
