/** Waiting for a socket to become ready, with a deadline, and the error names the phase. */
import type { Duplex } from 'node:stream'
import type { Clock } from '../../shared/world.ts'

export interface ReadyOptions {
  readonly clock: Clock
  readonly signal: AbortSignal
  readonly ms: number
  readonly tooLate: () => Error
  readonly failed: (cause: Error) => Error
}

/**
 * Resolves when `socket` emits `ready`; else destroys it and rejects: with `failed` for its error or its end,
 * `tooLate` after `ms`, or the signal's reason. Leaves a listener for 'error' on it, so that a late one harms nobody.
 */
export function untilReady(socket: Duplex, ready: string, options: ReadyOptions): Promise<void> {
  const { clock, signal, ms } = options
  return new Promise((resolve, reject) => {
    const settle = () => {
      timer.cancel()
      signal.removeEventListener('abort', aborted)
      socket.off(ready, isReady)
      socket.off('error', broke)
      socket.off('close', closed)
      socket.on('error', () => {})
    }
    const fail = (error: Error) => {
      settle()
      socket.destroy()
      reject(error)
    }
    const isReady = () => {
      settle()
      resolve()
    }
    const broke = (error: Error) => fail(options.failed(error))
    const closed = () => fail(options.failed(Object.assign(new Error('closed'), { code: 'ECONNRESET' })))
    const aborted = () => fail(reasonOf(signal))
    const timer = clock.after(ms, () => fail(options.tooLate()))
    socket.on(ready, isReady)
    socket.on('error', broke)
    socket.on('close', closed)
    signal.addEventListener('abort', aborted)
    if (signal.aborted) aborted()
  })
}

/** Why a signal was aborted, always an Error. */
export function reasonOf(signal: AbortSignal): Error {
  return signal.reason instanceof Error ? signal.reason : new Error('aborted')
}
