/**
 * The words of the agent's session machine: its states, what can happen to it and what it asks to be done.
 * No behaviour here: that is `step.ts`. All times are milliseconds of the injected clock.
 */
import { type ErrorCode, type ErrorDetails, TildegateError } from '../errors.ts'
import type { WayFound, WayWatch } from './way.ts'

/** Why the tunnel is not up, in a form that can be shown. Holds no secret. */
export interface Cause {
  readonly code: ErrorCode
  readonly message: string
  /** What the message was filled with, for those who say it in another language. */
  readonly details?: ErrorDetails
  /** Which proxy of the chain, counted from 1; absent for the gateway itself. */
  readonly hop?: number
}

/** What the machine needs of a WELCOME. */
export interface Terms {
  readonly aliveMs: number
  readonly deadMs: number
  readonly url: string
  readonly outer: OuterKind
}

/** How the gateway judged the outer connection (docs/protocol.md, 4). */
export type OuterKind = 'plain' | 'proven' | 'unproven'

/** What outlives a single state. */
export interface Memory {
  /** Consecutive failures, for the back-off. */
  readonly failures: number
  /** The number of the latest attempt; events of earlier ones are stale. */
  readonly attempt: number
  readonly attemptAt: number
  /** Until then, retries come every 2 s (after a wake or a network change). */
  readonly eagerUntil: number
  /** Since when there is no session: its end, the start, a wake. */
  readonly downSince: number
  /** When the return of a proxy last made it eager; forgotten when a session is established. */
  readonly wayBackAt: number
  /** Attempts that ended with an error that only the user can mend; the last two. */
  readonly refusals: readonly { readonly at: number; readonly why: Cause }[]
  /** How often alive packets have to come on this line, where less than the gateway asks for was too seldom. */
  readonly aliveMs?: number
  /** How long the line had rested when the latest session was cut off. */
  readonly cutAfterMs?: number
  /** Both clocks at the latest event: the wall clock runs on while the computer sleeps. */
  readonly seen: { readonly now: number; readonly wall: number }
}

export type SessionState = { readonly memory: Memory } & (
  | { readonly kind: 'idle' }
  /** `hop`: the proxy that is being dialled, counted from 1; 0 before the first, and without proxies. */
  | { readonly kind: 'dialling'; readonly hop: number; readonly deadline: number }
  | { readonly kind: 'upgrading'; readonly deadline: number }
  | { readonly kind: 'proving'; readonly deadline: number }
  | Established
  | Waiting
  | { readonly kind: 'needsUser'; readonly retryAt: number; readonly why: Cause }
  | { readonly kind: 'stopped'; readonly why?: Cause }
)

export interface Established {
  readonly kind: 'established'
  readonly terms: Terms
  readonly since: number
  readonly lastHeard: number
  readonly lastPingAt: number
  /** How long the line had rested before the first ping that is not answered yet. */
  readonly restedMs: number
  readonly nextPingAt: number
  readonly nextPingId: number
  /** A ping after a wake that must be answered by `until`, else the line is dead. */
  readonly probe?: { readonly pingId: number; readonly until: number }
}

export interface Waiting {
  readonly kind: 'waiting'
  readonly retryAt: number
  /** A wake may not retry before: the gateway asked for it, or the name is in use. */
  readonly earliest: number
  readonly why?: Cause
  readonly way?: WayWatch
}

/** When it happened, on both clocks, and a random number in [0, 1) for the jitter. */
export interface Moment {
  readonly now: number
  readonly wall: number
  readonly chance: number
}

export type Happening =
  /** The user wants the tunnel up; also after `stop`. */
  | { readonly kind: 'start' }
  | { readonly kind: 'stop' }
  /** The user asks to try again now. */
  | { readonly kind: 'retryNow' }
  /** The scheduled time has come (or has passed). */
  | { readonly kind: 'tick' }
  /** The computer woke up. */
  | { readonly kind: 'wake' }
  | { readonly kind: 'networkChanged' }
  /** What `lookAtWay` has found. */
  | ({ readonly kind: 'wayLooked'; readonly attempt: number } & WayFound)
  /** This proxy, counted from 1, is being dialled. */
  | { readonly kind: 'hopReached'; readonly attempt: number; readonly hop: number }
  | { readonly kind: 'dialled'; readonly attempt: number }
  /** What is in between broke the upgrade or what followed: the same attempt dials once more, to upgrade in another way. */
  | { readonly kind: 'dialsAgain'; readonly attempt: number }
  | { readonly kind: 'upgraded'; readonly attempt: number }
  | { readonly kind: 'proved'; readonly attempt: number; readonly terms: Terms }
  /** The attempt ended: an error of ours or the gateway's REFUSED. */
  | {
      readonly kind: 'failed'
      readonly attempt: number
      readonly why: Cause
      readonly retryAfterMs?: number
    }
  /** A frame arrived; `pong` is the id if it was a PONG. */
  | { readonly kind: 'heard'; readonly attempt: number; readonly pong?: number }
  /** The established channel ended: the gateway's CLOSE or the line. */
  | { readonly kind: 'channelClosed'; readonly attempt: number; readonly why: Cause }
  /** A back-connection showed another certificate than the control connection. */
  | { readonly kind: 'certificateChanged'; readonly attempt: number; readonly why: Cause }

export type SessionEvent = Moment & Happening

export type Effect =
  /** Begin an attempt; its events carry this number. `connectMs` is the deadline of each TCP connect. */
  | { readonly kind: 'dial'; readonly attempt: number; readonly connectMs: number }
  /** Drop the attempt in progress; nothing of it is awaited any more. */
  | { readonly kind: 'abandon' }
  /** See whether the last proxy can be reached, through those before it; dropped by the next `dial` and by `stop`. */
  | { readonly kind: 'lookAtWay'; readonly attempt: number }
  | { readonly kind: 'sendPing'; readonly id: number }
  /** `graceful`: with CLOSE 0; else at once, the line is taken for dead. */
  | { readonly kind: 'closeChannel'; readonly graceful: boolean }
  | { readonly kind: 'dropBackConnections' }
  /** One timer: it replaces the earlier one. Without `at` none is needed. */
  | { readonly kind: 'scheduleTick'; readonly at?: number }
  /** Something in between cuts a line that rests; from now on alive packets come this often. */
  | { readonly kind: 'learnedAlive'; readonly aliveMs: number }
  /** What the user sees has changed. */
  | { readonly kind: 'report' }

/** What is shown of a state; `retryInMs` counts from `now`. */
export interface SessionView {
  readonly state: SessionState['kind']
  readonly hop?: number
  readonly code?: ErrorCode
  readonly message?: string
  readonly details?: ErrorDetails
  readonly retryInMs?: number
  readonly url?: string
  readonly outer?: OuterKind
}

export function viewOf(state: SessionState, now: number): SessionView {
  const retry = 'retryAt' in state ? { retryInMs: Math.max(0, Math.round(state.retryAt - now)) } : {}
  const why = 'why' in state && state.why !== undefined ? state.why : noticeOf(state)
  return {
    state: state.kind,
    ...(state.kind === 'dialling' && state.hop > 0 ? { hop: state.hop } : {}),
    ...why,
    ...retry,
    ...(state.kind === 'established' ? { url: state.terms.url, outer: state.terms.outer } : {}),
  }
}

/** Up, but there is something the user is to know. */
function noticeOf(state: SessionState): Cause | undefined {
  if (state.kind !== 'established' || state.terms.outer !== 'unproven') return undefined
  return { code: 'tls-inspected', message: new TildegateError('tls-inspected').message }
}
