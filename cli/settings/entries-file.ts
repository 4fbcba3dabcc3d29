/** A backbalance.bin as the commands about secrets need it: as it stands on the disk, and sound. */
import { type AgentEntry, formatDiagnostic, parseBackbalance } from '../../shared/balance/index.ts'
import { CommandFailure, exitStatus } from '../failure.ts'
import { readConfiguration } from './read-configuration.ts'

export interface EntriesFile {
  readonly file: string
  readonly source: Buffer
  readonly entries: readonly AgentEntry[]
}

/** @throws CommandFailure 78 with all diagnostics, or where the file cannot be read */
export function readEntriesFile(file: string): EntriesFile {
  const source = readConfiguration(file)
  const { entries, diagnostics } = parseBackbalance(source, file)
  const errors = diagnostics.filter(diagnostic => diagnostic.severity === 'error')
  if (errors.length === 0) return { file, source, entries }
  const count = errors.length === 1 ? 'One error' : `${errors.length} errors`
  const lines = errors.map(diagnostic => formatDiagnostic(diagnostic))
  throw new CommandFailure(exitStatus.configuration, `${count} in ${file}; nothing was changed.`, lines)
}
