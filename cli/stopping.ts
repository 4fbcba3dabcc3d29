/**
 * Waits for the wish to stop: SIGTERM and Ctrl-C stop in order; a second one stops now.
 */
import { type ExitStatus, exitStatus } from './failure.ts'

interface Stoppable {
  /** Lets work finish; has its own deadlines. */
  stop(): Promise<unknown>
  /** It goes on when the channel to the process that started it closes. */
  readonly outlivesParent?: boolean
}

/** The engine's timers do not keep the process alive: an agent that waits for its next try has nothing else. */
const longMs = 2 ** 30

/** Resolves with the exit status when all is stopped. `ended`, if given, may end the wait by itself. */
export function runUntilStopped(parts: Stoppable, ended?: Promise<ExitStatus>): Promise<ExitStatus> {
  return new Promise((resolve, reject) => {
    const alive = setInterval(() => {}, longMs)
    let isStopping = false
    const stopWith = (status: ExitStatus) => {
      isStopping = true
      parts
        .stop()
        .finally(() => clearInterval(alive))
        .then(() => resolve(status), reject)
    }
    const onSignal = (status: ExitStatus) => () => {
      if (isStopping) process.exit(status)
      stopWith(status)
    }
    process.on('SIGINT', onSignal(exitStatus.interrupted))
    process.on('SIGTERM', onSignal(exitStatus.fine))
    // Started by `tildegate demo`: ends with it, however that ends.
    if (!parts.outlivesParent) process.once('disconnect', onSignal(exitStatus.fine))
    process.channel?.unref()
    ended?.then(status => {
      if (!isStopping) stopWith(status)
    }, reject)
  })
}
