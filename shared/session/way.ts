/**
 * Watching the way through the proxies while the agent waits. A proxy that is down does not end the back-off; but once it was seen to
 * be out of reach and then answers again, that is news like a network change. Pure; part of `step.ts`. See docs/decisions.
 */
import type { ErrorCode } from '../errors.ts'
import { retrySchedule } from './retry.ts'
import type { Cause, Memory, Moment } from './state.ts'

/** In a `waiting` state: what is known of the way. */
export interface WayWatch {
  /** It has been seen cut; only a return from there is news. */
  readonly isCut: boolean
  readonly pauseMs: number
  /** Undefined while the driver looks. */
  readonly lookAt?: number
}

/** What a look found. `isDear`: it took a login at a proxy. */
export interface WayFound {
  readonly isCut: boolean
  readonly isDear: boolean
}

/** A proxy could not be reached: the one named, or the next. */
const cutCodes: ReadonlySet<ErrorCode> = new Set<ErrorCode>([
  'proxy-unreachable',
  'proxy-name-unknown',
  'proxy-hop-timeout',
  'proxy-chain-timeout',
  'proxy-closed',
  'proxy-far-side-failed',
])

/** The first proxy of a look could not be reached. */
const dialCodes: ReadonlySet<ErrorCode> = new Set<ErrorCode>([
  'gateway-name-unknown',
  'dial-refused',
  'dial-unreachable',
  'dial-timeout',
  'connection-lost',
])

/** An error of a look that says the way is cut; anything else, a refused login for one, is an answer. */
export function saysCut(code: ErrorCode): boolean {
  return cutCodes.has(code) || dialCodes.has(code)
}

/**
 * The watch of a wait that `why` began; undefined where no proxy can be to blame. The first look comes a moment later: a process that
 * dies closes its connections one by one, and may still listen when ours is gone. An attempt that did not
 * get to the first proxy has seen the way cut; that counts unless it lately did (`isNews`), for the attempt after it failed as well.
 */
export function watchFor(why: Cause, moment: Moment, isNews: boolean): WayWatch | undefined {
  const { code, hop } = why
  if (!cutCodes.has(code) && code !== 'connection-lost' && code !== 'gateway-silent') return undefined
  const isCut = isNews && hop === 1 && (code === 'proxy-unreachable' || code === 'proxy-hop-timeout')
  return lookAgain(isCut, retrySchedule.way.firstMs / 2, moment)
}

export function looking({ isCut, pauseMs }: WayWatch): WayWatch {
  return { isCut, pauseMs }
}

/** After a look: 'back', or the watch that goes on, or undefined: three looks saw the way open, or the watch is over. */
export function looked(
  watch: WayWatch,
  found: WayFound,
  { downSince }: Memory,
  moment: Moment,
): WayWatch | 'back' | undefined {
  const { firstMs, dearForMs } = retrySchedule.way
  if (watch.isCut && !found.isCut) return 'back'
  if (!found.isCut && watch.pauseMs > 2 * firstMs) return undefined
  if (found.isDear && moment.now - downSince >= dearForMs) return undefined
  return lookAgain(found.isCut, watch.pauseMs, moment)
}

function lookAgain(isCut: boolean, beforeMs: number, { now, chance }: Moment): WayWatch {
  const pauseMs = Math.min(2 * beforeMs, retrySchedule.way.longestMs)
  return { isCut, pauseMs, lookAt: now + pauseMs * (0.5 + 0.5 * chance) }
}
