/** The public address, to be copied or opened. Main looks the address up itself: a window cannot name another. */
import { Button, Group, Text } from '@mantine/core'
import { useTimeout } from '@mantine/hooks'
import { lazy, Suspense, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { client } from '../client.ts'
import { doing } from '../stores/troubles.ts'
import classes from './shared.module.css'

const QrDialog = lazy(async () => ({ default: (await import('./qr-dialog.tsx')).QrDialog }))

export interface AddressLineProps {
  readonly id: string
  readonly name: string
  readonly url: string
}

const copiedMs = 2_000

export function AddressLine({ id, name, url }: AddressLineProps) {
  const { t } = useTranslation()
  const [isCopied, setCopied] = useState(false)
  const [isQr, setQr] = useState(false)
  const { start } = useTimeout(() => setCopied(false), copiedMs)
  const copy = async () => {
    await client.address.copy({ id })
    setCopied(true)
    start()
  }
  return (
    <Group mt={10} gap={4} wrap="nowrap">
      <Text ff="monospace" size="sm" truncate className={classes['address']}>
        {url}
      </Text>
      <Button
        variant="subtle"
        size="compact-sm"
        aria-label={t('shared.copyAddressOf', { name })}
        onClick={() => doing(copy())}
      >
        {isCopied ? t('common.copied') : t('common.copy')}
      </Button>
      {url.startsWith('https:') && (
        <Button
          variant="subtle"
          size="compact-sm"
          aria-label={t('shared.openAddressOf', { name })}
          onClick={() => doing(client.address.open({ id }))}
        >
          {t('common.open')}
        </Button>
      )}
      <Button
        variant="subtle"
        size="compact-sm"
        aria-label={t('shared.showQrOf', { name })}
        onClick={() => setQr(true)}
      >
        {t('shared.qr')}
      </Button>
      {isQr && (
        <Suspense>
          <QrDialog name={name} url={url} onClose={() => setQr(false)} />
        </Suspense>
      )}
    </Group>
  )
}
