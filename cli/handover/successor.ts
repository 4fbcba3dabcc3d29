/**
 * On SIGUSR2 the gateway starts its own program anew, as it lies on the disk by then, and hands its sockets over: the new process takes
 * connections before the old one stops to, and the old one serves its last visitors to their end. Where the new one does not start, nothing changes.
 */
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import type { Gateway } from '../../gateway/gateway.ts'
import type { Log } from '../../shared/world.ts'
import { ownProgram } from '../own-program.ts'
import type { ServiceNotifier } from '../service/notify.ts'
import { handedVariable } from './handed-sockets.ts'

/** From the start of the new process until it listens. */
const readyMs = 60_000
const readyWord = 'ready'
/** Behind standard input, output, error and the channel to us. */
const firstNumber = 4

export interface HandoverParts {
  readonly gateway: Pick<Gateway, 'sockets' | 'handOver'>
  readonly notifier: ServiceNotifier
  readonly log: Log
}

/** Of one process: begins with `offer`, once or again. */
export class Handover {
  /** Resolves when the last visitor of this process has left, after another one has taken over. */
  readonly over: Promise<void>
  readonly #parts: HandoverParts
  #settle: () => void = () => {}
  #successor: ChildProcess | undefined
  #isHandedOver = false

  constructor(parts: HandoverParts) {
    this.#parts = parts
    this.over = new Promise(resolve => {
      this.#settle = resolve
    })
  }

  /** Starts a successor; while one is being started, or has taken over, nothing happens. Never rejects. */
  async offer(): Promise<void> {
    const { gateway, notifier, log } = this.#parts
    if (this.#successor !== undefined) return
    const obstacle = obstacleOf(process.env, process.pid, notifier)
    if (obstacle !== undefined) {
      log.warn({ obstacle }, 'not handed over: restart the gateway')
      return
    }
    try {
      this.#successor = start(gateway, notifier)
      const { pid } = this.#successor
      log.info({ successor: pid }, 'the program is started anew, to hand over to it')
      await ready(this.#successor)
      log.info({ successor: pid }, 'handed over; this process ends with its last visitor')
      this.#isHandedOver = true
      // It goes on when this process ends, which does not wait for it.
      this.#successor.unref()
      const served = gateway.handOver()
      await notifier.handOver(pid ?? 0)
      await served
      this.#settle()
    } catch (cause) {
      this.cancel()
      const reason = (cause as Error).message
      log.error({ reason }, 'not handed over: the new process did not start; this one goes on')
    }
  }

  /** One that has not taken over yet is ended. Idempotent. */
  cancel(): void {
    if (this.#isHandedOver) return
    this.#successor?.kill('SIGKILL')
    this.#successor = undefined
  }
}

/** In the new process: it listens. */
export function tellReady(): void {
  process.send?.(readyWord, () => process.disconnect())
}

/** What watches over this process would take its end for the end of the service. */
function obstacleOf(
  environment: NodeJS.ProcessEnv,
  pid: number,
  { isHeard }: ServiceNotifier,
): string | undefined {
  if (pid === 1) return 'process 1 of a container cannot be replaced'
  if (environment['SYSTEMD_EXEC_PID'] === String(pid) && !isHeard)
    return 'the unit has no Type=notify with NotifyAccess=all, so that systemd would not follow'
  return undefined
}

function start({ sockets }: Pick<Gateway, 'sockets'>, notifier: ServiceNotifier): ChildProcess {
  const [program, ...first] = ownProgram
  const handed = sockets.map((socket, i) => ({ ...socket, fd: firstNumber + i }))
  return spawn(program, [...process.execArgv, ...first, ...process.argv.slice(2)], {
    stdio: ['ignore', 'inherit', 'inherit', 'ipc', ...sockets.map(({ fd }) => fd)],
    env: { ...process.env, ...notifier.forSuccessor, [handedVariable]: JSON.stringify(handed) },
  })
}

async function ready(child: ChildProcess): Promise<void> {
  const late = AbortSignal.timeout(readyMs)
  const ended = new Promise<never>((_, reject) => {
    child.once('error', reject)
    child.once('exit', (code, signal) => reject(new Error(`it ended: ${code ?? signal}`)))
    late.addEventListener('abort', () => reject(new Error('it did not get ready in time')), { once: true })
  })
  await Promise.race([once(child, 'message'), ended])
}
