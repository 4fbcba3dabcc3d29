/**
 * Waits for the wish to stop: SIGTERM and Ctrl-C stop in order; a second one, or the deadline, stops now.
 */
import { type ExitStatus, exitStatus } from './failure.ts'

interface Stoppable {
  /** Lets work finish; has its own deadlines. */
  stop(): Promise<void>
}

/** Resolves with the exit status when all is stopped. `ended`, if given, may end the wait by itself. */
export function runUntilStopped(parts: Stoppable, ended?: Promise<ExitStatus>): Promise<ExitStatus> {
  return new Promise((resolve, reject) => {
    let isStopping = false
    const stopWith = (status: ExitStatus) => {
      if (isStopping) process.exit(status)
      isStopping = true
      parts.stop().then(() => resolve(status), reject)
    }
    process.on('SIGINT', () => stopWith(exitStatus.interrupted))
    process.on('SIGTERM', () => stopWith(exitStatus.fine))
    // Started by `tildegate demo`: ends with it, however that ends.
    if (process.connected) process.once('disconnect', () => stopWith(exitStatus.fine))
    ended?.then(status => {
      if (!isStopping) stopWith(status)
    }, reject)
  })
}
