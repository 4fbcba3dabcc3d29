/** The engine's process: the tunnels, apart from window and tray, so that none of them stalls or takes down another. */
import { systemClock } from '../../net/world.ts'
import { clientOf } from '../../shared/ipc/derive.ts'
import { engineContract } from '../../shared/ipc/engine-contract.ts'
import { mainForEngine } from '../../shared/ipc/main-contract.ts'
import { serveOverPort, wireOverPort } from '../../shared/ipc/port.ts'
import { createEngine } from './engine.ts'
import { parentPort } from './parent-port.ts'
import { readStart } from './start.ts'

const port = parentPort()
const { system } = clientOf(mainForEngine, wireOverPort(port, systemClock))
const engine = createEngine(readStart(process.argv), {
  resolveProxy: system.resolveProxy,
  onTunnels: views => emit.tunnels.changed([...views]),
  onFile: state => emit.file.changed(state),
  onActivity: event => emit.activity.happened(event),
  onTest: progress => emit.routeTest.progress(progress),
})
const { log } = engine
const { emit } = serveOverPort(engineContract, engine.handlers, port, (channel, error) =>
  log.warn({ channel, err: error }, 'a call failed'),
)
engine.run().catch((error: unknown) => log.error({ err: error }, 'the tunnels did not start'))
