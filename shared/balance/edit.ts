/**
 * Edits of backbalance.bin that keep everything they do not mean to change: comments, order, line endings, lines that are not
 * understood. Each gives the new text of the file.
 */
import { type AgentEntry, readAgentEntry } from './agent-grammar.ts'
import type { Document, DocumentLine } from './document.ts'
import { LineReading } from './entry-line.ts'

/** In the keychain form: the password of the tunnel empty, the logins of proxies without their passwords. */
export function withoutPasswords(document: Document, entry: AgentEntry): Document {
  return changed(document, entry.line, line => {
    let text = line.text
    for (const { start, end } of [...entry.secretSpans].sort((a, b) => b.start - a.start)) {
      text = text.slice(0, start) + text.slice(end)
    }
    return { ...line, text }
  })
}

/** The line of an entry replaced by another. @throws RangeError unless `text` is one sound entry */
export function withEntry(document: Document, line: number, text: string): Document {
  demandEntry(text)
  return changed(document, line, before => ({ text, ending: before.ending }))
}

/** An entry more, at the end, with the line ending that the file uses. @throws RangeError unless `text` is one sound entry */
export function withEntryAdded(document: Document, text: string): Document {
  demandEntry(text)
  const ending = document.lines.find(line => line.ending !== '')?.ending ?? '\n'
  const lines = document.lines.map((line, i) =>
    i === document.lines.length - 1 && line.ending === '' ? { ...line, ending } : line,
  )
  return { ...document, lines: [...lines, { text, ending }] }
}

export function withoutLine(document: Document, line: number): Document {
  return { ...document, lines: document.lines.filter((_, i) => i !== line - 1) }
}

function changed(document: Document, line: number, change: (line: DocumentLine) => DocumentLine): Document {
  return { ...document, lines: document.lines.map((before, i) => (i === line - 1 ? change(before) : before)) }
}

function demandEntry(text: string): void {
  const reading = new LineReading(text)
  if (/[\r\n]/.test(text) || readAgentEntry(reading, 1, {}) === undefined) {
    throw new RangeError('This is not one entry of backbalance.bin.')
  }
}
