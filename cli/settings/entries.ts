/** The entries that `agent` and `test` work on, from files or the command line. */
import { existsSync } from 'node:fs'
import { resolve } from 'node:path'
import type { Target } from '../../agent/index.ts'
import {
  type AgentEntry,
  formatDiagnostic,
  inEnglish,
  type Parsed,
  parseAgentLine,
  parseBackbalance,
  parseTarget,
} from '../../shared/balance/index.ts'
import { CommandFailure, exitStatus } from '../failure.ts'
import { defaultFile } from './default-files.ts'
import { readConfiguration } from './read-configuration.ts'

export interface EntryFlags {
  readonly file?: readonly string[]
  readonly line?: readonly string[]
}

/** As in an entry; `welcome:` and `sample:` are the built-in sites. */
export function readTarget(text: string): Target {
  if (text === 'welcome:' || text === 'sample:') {
    return { kind: 'site', site: text === 'sample:' ? 'sample' : 'welcome' }
  }
  const target = parseTarget(text)
  if (!('wording' in target)) return { kind: 'service', ...target }
  const { message } = inEnglish(target.wording)
  throw new CommandFailure(exitStatus.usage, `--target: ${message} Example: http://127.0.0.1:3000`)
}

/** Where the entries come from: those named, else the usual one. @throws CommandFailure 78 */
export function entryFiles(flags: EntryFlags): readonly string[] {
  return flags.file ?? (flags.line ? [] : [usualFile()])
}

export function readEntries(flags: EntryFlags): readonly AgentEntry[] {
  const files = entryFiles(flags)
  const sources: Parsed<AgentEntry>[] = [
    ...files.map(file => parseBackbalance(readConfiguration(file), file)),
    ...(flags.line ?? []).map(line => parseAgentLine(line)),
  ]
  const diagnostics = sources.flatMap(source => source.diagnostics)
  const lines = diagnostics.map(diagnostic => formatDiagnostic(diagnostic))
  const errors = diagnostics.filter(diagnostic => diagnostic.severity === 'error').length
  if (errors > 0) {
    const count = errors === 1 ? 'One error' : `${errors} errors`
    throw new CommandFailure(exitStatus.configuration, `${count} in the entries; nothing was started.`, lines)
  }
  for (const line of lines) process.stderr.write(`${line}\n`)
  const entries = sources.flatMap(source => source.entries)
  if (entries.length === 0) {
    const places = [...files, ...(flags.line ? ['--line'] : [])].join(', ')
    throw new CommandFailure(exitStatus.configuration, `There is no entry in ${places}. ${example}`)
  }
  return entries
}

const example = 'It is written like this: /~~homePC=PASSWORD#gateway.example:443 => http://127.0.0.1:3000;'

function usualFile(): string {
  const file = defaultFile('backbalance.bin')
  if (existsSync(file)) return file
  throw new CommandFailure(
    exitStatus.configuration,
    `There is no file ${resolve(file)}: write one, or name it with --file, or give an entry with --line. ${example}`,
  )
}
