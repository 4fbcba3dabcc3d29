/** Work and waits with a deadline, whose error names the phase. */
import type { Duplex } from 'node:stream'
import type { Clock } from '../../shared/world.ts'
import { keepQuiet } from '../quiet.ts'

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
      keepQuiet(socket)
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

export interface DeadlineOptions {
  readonly clock: Clock
  readonly signal: AbortSignal
  readonly ms: number
  readonly tooLate: () => Error
}

/** Lets `work` go on until it is done, by a signal that aborts with the one given, or with `tooLate` after `ms`. */
export async function within<T>(
  { clock, signal, ms, tooLate }: DeadlineOptions,
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  signal.throwIfAborted()
  const own = new AbortController()
  const leave = () => own.abort(reasonOf(signal))
  signal.addEventListener('abort', leave)
  const timer = clock.after(ms, () => own.abort(tooLate()))
  try {
    return await work(own.signal)
  } finally {
    timer.cancel()
    signal.removeEventListener('abort', leave)
  }
}

/** Why a signal was aborted, always an Error. */
export function reasonOf(signal: AbortSignal): Error {
  return signal.reason instanceof Error ? signal.reason : new Error('aborted')
}
