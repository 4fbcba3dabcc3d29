/** The real clock and the real randomness, for use at the edges (command line, Electron). */
import { randomBytes } from 'node:crypto'
import type { Clock, Random } from '../shared/world.ts'

export const systemClock: Clock = {
  now: () => performance.now(),
  wall: () => Date.now(),
  after(delayMs, callee) {
    const timer = setTimeout(callee, delayMs)
    timer.unref()
    return { cancel: () => clearTimeout(timer) }
  },
}

export const systemRandom: Random = {
  bytes: count => randomBytes(count),
  fraction: () => Math.random(),
}
