/** backbalance.bin as this PC runs it: taken up at the start and when the user says so, and watched in between. */
import type { AgentEntry, Diagnostic } from '../../shared/balance/index.ts'
import type { FileState } from '../../shared/ipc/views.ts'
import { entriesFile, readEntries } from './entries-file.ts'

export class Entries {
  readonly #file: string
  #taken: Buffer = Buffer.alloc(0)

  constructor(folder: string) {
    this.#file = entriesFile(folder)
  }

  /** What stands in the file now; from here on this counts as taken up. */
  take(): readonly AgentEntry[] {
    const { bytes, entries } = readEntries(this.#file)
    this.#taken = bytes
    return entries
  }

  state(): FileState {
    const { bytes, diagnostics } = readEntries(this.#file)
    return {
      path: this.#file,
      isChanged: !bytes.equals(this.#taken),
      errors: countOf(diagnostics, 'error'),
      warnings: countOf(diagnostics, 'warning'),
    }
  }
}

function countOf(diagnostics: readonly Diagnostic[], severity: Diagnostic['severity']): number {
  return diagnostics.filter(diagnostic => diagnostic.severity === severity).length
}
