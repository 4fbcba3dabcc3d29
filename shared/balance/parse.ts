/** Both files, and single lines, from text to entries and all their diagnostics at once. */
import { type AgentEntry, type AgentGrammarOptions, readAgentEntry } from './agent-grammar.ts'
import { type Diagnostic, diagnose } from './diagnostic.ts'
import { type Document, parseDocument } from './document.ts'
import { kindOfLine, LineReading, reportOther } from './entry-line.ts'
import { type GatewayEntry, readGatewayEntry } from './gateway-grammar.ts'
import { decodeEscaping, firstNotUtf8 } from './not-utf8.ts'

export interface Parsed<Entry> {
  readonly entries: readonly Entry[]
  readonly diagnostics: readonly Diagnostic[]
  readonly document: Document
}

/** balance.bin. Never throws; time grows with the length of the source. */
export function parseBalance(source: string | Uint8Array, file: string): Parsed<GatewayEntry> {
  const names = new Names()
  return parseLines(source, file, (reading, line) => {
    const entry = readGatewayEntry(reading, line)
    if (entry !== undefined) names.check(reading, entry.name, line)
    return entry
  })
}

/** backbalance.bin. Never throws; time grows with the length of the source. */
export function parseBackbalance(
  source: string | Uint8Array,
  file: string,
  options: AgentGrammarOptions = {},
): Parsed<AgentEntry> {
  const names = new Names()
  return parseLines(source, file, (reading, line) => {
    const entry = readAgentEntry(reading, line, options)
    if (entry === undefined) return undefined
    const { host, port } = entry.gateway
    names.check(reading, entry.name, line, `${host.toLowerCase()}:${port}`)
    return entry
  })
}

/** The entry of `--line`, in which `env:VAR` may stand for a password. */
export function parseAgentLine(text: string): Parsed<AgentEntry> {
  return parseBackbalance(text, '--line', { allowEnvironment: true })
}

function parseLines<Entry>(
  source: string | Uint8Array,
  file: string,
  read: (reading: LineReading, line: number) => Entry | undefined,
): Parsed<Entry> {
  const document = parseDocument(source)
  const entries: Entry[] = []
  const diagnostics: Diagnostic[] = []
  document.lines.forEach(({ text, bytes }, i) => {
    const reading = new LineReading(bytes === undefined ? text : decodeEscaping(bytes))
    const wrong = firstNotUtf8(reading.text)
    if (wrong !== -1) {
      reading.hide(0, reading.text.length)
      reading.error('not-utf8', { start: wrong, end: wrong + 1 }, 'save-as-utf8')
    } else {
      const kind = kindOfLine(text)
      if (kind === 'blank') return
      if (kind === 'other') reportOther(reading)
      else {
        const entry = read(reading, i + 1)
        if (entry !== undefined && !reading.hasErrors) entries.push(entry)
      }
    }
    const shown = { file, line: i + 1, text: reading.text, secrets: reading.secrets }
    for (const diagnostic of diagnose(reading.findings, shown)) diagnostics.push(diagnostic)
  })
  return { entries, diagnostics, document }
}

/** Names that stand twice, or that differ only in case. */
class Names {
  readonly #lines = new Map<string, number>()
  readonly #spellings = new Map<string, { name: string; line: number }>()

  /** `gateway`: only there must it stand alone; shown. */
  check(reading: LineReading, name: string, line: number, gateway = ''): void {
    const start = reading.text.indexOf('/~~') + 3
    const span = { start, end: start + name.length }
    const first = this.#lines.get(`${name} ${gateway}`)
    if (first !== undefined) {
      const text = gateway === '' ? 'duplicate-name' : 'duplicate-name/at-gateway'
      reading.error(text, span, 'another-name', { name, first, ...(gateway === '' ? {} : { gateway }) })
      return
    }
    this.#lines.set(`${name} ${gateway}`, line)
    const folded = `${name.toLowerCase()} ${gateway}`
    const similar = this.#spellings.get(folded)
    if (similar === undefined) this.#spellings.set(folded, { name, line })
    else {
      const details = { name, other: similar.name, first: similar.line }
      reading.warn('similar-name', span, 'clearer-name', details)
    }
  }
}
