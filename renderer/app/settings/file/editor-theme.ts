/** The editor in the colours of the window. */
import { EditorView } from '@codemirror/view'

export const editorTheme = EditorView.theme({
  '&': { height: '100%', fontSize: '13px', backgroundColor: 'var(--tg-card)' },
  '&.cm-focused': { outline: '2px solid var(--tg-accent)', outlineOffset: '-2px' },
  '.cm-scroller': { fontFamily: 'var(--mantine-font-family-monospace)', lineHeight: '1.7' },
  '.cm-content': { caretColor: 'var(--mantine-color-text)' },
  '.cm-cursor': { borderLeftColor: 'var(--mantine-color-text)' },
  '.cm-gutters': { backgroundColor: 'var(--tg-card)', color: 'var(--mantine-color-dimmed)', border: 'none' },
  '.cm-activeLine, .cm-activeLineGutter': { backgroundColor: 'transparent' },
  '&.cm-focused .cm-selectionBackground, .cm-selectionBackground': {
    backgroundColor: 'var(--tg-accent-soft) !important',
  },
  '.cm-comment': { color: 'var(--mantine-color-dimmed)' },
  '.cm-secret': {
    padding: '0 3px',
    borderRadius: '4px',
    backgroundColor: 'var(--tg-accent-soft)',
    color: 'var(--tg-accent)',
  },
  '.cm-tooltip': {
    backgroundColor: 'var(--tg-card)',
    color: 'var(--mantine-color-text)',
    border: '1px solid var(--tg-line)',
    borderRadius: '8px',
  },
  '.cm-diagnostic': { fontFamily: 'var(--mantine-font-family)', padding: '6px 10px' },
  '.cm-diagnosticAction': {
    backgroundColor: 'transparent',
    color: 'var(--tg-accent)',
    fontWeight: '600',
    cursor: 'pointer',
  },
})
