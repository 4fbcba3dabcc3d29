/** Getting a connection of a tunnel within a deadline, for as long as the visitor waits for it. */
import { TildegateError } from '../../shared/errors.ts'
import type { Clock } from '../../shared/world.ts'
import type { AcquireOptions, Upstream, UpstreamConnection } from '../upstream.ts'

/** @throws TildegateError back-connection-timeout after `withinMs`, what `acquire` throws, the signal's reason */
export async function acquireWithin(
  upstream: Upstream,
  { fresh, signal, address }: AcquireOptions,
  clock: Clock,
  withinMs: number,
): Promise<UpstreamConnection> {
  signal.throwIfAborted()
  const stop = new AbortController()
  const leave = () => stop.abort(signal.reason)
  signal.addEventListener('abort', leave, { once: true })
  const timer = clock.after(withinMs, () => stop.abort(new TildegateError('back-connection-timeout')))
  const stopped = new Promise<never>((_, reject) => {
    stop.signal.addEventListener('abort', () => reject(stop.signal.reason as Error), { once: true })
  })
  stopped.catch(() => {})
  const acquiring = upstream.acquire({ fresh, address, signal: stop.signal })
  try {
    return await Promise.race([acquiring, stopped])
  } catch (error) {
    // It may still come, where the pool heard of the end too late.
    acquiring.then(
      line => line.destroy(),
      () => {},
    )
    throw stop.signal.aborted ? (stop.signal.reason as Error) : error
  } finally {
    timer.cancel()
    signal.removeEventListener('abort', leave)
  }
}
