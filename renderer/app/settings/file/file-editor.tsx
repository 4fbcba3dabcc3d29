/** The editor: passwords as dots, diagnostics as one types, each with a button where one click mends it. */
import { defaultKeymap, history, historyKeymap } from '@codemirror/commands'
import { type Diagnostic, linter, lintGutter, lintKeymap } from '@codemirror/lint'
import { EditorState } from '@codemirror/state'
import { EditorView, keymap, lineNumbers } from '@codemirror/view'
import { type Ref, useEffect, useImperativeHandle, useRef } from 'react'
import { useTranslation } from 'react-i18next'
import type { FileDiagnostic, FileText } from '../../../../shared/ipc/views.ts'
import { client } from '../../client.ts'
import { editorTheme } from './editor-theme.ts'
import classes from './file.module.css'
import { dimComments, maskedSecrets } from './masked-secrets.ts'
import { type QuickFix, quickFixOf } from './quick-fix.ts'

export interface FileEditorProps {
  readonly ref: Ref<FileEditorHandle>
  /** What was read; another revision replaces the text. */
  readonly file: FileText
  onText(text: string): void
  onDiagnostics(diagnostics: readonly FileDiagnostic[]): void
}

export interface FileEditorHandle {
  apply(fix: QuickFix): void
}

const checkDelayMs = 250
const nonce = () => document.querySelector<HTMLMetaElement>('meta[name="style-nonce"]')?.content ?? ''

export function FileEditor({ ref, file, onText, onDiagnostics }: FileEditorProps) {
  const { t } = useTranslation()
  const place = useRef<HTMLDivElement>(null)
  const editor = useRef<EditorView>(null)
  const cursor = useRef(0)
  const told = useRef({ onText, onDiagnostics })
  told.current = { onText, onDiagnostics }
  const fixName = t('editor.fix')
  const label = t('editor.label')
  useImperativeHandle(ref, () => ({
    apply(fix) {
      if (editor.current !== null) applyFix(editor.current, fix)
    },
  }))
  useEffect(() => {
    if (place.current === null) return
    const lint = linter(
      async view => {
        const found = await client.file.check({ text: view.state.doc.toString(), revision: file.revision })
        told.current.onDiagnostics(found)
        return found.map(diagnostic => shown(diagnostic, fixName, view.state.doc.length))
      },
      { delay: checkDelayMs },
    )
    const view = new EditorView({
      parent: place.current,
      state: EditorState.create({
        doc: file.text,
        selection: { anchor: Math.min(cursor.current, file.text.length) },
        extensions: [
          EditorView.cspNonce.of(nonce()),
          EditorView.contentAttributes.of({ 'aria-label': label, spellcheck: 'false' }),
          EditorView.lineWrapping,
          lineNumbers(),
          history(),
          keymap.of([...defaultKeymap, ...historyKeymap, ...lintKeymap]),
          maskedSecrets,
          dimComments,
          lint,
          lintGutter(),
          editorTheme,
          EditorView.updateListener.of(update => {
            cursor.current = update.state.selection.main.head
            if (update.docChanged) told.current.onText(update.state.doc.toString())
          }),
        ],
      }),
    })
    editor.current = view
    return () => {
      editor.current = null
      view.destroy()
    }
  }, [file, fixName, label])
  return <div ref={place} className={classes['text']} />
}

function applyFix(view: EditorView, { from, to, insert }: QuickFix): void {
  const { length } = view.state.doc
  view.dispatch({ changes: { from: Math.min(from, length), to: Math.min(to, length), insert } })
}

function shown(diagnostic: FileDiagnostic, fixName: string, length: number): Diagnostic {
  const { from, to, severity, message, mend } = diagnostic
  const fix = quickFixOf(diagnostic)
  const actions = fix && [{ name: fixName, apply: (view: EditorView) => applyFix(view, fix) }]
  const spot = { from: Math.min(from, length), to: Math.min(to, length) }
  return {
    ...spot,
    severity,
    message: mend === '' ? message : `${message} → ${mend}`,
    ...(actions && { actions }),
  }
}
