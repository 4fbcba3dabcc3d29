/** Opens a connection to the target; each failure gets the name that visitors' pages are made from. */
import { connectTcp, NotTlsError, resetTcp, startTls } from '../../net/dial/index.ts'
import type { SpliceSide } from '../../net/splice.ts'
import { type ErrorCode, TildegateError } from '../../shared/errors.ts'
import type { Clock } from '../../shared/world.ts'
import type { Sites } from '../sites/sites.ts'
import { isLoopback, type Target } from './target.ts'

const connectMs = 10_000
const tlsMs = 10_000

const targetFailures = ['target-refused', 'target-timeout', 'target-dns', 'target-tls'] as const
export type TargetFailure = (typeof targetFailures)[number]

/** Whether a visitor can be told that the target can't be reached. */
export function isTargetFailure(error: unknown): error is TildegateError & { code: TargetFailure } {
  return error instanceof TildegateError && (targetFailures as readonly string[]).includes(error.code)
}

const failureOf: Partial<Record<ErrorCode, TargetFailure>> = {
  'gateway-name-unknown': 'target-dns',
  'dial-timeout': 'target-timeout',
  'outer-tls-failed': 'target-tls',
}

/** @throws TildegateError target-refused, target-timeout, target-dns, target-tls; the reason of `signal` */
export async function dialTarget(
  target: Target,
  { clock, signal, sites }: { clock: Clock; signal: AbortSignal; sites: Sites },
): Promise<SpliceSide> {
  if (target.kind === 'site') return sites.open(target.site)
  const { scheme, host, port } = target
  try {
    const raw = await connectTcp({ host, port }, { clock, signal, connectMs })
    if (scheme === 'http') return { stream: raw, reset: () => resetTcp(raw) }
    const mustVerify = !isLoopback(host)
    const { socket } = await startTls(raw, { host, port, clock, signal, tlsMs, mustVerify })
    return { stream: socket, reset: () => void socket.destroy() }
  } catch (cause) {
    if (cause instanceof NotTlsError) throw new TildegateError('target-tls', {}, { cause })
    if (!(cause instanceof TildegateError)) throw cause
    throw new TildegateError(failureOf[cause.code] ?? 'target-refused', {}, { cause })
  }
}
