/** backbalance.bin for the editor in a window: its text without the passwords, live diagnostics, and back into the file. */
import { createHash } from 'node:crypto'
import {
  MaskedText,
  parseBackbalance,
  parseDocument,
  printDocument,
  type UnmaskedLine,
} from '../../../shared/balance/index.ts'
import { TildegateError } from '../../../shared/errors.ts'
import type { FileDiagnostic, FileText } from '../../../shared/ipc/views.ts'
import type { EntriesFile } from './entries-file.ts'

/** Versions whose passwords can still be put back. */
const maxVersions = 8

interface Version {
  readonly bytes: Buffer
  readonly masked: MaskedText
}

export class Editing {
  readonly #file: EntriesFile
  readonly #versions = new Map<string, Version>()

  constructor(file: EntriesFile) {
    this.#file = file
  }

  read(): FileText {
    const bytes = this.#file.read()
    const revision = createHash('sha256').update(bytes).digest('hex')
    const known = this.#versions.get(revision)
    this.#versions.delete(revision)
    const version = known ?? { bytes, masked: new MaskedText(parseDocument(bytes)) }
    this.#versions.set(revision, version)
    const [oldest] = this.#versions.keys()
    if (this.#versions.size > maxVersions && oldest !== undefined) this.#versions.delete(oldest)
    return { text: version.masked.text, revision }
  }

  check({ text, revision }: FileText): FileDiagnostic[] {
    const { document, lines } = this.#version(revision).masked.unmasked(text)
    const { diagnostics } = parseBackbalance(printDocument(document), this.#file.path)
    const starts = startsOf(text)
    const misplaced = lines.flatMap(({ misplaced: span }, i): FileDiagnostic[] => {
      if (span === undefined) return []
      const start = starts[i] ?? 0
      const { message, mend } = new TildegateError('secret-misplaced')
      const place = { line: i + 1, from: start + span.start, to: start + span.end }
      return [{ severity: 'error', code: 'secret-misplaced', ...place, message, mend }]
    })
    const found = diagnostics.map(
      ({ severity, code, line, column, endColumn, message, mend, wording }): FileDiagnostic => {
        const own = lines[line - 1]
        const start = starts[line - 1] ?? 0
        const place = { from: start + maskedOffset(own, column), to: start + maskedOffset(own, endColumn) }
        return { severity, code, line, ...place, message, mend, wording }
      },
    )
    return [...misplaced, ...found]
  }

  /** @throws TildegateError file-changed-meanwhile, secret-misplaced, file-not-written */
  write({ text, revision }: FileText): FileText {
    const { bytes, masked } = this.#version(revision)
    const { document, lines } = masked.unmasked(text)
    if (lines.some(({ misplaced }) => misplaced !== undefined)) throw new TildegateError('secret-misplaced')
    this.#file.replace(bytes, printDocument(document))
    return this.read()
  }

  #version(revision: string): Version {
    const version = this.#versions.get(revision)
    if (version === undefined) throw new TildegateError('file-changed-meanwhile', { file: this.#file.path })
    return version
  }
}

function startsOf(text: string): number[] {
  const starts = [0]
  for (let at = text.indexOf('\n'); at >= 0; at = text.indexOf('\n', at + 1)) starts.push(at + 1)
  return starts
}

/** Where a column of the plain line, in characters from 1, stands in the masked one. */
function maskedOffset(line: UnmaskedLine | undefined, column: number): number {
  if (line === undefined) return 0
  let offset = [...line.line.text].slice(0, column - 1).join('').length
  let shift = 0
  for (const { plain, masked } of line.replaced) {
    if (offset >= plain.end) shift = masked.end - plain.end
    else if (offset > plain.start) offset = plain.start
  }
  return offset + shift
}
