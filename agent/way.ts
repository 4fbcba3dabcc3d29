/** Looks whether the way through the proxies is open, without touching the gateway; the session machine decides when. */
import type { Dialer, Route } from '../net/dial/index.ts'
import { TildegateError } from '../shared/errors.ts'
import { retrySchedule, saysCut } from '../shared/session/index.ts'

/** Never rejects; the news of a look that was given up is stale. */
export async function lookAtWay(
  dialer: Dialer,
  route: Route,
  signal: AbortSignal,
): Promise<{ isCut: boolean; isDear: boolean }> {
  const { connectMs, lookMs } = retrySchedule.way
  const isDear = route.hops.slice(0, -1).some(hop => hop.kind === 'system' || hop.login !== undefined)
  try {
    await dialer.look(route, { signal, connectMs, lookMs })
    return { isCut: false, isDear }
  } catch (error) {
    return { isCut: error instanceof TildegateError && saysCut(error.code), isDear }
  }
}
