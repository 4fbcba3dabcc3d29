/** Waiting for something, but not longer than so long. */
import type { Clock } from '../shared/world.ts'

/** Resolves when `work` has resolved or `ms` have passed, whichever comes first. */
export function atMost(work: Promise<unknown>, ms: number, clock: Clock): Promise<void> {
  return new Promise((resolve, reject) => {
    const timer = clock.after(ms, resolve)
    work.then(
      () => {
        timer.cancel()
        resolve()
      },
      (cause: unknown) => {
        timer.cancel()
        reject(cause instanceof Error ? cause : new Error('failed', { cause }))
      },
    )
  })
}
