/** The public address as a picture, for a phone's camera. */
import { Modal, Stack, Text } from '@mantine/core'
import { useTranslation } from 'react-i18next'
import { encode } from 'uqr'
import { useFocusBack } from '../../kit/use-focus.ts'

export interface QrDialogProps {
  readonly name: string
  readonly url: string
  onClose(): void
}

const side = 240
const quiet = 4

export function QrDialog({ name, url, onClose }: QrDialogProps) {
  const { t } = useTranslation()
  useFocusBack()
  const { data, size } = encode(url, { border: quiet })
  const path = data
    .flatMap((row, y) => row.flatMap((isDark, x) => (isDark ? [`M${x} ${y}h1v1h-1z`] : [])))
    .join('')
  return (
    <Modal
      opened
      size="auto"
      onClose={onClose}
      title={name}
      closeButtonProps={{ 'aria-label': t('common.close') }}
    >
      <Stack align="center" gap="xs">
        <svg
          width={side}
          height={side}
          viewBox={`0 0 ${size} ${size}`}
          role="img"
          aria-label={t('shared.qrOf', { name })}
          shapeRendering="crispEdges"
        >
          <rect width={size} height={size} fill="#fff" />
          <path d={path} fill="#000" />
        </svg>
        <Text ff="monospace" size="xs" maw={side} ta="center" style={{ overflowWrap: 'anywhere' }}>
          {url}
        </Text>
      </Stack>
    </Modal>
  )
}
