/** The editor: passwords as dots, diagnostics as one types, each with a button where one click mends it. */
import { defaultKeymap, history, historyKeymap } from '@codemirror/commands'
import { type Diagnostic, linter, lintGutter, lintKeymap } from '@codemirror/lint'
import { type ChangeDesc, EditorState } from '@codemirror/state'
import { EditorView, keymap, lineNumbers } from '@codemirror/view'
import { type Ref, useEffect, useImperativeHandle, useRef } from 'react'
import { useTranslation } from 'react-i18next'
import type { FileDiagnostic, FileText } from '../../../../shared/ipc/views.ts'
import { client } from '../../client.ts'
import { editorTheme } from './editor-theme.ts'
import classes from './file.module.css'
import { dimComments, maskedSecrets } from './masked-secrets.ts'
import { problemWords } from './problem-words.ts'
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
  const { t, i18n } = useTranslation()
  const { language } = i18n
  const place = useRef<HTMLDivElement>(null)
  const editor = useRef<EditorView>(null)
  const cursor = useRef(0)
  /** What was typed since the diagnostics that are shown were made. */
  const typed = useRef<ChangeDesc>(null)
  const told = useRef({ onText, onDiagnostics })
  told.current = { onText, onDiagnostics }
  const fixName = t('editor.fix')
  const label = t('editor.label')
  useImperativeHandle(ref, () => ({
    apply(fix) {
      const spot = movedBy(typed.current, fix)
      if (editor.current !== null && spot !== undefined) applyFix(editor.current, spot)
    },
  }))
  useEffect(() => {
    if (place.current === null) return
    const lint = linter(
      async view => {
        const { doc } = view.state
        const found = await client.file.check({ text: doc.toString(), revision: file.revision })
        if (view.state.doc !== doc) return []
        typed.current = null
        told.current.onDiagnostics(found)
        return found.map(diagnostic => shown(diagnostic, language, fixName, doc.length))
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
            if (!update.docChanged) return
            typed.current = typed.current?.composeDesc(update.changes) ?? update.changes.desc
            told.current.onText(update.state.doc.toString())
          }),
        ],
      }),
    })
    editor.current = view
    return () => {
      editor.current = null
      view.destroy()
    }
  }, [file, fixName, label, language])
  return <div ref={place} className={classes['text']} />
}

/** Undefined where the spot itself was changed meanwhile. */
function movedBy(typed: ChangeDesc | null, fix: QuickFix): QuickFix | undefined {
  if (typed === null) return fix
  if (typed.touchesRange(fix.from, fix.to)) return undefined
  return { ...fix, from: typed.mapPos(fix.from), to: typed.mapPos(fix.to) }
}

function applyFix(view: EditorView, { from, to, insert }: QuickFix): void {
  const { length } = view.state.doc
  view.dispatch({ changes: { from: Math.min(from, length), to: Math.min(to, length), insert } })
  view.focus()
}

function shown(diagnostic: FileDiagnostic, language: string, fixName: string, length: number): Diagnostic {
  const { from, to, severity } = diagnostic
  const { message, mend } = problemWords(diagnostic, language)
  const fix = quickFixOf(diagnostic)
  // CodeMirror moves the spot along with what is typed.
  const apply = (view: EditorView, start: number, end: number) =>
    fix && applyFix(view, { ...fix, from: start, to: fix.to === fix.from ? start : end })
  const actions = fix && [{ name: fixName, apply }]
  const spot = { from: Math.min(from, length), to: Math.min(to, length) }
  return {
    ...spot,
    severity,
    message: mend === '' ? message : `${message} → ${mend}`,
    ...(actions && { actions }),
  }
}
