/** The parts of the engine and what they tell each other. */
import { systemClock, systemRandom } from '../../net/world.ts'
import type { Handlers } from '../../shared/ipc/declare.ts'
import type { engineContract } from '../../shared/ipc/engine-contract.ts'
import type { ActivityEvent, FileState, TunnelView } from '../../shared/ipc/views.ts'
import type { Log } from '../../shared/world.ts'
import { openLogFile } from '../log-file.ts'
import { ActivityLog } from './activity/activity-log.ts'
import { Editing } from './entries/editing.ts'
import { Entries } from './entries/entries.ts'
import { EntriesFile } from './entries/entries-file.ts'
import { NetworkWatch } from './network-watch.ts'
import { findServices } from './services/find-services.ts'
import type { EngineStart } from './start.ts'
import { SwitchedOff } from './switched-off.ts'
import { TunnelSet } from './tunnel-set.ts'
import { createWayOut } from './way-out.ts'

export interface EngineEvents {
  /** As Electron's session has it. */
  resolveProxy(url: string): Promise<string>
  onTunnels(views: readonly TunnelView[]): void
  onFile(state: FileState): void
  onActivity(event: ActivityEvent): void
}

export interface Engine {
  readonly log: Log
  readonly handlers: Handlers<typeof engineContract>
  /** Takes the file up and watches it. */
  run(): Promise<void>
}

export function createEngine({ folder, version, logLevel }: EngineStart, events: EngineEvents): Engine {
  const clock = systemClock
  const log = openLogFile(folder, 'engine', logLevel)
  const file = new EntriesFile(folder)
  const editing = new Editing(file)
  const entries = new Entries({ file, clock, onChange: events.onFile })
  const activity = new ActivityLog(folder, events.onActivity)
  const tunnels = new TunnelSet({
    ...createWayOut(folder, log, events.resolveProxy),
    agent: `tildegate/${version}`,
    clock,
    random: systemRandom,
    log,
    switchedOff: new SwitchedOff(folder),
    onChange: events.onTunnels,
    onActivity: event => activity.add(event),
  })
  const note = (kind: ActivityEvent['kind']) => activity.add({ at: clock.wall(), kind })

  const network = new NetworkWatch({
    clock,
    onChange() {
      note('networkChanged')
      tunnels.networkChanged()
    },
  })

  const handlers: Handlers<typeof engineContract> = {
    tunnels: {
      list: () => [...tunnels.list()],
      turn: ({ id, isOn }) => tunnels.turn(id, isOn),
      retry: ({ id }) => tunnels.retry(id),
    },
    file: {
      state: () => entries.state(),
      read: () => editing.read(),
      check: text => editing.check(text),
      write(text) {
        const written = editing.write(text)
        entries.tell()
        return written
      },
      async apply() {
        await tunnels.take(entries.take())
        note('fileTaken')
      },
    },
    services: { find: () => findServices({ clock }) },
    log: {
      setLevel(level) {
        log.level = level
      },
    },
    activity: { list: () => [...activity.list()] },
    power: {
      wake() {
        note('woke')
        tunnels.wake()
      },
      async close() {
        network.close()
        await entries.close()
        await tunnels.close()
      },
    },
  }

  return {
    log,
    handlers,
    async run() {
      note('engineStarted')
      await tunnels.take(entries.take())
      await entries.watch()
    },
  }
}
