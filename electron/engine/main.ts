/** The engine's process: the tunnels, apart from window and tray, so that none of them stalls or takes down another. */
import { hopResolver, passwordFrom } from '../../agent/index.ts'
import { createDialer } from '../../net/dial/index.ts'
import { systemClock, systemRandom } from '../../net/world.ts'
import { engineContract } from '../../shared/ipc/engine-contract.ts'
import { serveOverPort } from '../../shared/ipc/port.ts'
import { silentLog } from '../../shared/world.ts'
import { Entries } from './entries.ts'
import { parentPort } from './parent-port.ts'
import { readStart } from './start.ts'
import { SwitchedOff } from './switched-off.ts'
import { TunnelSet } from './tunnel-set.ts'

const start = readStart(process.argv)
const log = silentLog
const entries = new Entries(start.folder)
const tunnels = new TunnelSet({
  passwordOf: passwordFrom(process.env),
  dialer: createDialer({
    clock: systemClock,
    random: systemRandom,
    resolveHops: hopResolver({ environment: process.env }),
  }),
  agent: `tildegate/${start.version}`,
  clock: systemClock,
  random: systemRandom,
  log,
  switchedOff: new SwitchedOff(start.folder),
  onChange: views => emit.tunnels.changed([...views]),
})

const { emit } = serveOverPort(
  engineContract,
  {
    tunnels: {
      list: () => [...tunnels.list()],
      turn: ({ id, isOn }) => tunnels.turn(id, isOn),
      retry: ({ id }) => tunnels.retry(id),
    },
    file: {
      state: () => entries.state(),
      async apply() {
        await tunnels.take(entries.take())
        emit.file.changed(entries.state())
      },
    },
    power: {
      wake: () => tunnels.wake(),
      networkChanged: () => tunnels.networkChanged(),
      close: () => tunnels.close(),
    },
  },
  parentPort(),
  (channel, error) => log.error({ channel, err: error }, 'a call failed'),
)

tunnels.take(entries.take()).catch((error: unknown) => log.error({ err: error }, 'tunnels did not start'))
