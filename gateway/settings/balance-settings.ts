/**
 * The settings in force: the entries of `balance.bin` by name, taken up anew whenever the file changes and
 * has no errors. A file with errors changes nothing. Sessions keep the entry they were established under.
 */
import { basename } from 'node:path'
import { StableFile } from '../../net/stable-file.ts'
import {
  type BackEntry,
  type Diagnostic,
  type DirectEntry,
  formatDiagnostic,
  parseBalance,
} from '../../shared/balance/index.ts'
import type { Clock, Log } from '../../shared/world.ts'
import type { GatewayLimits } from '../limits.ts'
import { ConfigError } from './config-error.ts'

export type GatewayEntry = BackEntry | DirectEntry

/** Of the file as it stands now; where it is not in force, the last good settings are. */
export type FileCondition = 'in-force' | 'errors' | 'unreadable'

export interface SettingsParts {
  readonly file: string
  readonly limits: GatewayLimits
  readonly clock: Clock
  readonly log: Log
  /** After each change of the file; `names`: of the entries in force. */
  refreshed(result: 'taken' | 'errors', errors: number, names: readonly string[]): void
}

export class BalanceSettings {
  readonly #parts: SettingsParts
  readonly #file: StableFile
  #entries: ReadonlyMap<string, GatewayEntry> = new Map()
  #diagnostics: readonly Diagnostic[] = []
  #condition: FileCondition = 'in-force'
  #takenAt = 0

  private constructor(parts: SettingsParts) {
    const { file, limits, clock } = parts
    this.#parts = parts
    this.#file = new StableFile({
      file,
      clock,
      quietMs: limits.refreshQuietMs,
      unfinishedMs: limits.refreshUnfinishedMs,
      maxBytes: limits.balanceBytes,
      lookMs: limits.refreshLookMs,
      changed: content => this.#changed(content),
    })
  }

  /** Reads the file and begins to watch it. @throws ConfigError */
  static async open(parts: SettingsParts): Promise<BalanceSettings> {
    const settings = new BalanceSettings(parts)
    await settings.#start()
    return settings
  }

  entry(name: string): GatewayEntry | undefined {
    return this.#entries.get(name)
  }

  /** Of the file as it stands now, which need not be the one in force. */
  get diagnostics(): readonly Diagnostic[] {
    return this.#diagnostics
  }

  /** Those in force. */
  get entries(): readonly GatewayEntry[] {
    return [...this.#entries.values()]
  }

  get condition(): FileCondition {
    return this.#condition
  }

  /** Since when these settings are in force: wall clock, milliseconds since 1970. */
  get takenAt(): number {
    return this.#takenAt
  }

  /** Looks at the file now (SIGHUP). Resolves when what it says is in force, or refused. */
  reload(): Promise<void> {
    return this.#file.lookAtOnce()
  }

  close(): Promise<void> {
    return this.#file.close()
  }

  async #start(): Promise<void> {
    const { file, log, refreshed } = this.#parts
    const content = await this.#file.readFirst().catch((cause: NodeJS.ErrnoException) => {
      throw new ConfigError(file, unreadable(file, cause), [], { cause })
    })
    const { entries, diagnostics } = parseBalance(content, file)
    const errors = diagnostics.filter(isError)
    if (errors.length > 0) throw new ConfigError(file, `${file} has errors.`, diagnostics)
    this.#take(entries, diagnostics)
    for (const warning of diagnostics) log.warn({ file, line: warning.line }, formatDiagnostic(warning))
    refreshed('taken', 0, [...this.#entries.keys()])
    await this.#file.watch()
  }

  #changed(content: Uint8Array | undefined): void {
    const { file, log, refreshed } = this.#parts
    if (content === undefined) {
      this.#condition = 'unreadable'
      log.warn({ file }, 'the file is gone or cannot be read; the last good settings stay in force')
      return
    }
    const { entries, diagnostics } = parseBalance(content, file)
    const errors = diagnostics.filter(isError)
    for (const one of diagnostics) {
      const level = isError(one) ? 'error' : 'warn'
      log[level]({ file, line: one.line }, formatDiagnostic(one))
    }
    if (errors.length > 0) {
      this.#diagnostics = diagnostics
      this.#condition = 'errors'
      log.error({ file, errors: errors.length }, 'the file has errors; the last good settings stay in force')
      refreshed('errors', errors.length, [...this.#entries.keys()])
      return
    }
    this.#take(entries, diagnostics)
    log.info({ file: basename(file), entries: entries.length }, 'new settings are in force')
    refreshed('taken', 0, [...this.#entries.keys()])
  }

  #take(entries: readonly GatewayEntry[], diagnostics: readonly Diagnostic[]): void {
    this.#entries = new Map(entries.map(entry => [entry.name, entry]))
    this.#diagnostics = diagnostics
    this.#condition = 'in-force'
    this.#takenAt = this.#parts.clock.wall()
  }
}

function isError(diagnostic: Diagnostic): boolean {
  return diagnostic.severity === 'error'
}

function unreadable(file: string, cause: NodeJS.ErrnoException): string {
  switch (cause.code) {
    case 'ENOENT':
      return `There is no file ${file}: write one, or name it with --balance. A line in it: /~~homePC=PASSWORD#:*;`
    case 'EACCES':
      return `Reading ${file} is not permitted.`
    case 'EISDIR':
      return `${file} is a folder: name the file with --balance.`
    default:
      return `${file} cannot be read (${cause.code ?? cause.message}).`
  }
}
