/** The engine's process: the tunnels, apart from window and tray, so that none of them stalls or takes down another. */
import { engineContract } from '../../shared/ipc/engine-contract.ts'
import { serveOverPort } from '../../shared/ipc/port.ts'
import { createEngine } from './engine.ts'
import { parentPort } from './parent-port.ts'
import { readStart } from './start.ts'

const engine = createEngine(readStart(process.argv), {
  onTunnels: views => emit.tunnels.changed([...views]),
  onFile: state => emit.file.changed(state),
  onActivity: event => emit.activity.happened(event),
})
const { log } = engine
const { emit } = serveOverPort(engineContract, engine.handlers, parentPort(), (channel, error) =>
  log.warn({ channel, err: error }, 'a call failed'),
)
engine.run().catch((error: unknown) => log.error({ err: error }, 'the tunnels did not start'))
