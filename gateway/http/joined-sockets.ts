/**
 * Two byte streams joined after an upgrade: what one sends the other gets, as fast as it takes it. A half that
 * closes closes the same half of the other. Idle forever while both halves are open; a half-closed pair that
 * rests is ended after a while.
 */
import type { Duplex } from 'node:stream'
import type { Clock, Timer } from '../../shared/world.ts'

export interface JoinedBytes {
  readonly fromFirst: number
  readonly fromSecond: number
  /** One side vanished without ending its half; the other was given to `cut`. */
  readonly isBroken: boolean
}

/** Takes both over until both are closed. */
export function joinSockets(
  first: Duplex,
  second: Duplex,
  clock: Clock,
  halfClosedMs: number,
  cut: (survivor: Duplex) => void,
): Promise<JoinedBytes> {
  return new Promise(resolve => {
    const passed = new Map<Duplex, number>([
      [first, 0],
      [second, 0],
    ])
    let open = 2
    let isHalfClosed = false
    let isBroken = false
    let timer: Timer | undefined
    const rest = () => {
      if (!isHalfClosed) return
      timer?.cancel()
      timer = clock.after(halfClosedMs, () => {
        first.destroy()
        second.destroy()
      })
    }
    const join = (from: Duplex, to: Duplex) => {
      from.on('error', () => {})
      from.on('data', (bytes: Buffer) => {
        passed.set(from, (passed.get(from) ?? 0) + bytes.length)
        rest()
        if (!to.write(bytes)) from.pause()
      })
      to.on('drain', () => from.resume())
      from.once('end', () => {
        isHalfClosed = true
        rest()
        to.end()
      })
      const onClose = () => {
        // Gone before its half ended, or before it took all that was sent to it.
        if (!to.destroyed && (!from.readableEnded || !from.writableFinished)) {
          isBroken = true
          cut(to)
        }
        if (--open > 0) return
        timer?.cancel()
        resolve({ fromFirst: passed.get(first) ?? 0, fromSecond: passed.get(second) ?? 0, isBroken })
      }
      if (from.destroyed) setImmediate(onClose)
      else from.once('close', onClose)
      from.resume()
    }
    join(first, second)
    join(second, first)
  })
}
