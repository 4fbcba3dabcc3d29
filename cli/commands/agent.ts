/** `tildegate agent`: entries → engine, ready lines or JSON states, signals. */
import { readFileSync } from 'node:fs'
import { createAgent, hopResolver, passwordFrom, type Target, type TunnelState } from '../../agent/index.ts'
import { createDialer } from '../../net/dial/index.ts'
import { systemClock, systemRandom } from '../../net/world.ts'
import {
  type AgentEntry,
  formatDiagnostic,
  type Parsed,
  parseAgentLine,
  parseBackbalance,
  parseTarget,
} from '../../shared/balance/index.ts'
import { errorTable } from '../../shared/errors.ts'
import { CommandFailure, type ExitStatus, exitStatus } from '../failure.ts'
import { createLog, type LogFormat, type LogLevel } from '../logging.ts'
import { defaultFile } from '../settings/default-files.ts'
import { runUntilStopped } from '../stopping.ts'
import { version } from '../version.ts'

export interface AgentFlags {
  readonly file?: readonly string[]
  readonly line?: readonly string[]
  readonly target?: string
  readonly ca?: string
  readonly statusJson?: true
  readonly once?: true
  readonly logLevel: LogLevel
  readonly logFormat?: LogFormat
}

/** @throws CommandFailure 78 for entries with errors, 64 for a target that is none */
export async function runAgent(flags: AgentFlags): Promise<ExitStatus> {
  const target = flags.target === undefined ? undefined : readTarget(flags.target)
  const entries = readEntries(flags)
  const ca = flags.ca === undefined ? undefined : read(flags.ca).toString('utf8')
  const log = createLog({ level: flags.logLevel, format: flags.logFormat })
  const agent = createAgent({
    entries,
    passwordOf: passwordFrom(process.env),
    dialer: createDialer({
      clock: systemClock,
      random: systemRandom,
      ...(ca === undefined ? {} : { ca }),
      resolveHops: hopResolver({ environment: process.env }),
    }),
    ...(target === undefined ? {} : { target }),
    agent: `tildegate/${version}`,
    clock: systemClock,
    random: systemRandom,
    log,
  })
  const refused = new Promise<ExitStatus>(resolve => {
    agent.onState(state => {
      if (flags.statusJson) printState(state)
      if (state.state === 'established') process.stdout.write(`agent ready /~~${state.tunnel} ${state.url}\n`)
      if (flags.once && needsUser(state)) resolve(exitStatus.failed)
    })
  })
  agent.start()
  return runUntilStopped({ stop: () => agent.close() }, refused)
}

/** As in an entry; `welcome:` and `sample:` are the built-in sites. */
function readTarget(text: string): Target {
  if (text === 'welcome:' || text === 'sample:') {
    return { kind: 'site', site: text === 'sample:' ? 'sample' : 'welcome' }
  }
  const target = parseTarget(text)
  if (!('code' in target)) return { kind: 'service', ...target }
  throw new CommandFailure(exitStatus.usage, `--target: ${target.message} Example: http://127.0.0.1:3000`)
}

function readEntries(flags: AgentFlags): readonly AgentEntry[] {
  const files = flags.file ?? (flags.line ? [] : [defaultFile('backbalance.bin')])
  const sources: Parsed<AgentEntry>[] = [
    ...files.map(file => parseBackbalance(read(file), file)),
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
    throw new CommandFailure(exitStatus.configuration, `There is no entry in ${files.join(', ')}.`)
  }
  return entries
}

function read(file: string): Buffer {
  try {
    return readFileSync(file)
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException
    const why = code === 'ENOENT' ? 'does not exist' : `cannot be read (${code})`
    throw new CommandFailure(exitStatus.configuration, `${file} ${why}.`, [], { cause })
  }
}

function needsUser({ code }: TunnelState): boolean {
  return code !== undefined && (errorTable[code].retry === 'needs-user' || code === 'name-in-use')
}

function printState({ tunnel, state, hop, code, message, retryInMs }: TunnelState): void {
  const time = new Date(systemClock.wall()).toISOString()
  process.stdout.write(`${JSON.stringify({ time, tunnel, state, hop, code, message, retryInMs })}\n`)
}
