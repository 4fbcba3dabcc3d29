/**
 * What becomes of requests that come faster than their address may send them: 429. All cost the same, whatever they ask for: a dearer unknown
 * name would tell which names are known. They are answered after a while: who asks again at once would else keep the gateway busy with refusing.
 */
import { TildegateError } from '../../shared/errors.ts'
import { atMost } from '../at-most.ts'
import type { VisitorEnvironment } from './environment.ts'
import type { Visit } from './visit.ts'

/** Undefined: the request may be served. */
export function refusalOfSurplus(
  visit: Visit,
  { rates, counters, clock }: VisitorEnvironment,
): (() => Promise<never>) | undefined {
  const { address, front } = visit.context
  if (front === 'untrusted') counters.untrustedFront(address)
  const waitMs = rates?.take(address)
  if (rates === undefined || waitMs === undefined) return undefined
  visit.isSurplus = true
  counters.surplus(address, front)
  return async () => {
    await rates.holdBack(ms => atMost(visit.over, ms, clock))
    throw new TildegateError('too-many-requests', { seconds: Math.ceil(waitMs / 1000) })
  }
}
