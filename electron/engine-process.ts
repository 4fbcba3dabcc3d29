/** The engine's process: started, watched, started again with back-off when it falls. Window and tray go on meanwhile. */
import { type UtilityProcess, utilityProcess } from 'electron'
import { TildegateError } from '../shared/errors.ts'
import type { Client, Handlers } from '../shared/ipc/declare.ts'
import { clientOf } from '../shared/ipc/derive.ts'
import { engineContract } from '../shared/ipc/engine-contract.ts'
import { mainForEngine } from '../shared/ipc/main-contract.ts'
import { type Port, type PortWire, serveOverPort, wireOverPort } from '../shared/ipc/port.ts'
import type { EngineState } from '../shared/ipc/views.ts'
import type { Clock, Timer } from '../shared/world.ts'
import { type EngineStart, printStart } from './engine/start.ts'
import { restartDelayMs } from './restart-delay.ts'

/** From the kill until it is gone. */
const endMs = 2_000

export type EngineClient = Client<typeof engineContract>

export interface EngineProcessOptions {
  readonly file: string
  /** Asked for anew at each start. */
  start(): EngineStart
  readonly clock: Clock
  /** What the engine asks. */
  readonly answers: Handlers<typeof mainForEngine>
  onError(channel: string, error: unknown): void
  onState(state: EngineState): void
  /** A new engine is there: listen to it. */
  onStarted(client: EngineClient): void
}

export class EngineProcess {
  readonly #options: EngineProcessOptions
  #child: UtilityProcess | undefined
  #wire: PortWire | undefined
  #client: EngineClient | undefined
  #restart: Timer | undefined
  #falls = 0
  #startedAt = 0
  #isStopping = false
  state: EngineState = 'starting'

  constructor(options: EngineProcessOptions) {
    this.#options = options
  }

  start(): void {
    const { file, start, clock, answers, onError } = this.#options
    const child = utilityProcess.fork(file, [printStart(start())], {
      serviceName: 'Tildegate engine',
      stdio: 'ignore',
    })
    const port: Port = {
      send: message => child.postMessage(message),
      onMessage(listener) {
        child.on('message', listener)
        return () => void child.removeListener('message', listener)
      },
    }
    const wire = wireOverPort(port, clock)
    serveOverPort(mainForEngine, answers, port, onError)
    this.#child = child
    this.#wire = wire
    this.#client = clientOf(engineContract, wire)
    this.#startedAt = clock.now()
    child.once('spawn', () => this.#become('running'))
    child.once('exit', () => this.#ended(child))
    this.#options.onStarted(this.#client)
  }

  /** @throws TildegateError engine-silent while it is being restarted */
  get client(): EngineClient {
    if (this.#client === undefined) throw new TildegateError('engine-silent')
    return this.#client
  }

  /** The computer woke up. An engine that is being restarted tries at once anyway. */
  wake(): void {
    this.#client?.power.wake().catch(() => {})
  }

  /** With other settings: it ends cleanly and is started again. */
  restart(): void {
    this.#client?.power
      .close()
      .catch(() => {})
      .finally(() => this.#child?.kill())
  }

  /** Lets the tunnels close cleanly, then ends it; what hangs is killed. Resolves when it is gone, or will not go. */
  async stop(): Promise<void> {
    this.#isStopping = true
    this.#restart?.cancel()
    try {
      await this.#client?.power.close()
    } catch {
      // It hangs or is gone: all that is left is to end it.
    }
    const child = this.#child
    if (child === undefined) return
    await new Promise<void>(gone => {
      const late = this.#options.clock.after(endMs, gone)
      child.once('exit', () => {
        late.cancel()
        gone()
      })
      child.kill()
    })
  }

  #ended(child: UtilityProcess): void {
    if (child !== this.#child) return
    this.#wire?.close()
    this.#child = this.#wire = this.#client = undefined
    if (this.#isStopping) {
      this.#become('stopped')
      return
    }
    this.#falls = restartDelayMs.isSteady(this.#options.clock.now() - this.#startedAt) ? 1 : this.#falls + 1
    this.#become('restarting')
    this.#restart = this.#options.clock.after(restartDelayMs.after(this.#falls), () => this.start())
  }

  #become(state: EngineState): void {
    this.state = state
    this.#options.onState(state)
  }
}
