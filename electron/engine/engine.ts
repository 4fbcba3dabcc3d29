/** The parts of the engine and what they tell each other. */
import { NetworkWatch } from '../../agent/index.ts'
import { systemClock, systemRandom } from '../../net/world.ts'
import type { Handlers } from '../../shared/ipc/declare.ts'
import type { engineContract } from '../../shared/ipc/engine-contract.ts'
import type { ActivityEvent, FileState, RouteProgress, TunnelView } from '../../shared/ipc/views.ts'
import { Secret } from '../../shared/secret.ts'
import type { Log } from '../../shared/world.ts'
import { openLogFile } from '../log-file.ts'
import { ActivityLog } from './activity/activity-log.ts'
import { Editing } from './entries/editing.ts'
import { Entries } from './entries/entries.ts'
import { EntriesFile } from './entries/entries-file.ts'
import { RouteTests } from './route-tests.ts'
import { keptSecrets, stateOfStore } from './secret-desk.ts'
import { findServices } from './services/find-services.ts'
import { Sharing } from './sharing/sharing.ts'
import type { EngineStart } from './start.ts'
import { TunnelNotes } from './tunnel-notes.ts'
import { TunnelSet } from './tunnel-set.ts'
import { createWayOut } from './way-out.ts'

export interface EngineEvents {
  /** As Electron's session has it. */
  resolveProxy(url: string): Promise<string>
  onTunnels(views: readonly TunnelView[]): void
  onFile(state: FileState): void
  onActivity(event: ActivityEvent): void
  onTest(progress: RouteProgress): void
}

export interface Engine {
  readonly log: Log
  readonly handlers: Handlers<typeof engineContract>
  /** Takes the file up and watches it. */
  run(): Promise<void>
}

export function createEngine(
  { folder, version, logLevel, secretStore }: EngineStart,
  events: EngineEvents,
): Engine {
  const clock = systemClock
  const log = openLogFile(folder, 'engine', logLevel)
  const file = new EntriesFile(folder)
  const editing = new Editing(file)
  const entries = new Entries({ file, clock, onChange: events.onFile })
  const activity = new ActivityLog(folder, events.onActivity)
  const notes = new TunnelNotes(folder)
  const onUnlocked = () => tunnels.retryNeedy()
  /** Main starts it again at once. */
  const onStale = () => {
    log.warn('the keyring was started anew; so is the engine')
    const end = () => process.kill(process.pid, 'SIGKILL')
    Promise.resolve(handlers.power.close()).then(end, end)
  }
  const { store, ...out } = createWayOut(log, events.resolveProxy, { secretStore, onUnlocked, onStale })
  const way = { ...out, agent: `tildegate/${version}`, clock, random: systemRandom }
  const tests = new RouteTests(way, events.onTest)
  const tunnels = new TunnelSet({
    ...way,
    log,
    notes,
    onChange: events.onTunnels,
    onActivity: event => activity.add(event),
  })
  const note = (kind: ActivityEvent['kind']) => activity.add({ at: clock.wall(), kind })

  const sharing = new Sharing({ entries, file, tunnels, store, notes })
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
      share: form => sharing.share(form),
      form: ({ id }) => sharing.form(id),
      visits: ({ id }) => tunnels.visits(id),
      edit: ({ id, form }) => sharing.edit(id, form),
      remove: ({ id }) => sharing.remove(id),
      setPassword: ({ id, hop, password }) => sharing.setPassword(id, hop, password),
      askVisitors: ({ id, password }) => sharing.askVisitors(id, password),
      letAllIn: ({ id }) => sharing.letAllIn(id),
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
      movePasswords: () => sharing.movePasswords(),
    },
    routeTest: {
      start: asked =>
        asked.of === 'form'
          ? tests.start(sharing.entryToTest(asked.form), asked.form.visitors?.password)
          : tests.start(sharing.entry(asked.id)),
      stop: ({ run }) => tests.stop(run),
    },
    secrets: {
      async state() {
        const found = await stateOfStore(store)
        if (found.isUsable) tunnels.retryThoseOfKeychain()
        return found
      },
      async unlock() {
        await store.unlock()
        tunnels.retryNeedy()
      },
      list: () => keptSecrets(store, entries.all()),
      async set({ account, secret }) {
        await store.set(account, Secret.fromText(secret))
        tunnels.retryNeedy()
      },
      async remove({ account }) {
        await store.delete(account)
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
        tests.close()
        await entries.close()
        await tunnels.close()
        store.close()
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
