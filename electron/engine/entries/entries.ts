/** backbalance.bin as this PC runs it: taken up at the start, by an edit of the app's own, and when the user says so; watched in between. */
import { StableFile } from '../../../net/stable-file.ts'
import {
  type AgentEntry,
  type Diagnostic,
  type Document,
  parseBackbalance,
  printDocument,
} from '../../../shared/balance/index.ts'
import type { FileState } from '../../../shared/ipc/views.ts'
import type { Clock } from '../../../shared/world.ts'
import { idOf } from '../tunnel-view.ts'
import type { EntriesFile } from './entries-file.ts'

export interface EntriesOptions {
  readonly file: EntriesFile
  readonly clock: Clock
  onChange(state: FileState): void
}

/** As long as a program may take between two pieces that it writes. */
const quietMs = 200
const unfinishedMs = 1_000
const maxBytes = 4 * 2 ** 20

export class Entries {
  readonly #options: EntriesOptions
  readonly #watched: StableFile
  #taken: Buffer = Buffer.alloc(0)

  constructor(options: EntriesOptions) {
    this.#options = options
    const { file, clock } = options
    const changed = () => this.tell()
    this.#watched = new StableFile({ file: file.path, clock, quietMs, unfinishedMs, maxBytes, changed })
  }

  async watch(): Promise<void> {
    await this.#watched.watch()
  }

  async close(): Promise<void> {
    await this.#watched.close()
  }

  /** What stands in the file now; from here on this counts as taken up. */
  take(): readonly AgentEntry[] {
    const bytes = this.#options.file.read()
    this.#taken = bytes
    this.tell()
    return parseBackbalance(bytes, this.#options.file.path).entries
  }

  /** Whether the running tunnels are those of the file. */
  get isTaken(): boolean {
    return this.#options.file.read().equals(this.#taken)
  }

  /** As it stands in the file now, taken up or not. */
  find(id: string): AgentEntry | undefined {
    return this.all().find(entry => idOf(entry) === id)
  }

  all(): readonly AgentEntry[] {
    const { file } = this.#options
    return parseBackbalance(file.read(), file.path).entries
  }

  /** Changes the file as it stands now, whoever wrote it last. */
  edit(change: (document: Document, entries: readonly AgentEntry[]) => Document): void {
    const { file } = this.#options
    const before = file.read()
    const { document, entries } = parseBackbalance(before, file.path)
    file.replace(before, printDocument(change(document, entries)))
  }

  state(): FileState {
    const { path } = this.#options.file
    const bytes = this.#options.file.read()
    const { diagnostics } = parseBackbalance(bytes, path)
    return {
      path,
      isChanged: !bytes.equals(this.#taken),
      errors: countOf(diagnostics, 'error'),
      warnings: countOf(diagnostics, 'warning'),
    }
  }

  tell(): void {
    this.#options.onChange(this.state())
  }
}

function countOf(diagnostics: readonly Diagnostic[], severity: Diagnostic['severity']): number {
  return diagnostics.filter(diagnostic => diagnostic.severity === severity).length
}
