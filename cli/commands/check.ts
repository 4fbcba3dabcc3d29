/** `tildegate check FILE`: the diagnostics of either file, as text or JSON, on standard output. */
import { basename } from 'node:path'
import {
  type Diagnostic,
  formatDiagnostic,
  parseBackbalance,
  parseBalance,
} from '../../shared/balance/index.ts'
import { CommandFailure, type ExitStatus, exitStatus } from '../failure.ts'
import { readConfiguration } from '../settings/read-configuration.ts'

type FileKind = 'gateway' | 'subserver'

interface CheckOptions {
  readonly kind?: FileKind
  readonly json?: true
}

const parsers = { gateway: parseBalance, subserver: parseBackbalance } as const

/** @throws CommandFailure 1 where the file cannot be read, 64 where nothing tells its kind */
export function runCheck(file: string, options: CheckOptions): ExitStatus {
  const kind = options.kind ?? kindOfName(file)
  const { entries, diagnostics } = parsers[kind](readConfiguration(file, exitStatus.failed), file)
  const errors = diagnostics.filter(diagnostic => diagnostic.severity === 'error').length
  if (options.json) {
    process.stdout.write(`${JSON.stringify({ file, kind, entries: entries.length, errors, diagnostics })}\n`)
  } else {
    for (const diagnostic of diagnostics) process.stdout.write(`${formatDiagnostic(diagnostic)}\n`)
    process.stdout.write(`${summary(file, entries.length, diagnostics, errors)}\n`)
  }
  return errors === 0 ? exitStatus.fine : exitStatus.failed
}

function kindOfName(file: string): FileKind {
  const name = basename(file).toLowerCase()
  if (name.includes('backbalance')) return 'subserver'
  if (name.includes('balance')) return 'gateway'
  throw new CommandFailure(
    exitStatus.usage,
    `The name ${basename(file)} does not tell what it is: add --kind gateway (balance.bin) or --kind subserver (backbalance.bin).`,
  )
}

function summary(file: string, entries: number, diagnostics: readonly Diagnostic[], errors: number): string {
  const counted = (count: number, word: string, plural = `${word}s`) =>
    `${count} ${count === 1 ? word : plural}`
  const warnings = diagnostics.length - errors
  return `${file}: ${counted(entries, 'entry', 'entries')}, ${counted(errors, 'error')}, ${counted(warnings, 'warning')}`
}
