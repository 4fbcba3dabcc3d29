/** What every page must say: the engine is being restarted, the file has changed, something asked for did not work. */
import { Button, CloseButton, Stack } from '@mantine/core'
import { useTranslation } from 'react-i18next'
import { useErrorWords } from '../i18n/words.ts'
import { Note } from '../kit/note.tsx'
import { client } from './client.ts'
import { useApp } from './stores/app.ts'
import { closeTrouble, doing, useTroubles } from './stores/troubles.ts'

export function Banners() {
  const { t } = useTranslation()
  const engine = useApp(state => state.engine)
  const isChanged = useApp(state => state.file?.isChanged ?? false)
  const failure = useTroubles(state => state.failure)
  const words = useErrorWords()
  const told = failure && words(failure)
  if (engine !== 'restarting' && !isChanged && told === undefined) return null
  return (
    <Stack gap={10} mb={14}>
      {engine === 'restarting' && <Note tone="calm">{t('engine.restarting')}</Note>}
      {isChanged && (
        <Note
          action={
            <Button variant="default" size="xs" onClick={() => doing(client.file.apply())}>
              {t('file.apply')}
            </Button>
          }
        >
          {t('file.changed')}
        </Note>
      )}
      {told !== undefined && (
        <Note
          title={told.message}
          action={<CloseButton aria-label={t('common.close')} onClick={closeTrouble} />}
        >
          {told.mend}
        </Note>
      )}
    </Stack>
  )
}
