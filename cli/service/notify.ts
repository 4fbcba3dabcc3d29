/**
 * Tells systemd how the service is (sd_notify(3)): started, reloading, stopping, alive. That is a datagram to a Unix socket, which Node cannot
 * send; `systemd-notify` of the same systemd does it. Where nobody waits for it, nothing is done.
 */
import { spawn } from 'node:child_process'
import type { Clock, Log, Timer } from '../../shared/world.ts'

/** For the helper; it waits for systemd to have read it. */
const helperMs = 10_000

export interface NotifyParts {
  readonly environment: NodeJS.ProcessEnv
  readonly pid: number
  readonly clock: Clock
  readonly log: Log
}

export class ServiceNotifier {
  readonly #parts: NotifyParts
  readonly #helperEnvironment: NodeJS.ProcessEnv
  #isAwaited: boolean
  readonly #aliveMs: number | undefined
  readonly #given: NodeJS.ProcessEnv
  #last: Promise<void> = Promise.resolve()
  #alive: Timer | undefined
  #isStopping = false

  /** Takes what is for it out of the environment: processes that this one starts have no part in it. */
  constructor(parts: NotifyParts) {
    const { environment, pid } = parts
    const {
      NOTIFY_SOCKET: socket,
      WATCHDOG_USEC: wait = '',
      WATCHDOG_PID: watched = String(pid),
    } = environment
    for (const name of ['NOTIFY_SOCKET', 'WATCHDOG_USEC', 'WATCHDOG_PID']) delete environment[name]
    this.#parts = parts
    this.#given = socket === undefined ? {} : { NOTIFY_SOCKET: socket, WATCHDOG_USEC: wait }
    this.#isAwaited = socket !== undefined
    this.#helperEnvironment = { PATH: environment['PATH'], NOTIFY_SOCKET: socket }
    const ms = Number(wait) / 1000
    // systemd advises half of the time.
    if (watched === String(pid) && ms > 0) this.#aliveMs = ms / 2
  }

  /** Resolves when it is told. */
  ready(): Promise<void> {
    this.#keepAlive()
    return this.#say('READY=1')
  }

  /** Somebody waits for our words. */
  get isHeard(): boolean {
    return this.#isAwaited
  }

  /** For the environment of a process that is to take this one's place. */
  get forSuccessor(): NodeJS.ProcessEnv {
    return this.#given
  }

  /** From here on that process is the service, and this one says no more. Resolves when it is told. */
  async handOver(pid: number): Promise<void> {
    this.#isStopping = true
    this.#alive?.cancel()
    await this.#say(`MAINPID=${pid}`)
    this.#isAwaited = false
  }

  /** `work` takes the settings up; it may fail, and the service goes on with those it had. */
  async reloading(work: () => Promise<void>): Promise<void> {
    await this.#say('RELOADING=1')
    try {
      await work()
    } finally {
      await this.#say('READY=1')
    }
  }

  stopping(): Promise<void> {
    this.#isStopping = true
    this.#alive?.cancel()
    return this.#say('STOPPING=1')
  }

  /** Comes from the same loop as all work does: a process that hangs says nothing, and systemd starts it anew. */
  #keepAlive(): void {
    if (this.#aliveMs === undefined || this.#isStopping) return
    this.#alive = this.#parts.clock.after(this.#aliveMs, () => {
      this.#say('WATCHDOG=1').then(
        () => this.#keepAlive(),
        () => {},
      )
    })
  }

  /** One after another: the last word counts. Never rejects: a service that cannot tell still serves. */
  #say(word: string): Promise<void> {
    if (!this.#isAwaited) return Promise.resolve()
    this.#last = this.#last.then(() => this.#tell(word))
    return this.#last
  }

  #tell(word: string): Promise<void> {
    const { log } = this.#parts
    return new Promise(resolve => {
      const helper = spawn('systemd-notify', [word], {
        env: this.#helperEnvironment,
        stdio: 'ignore',
        timeout: helperMs,
        killSignal: 'SIGKILL',
      })
      const failed = (reason: string) => {
        log.warn({ word, reason }, 'systemd could not be told')
        resolve()
      }
      helper.on('error', error => failed(error.message))
      helper.on('close', (code, signal) => (code === 0 ? resolve() : failed(`it ended: ${code ?? signal}`)))
    })
  }
}
