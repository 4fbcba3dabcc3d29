/**
 * The optional config file of the gateway, `tildegate.toml` beside `balance.bin`: the same names as the
 * flags, plus a table `[limits]`. Flags win over `TILDEGATE_*` variables, these over the file, the file over defaults.
 */
import { readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { type Command, InvalidArgumentError } from 'commander'
import { parse, TomlError } from 'smol-toml'
import { gatewayLimitTable } from '../../gateway/limits.ts'
import { CommandFailure, exitStatus } from '../failure.ts'

export const configFileName = 'tildegate.toml'

/** Limits by name; all of them are in the gateway's table. */
export type LimitSettings = Readonly<Record<string, number>>

/**
 * Fills the options of `command` that neither a flag nor a variable has set.
 * @returns the `[limits]` of the file, empty without a file
 * @throws CommandFailure with status 78, naming the file, for anything it cannot read or does not know
 */
export function applyConfigFile(command: Command, balanceFile: string): LimitSettings {
  const file = join(dirname(balanceFile), configFileName)
  const text = readIfThere(file)
  if (text === undefined) return {}
  const { limits = {}, ...settings } = parseToml(file, text)
  for (const [name, value] of Object.entries(settings)) applySetting(command, file, name, value)
  return parseLimits(file, limits)
}

function readIfThere(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8')
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === 'ENOENT') return undefined
    throw broken(file, `It cannot be read (${(cause as NodeJS.ErrnoException).code}).`, cause)
  }
}

function parseToml(file: string, text: string): Record<string, unknown> {
  try {
    return parse(text)
  } catch (cause) {
    if (!(cause instanceof TomlError)) throw cause
    throw broken(`${file}:${cause.line}:${cause.column}`, 'This is not valid TOML.', cause)
  }
}

function applySetting(command: Command, file: string, name: string, value: unknown): void {
  const option = command.options.find(candidate => candidate.long === `--${name}` && name !== 'help')
  if (option === undefined) throw broken(file, `The setting "${name}" is not known; see docs/config.md.`)
  const attribute = option.attributeName()
  const source = command.getOptionValueSource(attribute)
  if (source === 'cli' || source === 'env') return
  let collected: unknown
  for (const item of Array.isArray(value) ? value : [value]) {
    const isFit =
      typeof item === 'string' || typeof item === 'number' || (typeof item === 'boolean' && option.optional)
    if (!isFit) throw broken(file, `The setting "${name}" takes a text, or a list of texts.`)
    try {
      collected = option.parseArg ? option.parseArg(String(item), collected as string) : String(item)
    } catch (cause) {
      if (!(cause instanceof InvalidArgumentError)) throw cause
      throw broken(file, `The setting "${name}": ${cause.message}`, cause)
    }
  }
  command.setOptionValueWithSource(attribute, collected, 'config')
}

function parseLimits(file: string, limits: unknown): LimitSettings {
  if (typeof limits !== 'object' || limits === null || Array.isArray(limits))
    throw broken(file, '"limits" must be a table: [limits].')
  for (const [name, value] of Object.entries(limits)) {
    if (!Object.hasOwn(gatewayLimitTable, name))
      throw broken(file, `The limit "${name}" is not known; see docs/config.md.`)
    if (!Number.isSafeInteger(value) || (value as number) < 0)
      throw broken(file, `The limit "${name}" must be a whole number, zero or more.`)
  }
  return limits as LimitSettings
}

function broken(place: string, message: string, cause?: unknown): CommandFailure {
  return new CommandFailure(exitStatus.configuration, `${place}: ${message}`, [], { cause })
}
