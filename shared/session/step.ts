/**
 * The agent's session machine: `step(state, event) → [state, effects]`, pure. It knows when to dial, ping,
 * give up and try again (the control connection's rules); sockets and timers belong to the driver.
 * Attempts live in `attempt-steps.ts`, an established session in `established-steps.ts`.
 */
import { beginWhenAllowed, proceed, waitedOn, wayLooked, woken } from './attempt-steps.ts'
import { established } from './established-steps.ts'
import { withoutCuts } from './resting.ts'
import { retrySchedule } from './retry.ts'
import type { Effect, SessionEvent, SessionState } from './state.ts'

export type Stepped = readonly [SessionState, readonly Effect[]]

/** A jump of a clock over a due time by more than this means that the computer, or we, slept. */
const sleptMs = 30_000

export const initialState: SessionState = {
  kind: 'idle',
  memory: {
    failures: 0,
    attempt: 0,
    attemptAt: Number.NEGATIVE_INFINITY,
    eagerUntil: Number.NEGATIVE_INFINITY,
    downSince: Number.NEGATIVE_INFINITY,
    wayBackAt: Number.NEGATIVE_INFINITY,
    refusals: [],
    seen: { now: 0, wall: Number.POSITIVE_INFINITY },
  },
}

/** When the machine wants its next tick; undefined if it waits for others alone. */
export function dueAt(state: SessionState): number | undefined {
  switch (state.kind) {
    case 'idle':
    case 'stopped':
      return undefined
    case 'dialling':
    case 'upgrading':
    case 'proving':
      return state.deadline
    case 'established':
      return Math.min(state.nextPingAt, state.lastHeard + state.terms.deadMs, state.probe?.until ?? Infinity)
    case 'waiting':
      return Math.min(state.retryAt, state.way?.lookAt ?? Infinity)
    case 'needsUser':
      return state.retryAt
  }
}

/** Total: any event in any state; stale ones (of an earlier attempt) change nothing. */
export function step(before: SessionState, event: SessionEvent): Stepped {
  let [state, effects]: Stepped = [before, []]
  if (event.kind !== 'stop' && hasSlept(before, event))
    [state, effects] = transition(before, { ...event, kind: 'wake' })
  const [after, more] = transition(state, event)
  const seen = { now: event.now, wall: event.wall }
  // Another network has other boxes.
  const { memory } = event.kind === 'networkChanged' ? { memory: withoutCuts(after.memory) } : after
  const next = { ...after, memory: { ...memory, seen } }
  return [next, [...effects, ...more, ...consequences(before, next, event)]]
}

function hasSlept(state: SessionState, { now, wall }: SessionEvent): boolean {
  const due = dueAt(state)
  const { seen } = state.memory
  return (due !== undefined && now - due > sleptMs) || wall - seen.wall - (now - seen.now) > sleptMs
}

function transition(state: SessionState, event: SessionEvent): Stepped {
  if ('attempt' in event && event.attempt !== state.memory.attempt) return [state, []]
  if (event.kind === 'stop') return stopped(state)
  switch (state.kind) {
    case 'idle':
    case 'stopped':
      return event.kind === 'start' ? begin(started(state, event), event) : [state, []]
    case 'dialling':
    case 'upgrading':
    case 'proving':
      return proceed(state, event)
    case 'established':
      return established(state, event)
    case 'waiting':
      if (event.kind === 'tick') return waitedOn(state, event)
      if (event.kind === 'wayLooked') return wayLooked(state, event)
      if (event.kind === 'wake' || event.kind === 'networkChanged') return woken(state, event)
      if (event.kind === 'retryNow') return beginWhenAllowed(state.memory, event, state.why)
      return [state, []]
    case 'needsUser':
      if (event.kind === 'tick' && event.now >= state.retryAt) return beginWhenAllowed(state.memory, event)
      if (event.kind === 'retryNow') return begin(state, event)
      return [state, []]
  }
}

/** On the user's wish: at once, but for what only the user can mend no more than twice in 5 minutes. */
function begin(state: SessionState, event: SessionEvent): Stepped {
  const { everyMs, attemptsPerPeriod } = retrySchedule.needsUser
  const recent = state.memory.refusals.filter(({ at }) => event.now - at < everyMs)
  const [oldest] = recent
  const why = 'why' in state ? state.why : undefined
  if (oldest === undefined || recent.length < attemptsPerPeriod)
    return beginWhenAllowed(state.memory, event, why)
  if (state.kind === 'needsUser') return [state, []]
  return [{ kind: 'needsUser', retryAt: oldest.at + everyMs, why: oldest.why, memory: state.memory }, []]
}

function started(state: SessionState, { now }: SessionEvent): SessionState {
  return { ...state, memory: { ...state.memory, downSince: now } }
}

function stopped(state: SessionState): Stepped {
  const { memory } = state
  switch (state.kind) {
    case 'stopped':
      return [state, []]
    case 'established':
      return [
        { kind: 'stopped', memory },
        [{ kind: 'closeChannel', graceful: true }, { kind: 'dropBackConnections' }],
      ]
    case 'dialling':
    case 'upgrading':
    case 'proving':
      return [{ kind: 'stopped', memory }, [{ kind: 'abandon' }]]
    default:
      return [{ kind: 'stopped', memory }, []]
  }
}

/** The timer follows the state; a report follows what is shown. */
function consequences(before: SessionState, after: SessionState, event: SessionEvent): Effect[] {
  const effects: Effect[] = []
  const at = dueAt(after)
  // A tick has used up the timer, also one that came too early.
  if (at !== dueAt(before) || event.kind === 'tick')
    effects.push(at === undefined ? { kind: 'scheduleTick' } : { kind: 'scheduleTick', at })
  const { aliveMs } = after.memory
  if (aliveMs !== undefined && aliveMs !== before.memory.aliveMs)
    effects.push({ kind: 'learnedAlive', aliveMs })
  if (shown(before) !== shown(after)) effects.push({ kind: 'report' })
  return effects
}

function shown(state: SessionState): string {
  const why = 'why' in state ? state.why : undefined
  const hop = state.kind === 'dialling' ? state.hop : undefined
  const retryAt = 'retryAt' in state ? state.retryAt : undefined
  return JSON.stringify([state.kind, state.memory.attempt, hop, why, retryAt])
}
