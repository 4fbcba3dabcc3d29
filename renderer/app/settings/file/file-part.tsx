/** backbalance.bin in an editor. Nothing runs differently before the agent is restarted; the banner above offers that. */
import { Button, Group, Stack, Text } from '@mantine/core'
import { useCallback, useEffect, useRef, useState } from 'react'
import { useTranslation } from 'react-i18next'
import type { FileDiagnostic, FileText } from '../../../../shared/ipc/views.ts'
import { BusyButton } from '../../../kit/busy-button.tsx'
import { Note } from '../../../kit/note.tsx'
import { client } from '../../client.ts'
import { doing } from '../../stores/troubles.ts'
import classes from './file.module.css'
import { FileEditor, type FileEditorHandle } from './file-editor.tsx'
import { ProblemList } from './problem-list.tsx'

export function FilePart() {
  const { t } = useTranslation()
  const [file, setFile] = useState<FileText>()
  const [text, setText] = useState('')
  const [diagnostics, setDiagnostics] = useState<readonly FileDiagnostic[]>([])
  const [isStale, setStale] = useState(false)
  const editor = useRef<FileEditorHandle>(null)
  const isEdited = file !== undefined && text !== file.text

  const take = useCallback((read: FileText) => {
    setFile(read)
    setText(read.text)
    setStale(false)
  }, [])
  useEffect(() => doing(client.file.read().then(take)), [take])
  const now = useRef({ file, isEdited })
  now.current = { file, isEdited }
  useEffect(
    () =>
      client.file.changed(() => {
        doing(
          client.file.read().then(read => {
            if (read.revision === now.current.file?.revision) return
            if (now.current.isEdited) setStale(true)
            else take(read)
          }),
        )
      }),
    [take],
  )

  const errors = diagnostics.filter(({ severity }) => severity === 'error').length
  const save = async () => {
    if (file !== undefined) take(await client.file.write({ text, revision: file.revision }))
  }
  return (
    <Stack gap={12} flex={1} mih={0}>
      {isStale && (
        <Note
          action={
            <Button variant="default" size="xs" onClick={() => doing(client.file.read().then(take))}>
              {t('editor.takeTheirs')}
            </Button>
          }
        >
          {t('editor.changedMeanwhile')}
        </Note>
      )}
      <div className={classes['editor']}>
        {file !== undefined && (
          <FileEditor ref={editor} file={file} onText={setText} onDiagnostics={setDiagnostics} />
        )}
        <ProblemList diagnostics={diagnostics} onFix={fix => editor.current?.apply(fix)} />
      </div>
      <Group justify="space-between">
        <Text size="sm" c="dimmed" role="status">
          {errors === 0 ? t('editor.noErrors') : t('editor.errors', { count: errors })}
        </Text>
        <BusyButton isUseless={!isEdited} onClick={() => doing(save())}>
          {t('editor.save')}
        </BusyButton>
      </Group>
    </Stack>
  )
}
