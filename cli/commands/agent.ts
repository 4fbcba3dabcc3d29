/** `tildegate agent`: entries → engine, ready lines or JSON states, signals. */
import { type Agent, createAgent, NetworkWatch, type TunnelState } from '../../agent/index.ts'
import { systemClock, systemRandom } from '../../net/world.ts'
import type { AgentEntry } from '../../shared/balance/index.ts'
import { errorTable } from '../../shared/errors.ts'
import { type ExitStatus, exitStatus } from '../failure.ts'
import { createLog, type LogFormat, type LogLevel } from '../logging.ts'
import { ServiceNotifier } from '../service/notify.ts'
import { type EntryFlags, entryFiles, readEntries, readTarget } from '../settings/entries.ts'
import { warnOfReaders } from '../settings/warn-of-readers.ts'
import { runUntilStopped } from '../stopping.ts'
import { version } from '../version.ts'
import { createWayOut, type WayOutFlags } from '../way-out.ts'

export interface AgentFlags extends EntryFlags, WayOutFlags {
  readonly target?: string
  readonly statusJson?: true
  readonly once?: true
  readonly logLevel: LogLevel
  readonly logFormat?: LogFormat
}

/** @throws CommandFailure 78 for entries with errors, 64 for a target that is none */
export async function runAgent(flags: AgentFlags): Promise<ExitStatus> {
  const target = flags.target === undefined ? undefined : readTarget(flags.target)
  const entries = readEntries(flags)
  const log = createLog({ level: flags.logLevel, format: flags.logFormat })
  if (entries.some(holdsPassword)) for (const file of entryFiles(flags)) warnOfReaders(file, log)
  const { close, forgetRefusals, ...wayOut } = createWayOut(flags, log, () => retryNeedy(agent))
  const agent = createAgent({
    entries,
    ...wayOut,
    ...(target === undefined ? {} : { target }),
    agent: `tildegate/${version}`,
    clock: systemClock,
    random: systemRandom,
    log,
  })
  const network = new NetworkWatch({
    clock: systemClock,
    onChange() {
      log.info({}, 'the network has changed')
      agent.networkChanged()
    },
  })
  const refused = new Promise<ExitStatus>(resolve => {
    agent.onState(state => {
      if (flags.statusJson) printState(state)
      if (state.state === 'established') process.stdout.write(`agent ready /~~${state.tunnel} ${state.url}\n`)
      if (flags.once && needsUser(state)) resolve(exitStatus.failed)
    })
  })
  const notifier = new ServiceNotifier({
    environment: process.env,
    pid: process.pid,
    clock: systemClock,
    log,
  })
  agent.start()
  const stop = () => {
    network.close()
    return Promise.all([notifier.stopping(), agent.close().finally(close)])
  }
  const stopped = runUntilStopped({ stop }, refused)
  // Started, connected or not: a computer without a network yet shall not wait for it.
  await notifier.ready()
  return stopped
}

/** The keychain has been unlocked. */
function retryNeedy({ tunnels }: Agent): void {
  for (const tunnel of tunnels) {
    if (tunnel.status().state === 'needsUser') tunnel.retryNow()
  }
}

function needsUser({ code }: TunnelState): boolean {
  return code !== undefined && (errorTable[code].retry === 'needs-user' || code === 'name-in-use')
}

function printState({ tunnel, state, hop, code, message, retryInMs }: TunnelState): void {
  const time = new Date(systemClock.wall()).toISOString()
  process.stdout.write(`${JSON.stringify({ time, tunnel, state, hop, code, message, retryInMs })}\n`)
}

/** In the text of its line, as opposed to the keychain. */
function holdsPassword({ secretSpans }: AgentEntry): boolean {
  return secretSpans.some(({ start, end }) => end > start)
}
