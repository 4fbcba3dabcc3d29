/** `tildegate test`: entries → the connection test of each, shown station by station or as JSON. */
import { testRoute } from '../../agent/index.ts'
import { systemClock as clock, systemRandom as random } from '../../net/world.ts'
import type { RouteReport } from '../../shared/route-report.ts'
import { type ExitStatus, exitStatus } from '../failure.ts'
import { createLog } from '../logging.ts'
import { type EntryFlags, readEntries, readTarget } from '../settings/entries.ts'
import { StationRows } from '../station-rows.ts'
import { version } from '../version.ts'
import { createWayOut, type WayOutFlags } from '../way-out.ts'

export interface TestFlags extends EntryFlags, WayOutFlags {
  readonly target?: string
  readonly json?: true
  readonly retryRefused?: true
}

/** The engine's timers do not keep the process alive. */
const longMs = 2 ** 30

/** @throws CommandFailure 78 for entries with errors, 64 for a target that is none */
export async function runTest(flags: TestFlags): Promise<ExitStatus> {
  const target = flags.target === undefined ? undefined : readTarget(flags.target)
  const entries = readEntries(flags)
  const { forgetRefusals, close, ...wayOut } = createWayOut(flags, createLog({ level: 'warn' }))
  const controller = new AbortController()
  let stoppedBy: ExitStatus | undefined
  const stopWith = (status: ExitStatus) => () => {
    stoppedBy = status
    controller.abort(new Error('stopped'))
  }
  process.once('SIGINT', stopWith(exitStatus.interrupted))
  process.once('SIGTERM', stopWith(exitStatus.failed))
  const alive = setInterval(() => {}, longMs)
  const reports: RouteReport[] = []
  try {
    for (const entry of entries) {
      // Where it cannot be found out who logs in where, the test says so.
      if (flags.retryRefused) await forgetRefusals(entry, controller.signal).catch(() => {})
      const rows = flags.json ? undefined : new StationRows(process.stdout)
      rows?.begin(entry)
      const report = await testRoute({
        entry,
        ...wayOut,
        ...(target === undefined ? {} : { target }),
        agent: `tildegate/${version}`,
        clock,
        random,
        signal: controller.signal,
        onEvent: event => rows?.take(event),
      })
      rows?.end(report)
      reports.push(report)
    }
  } catch (error) {
    if (stoppedBy === undefined) throw error
    return stoppedBy
  } finally {
    clearInterval(alive)
    close()
  }
  const ok = reports.every(report => report.ok)
  if (flags.json) process.stdout.write(`${JSON.stringify({ ok, reports })}\n`)
  return ok ? exitStatus.fine : exitStatus.failed
}
