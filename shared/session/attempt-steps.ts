/** The steps of an attempt: beginning, going on, failing, and when the next one comes. Part of `step.ts`. */
import { errorTable, TildegateError } from '../errors.ts'
import { protocolLimits } from '../protocol/limits.ts'
import { aliveMsOf } from './resting.ts'
import { askedMs, backoffMs, boundedTerms, needsUserMs, retrySchedule, slowMs } from './retry.ts'
import type { Cause, Effect, Memory, Moment, SessionEvent, SessionState, Waiting } from './state.ts'
import { looked, looking, type WayFound, watchFor } from './way.ts'

type Stepped = readonly [SessionState, readonly Effect[]]
type Attempting = Extract<SessionState, { kind: 'dialling' | 'upgrading' | 'proving' }>

/** Dials now, or as soon as the shortest gap between two attempts is over. */
export function beginWhenAllowed(
  memory: Memory,
  { now }: Moment,
  why?: Cause,
  gapMs: number = retrySchedule.shortestGapMs,
): Stepped {
  const earliest = memory.attemptAt + gapMs
  if (now < earliest) {
    const waiting = { kind: 'waiting', retryAt: earliest, earliest, memory } as const
    return [why ? { ...waiting, why } : waiting, []]
  }
  const next = { ...memory, attempt: memory.attempt + 1, attemptAt: now }
  return [
    { kind: 'dialling', hop: 0, deadline: now + dialMsOf(memory, now), memory: next },
    [{ kind: 'dial', attempt: next.attempt, connectMs: connectMsOf(memory, now) }],
  ]
}

function dialMsOf(memory: Memory, now: number): number {
  return connectMsOf(memory, now) + retrySchedule.phaseMs
}

function connectMsOf(memory: Memory, now: number): number {
  return now < memory.eagerUntil ? retrySchedule.eager.connectMs : retrySchedule.connectMs
}

/** An attempt, or a session, has ended for `why`: when the next attempt comes, by the code's retry policy. */
export function attemptFailed(memory: Memory, why: Cause, moment: Moment, retryAfterMs?: number): Stepped {
  const { now, chance } = moment
  const asked = askedMs(retryAfterMs)
  const wait = (delayMs: number, earliest: number, next: Memory): Stepped => {
    const retryAt = Math.max(now + delayMs, earliest)
    const way = watchFor(why, moment, isNews(next, now))
    return [{ kind: 'waiting', retryAt, earliest, why, ...(way ? { way } : {}), memory: next }, []]
  }
  switch (errorTable[why.code].retry) {
    case 'never':
      return [{ kind: 'stopped', why, memory }, []]
    case 'needs-user': {
      const refusals = [...memory.refusals, { at: now, why }].slice(
        -retrySchedule.needsUser.attemptsPerPeriod,
      )
      const retryAt = now + Math.max(needsUserMs(chance), asked)
      return [{ kind: 'needsUser', retryAt, why, memory: { ...memory, refusals, eagerUntil: now } }, []]
    }
    case 'slow': {
      // A portal that answers in the gateway's place is another one on another network, and so are proxies: only
      // what the gateway itself has said holds after a wake.
      const { category } = errorTable[why.code]
      const isGatewaysWord = category !== 'wire' && category !== 'net'
      const earliest = isGatewaysWord ? now + Math.max(retrySchedule.slow.shortestMs, asked) : now
      return wait(slowMs(chance), earliest, memory)
    }
    case 'backoff': {
      if (now < memory.eagerUntil && asked === 0)
        return wait(memory.attemptAt + retrySchedule.eager.everyMs - now, now, memory)
      const next = { ...memory, failures: memory.failures + 1 }
      return wait(backoffMs(memory.failures, chance), now + asked, next)
    }
  }
}

/** The timer of a wait: it is over, or the way is to be looked at. */
export function waitedOn(state: Waiting & { memory: Memory }, event: Moment): Stepped {
  const { memory, way } = state
  if (event.now >= state.retryAt) return beginWhenAllowed(memory, event)
  if (way?.lookAt === undefined || event.now < way.lookAt) return [state, []]
  return [{ ...state, way: looking(way) }, [{ kind: 'lookAtWay', attempt: memory.attempt }]]
}

/** A proxy that was out of reach and is back: at once, and eagerly; but not again and again without a session in between. */
export function wayLooked(state: Waiting & { memory: Memory }, event: Moment & WayFound): Stepped {
  const { way, ...rest } = state
  const next = way && looked(way, event, state.memory, event)
  const { now } = event
  const { memory, earliest } = state
  if (next === undefined || (next === 'back' && !isNews(memory, now))) return [rest, []]
  if (next !== 'back') return [{ ...rest, way: next }, []]
  const awake = { ...eager(memory, event), wayBackAt: now }
  if (now >= earliest) return beginWhenAllowed(awake, event, state.why)
  return [{ ...rest, retryAt: Math.min(state.retryAt, earliest), memory: awake }, []]
}

function isNews({ wayBackAt }: Memory, now: number): boolean {
  return now - wayBackAt >= retrySchedule.way.newsMs
}

/** A wake or a network change while waiting: at once, and eagerly from now on. */
export function woken(state: Waiting & { memory: Memory }, moment: Moment): Stepped {
  const memory = eager(state.memory, moment)
  const { everyMs } = retrySchedule.eager
  if (moment.now >= state.earliest) return beginWhenAllowed(memory, moment, state.why, everyMs)
  return [{ ...state, retryAt: Math.min(state.retryAt, state.earliest), memory }, []]
}

/** The back-off begins anew after the eager time. */
export function eager(memory: Memory, { now }: Moment): Memory {
  return { ...memory, failures: 0, eagerUntil: now + retrySchedule.eager.forMs, downSince: now }
}

/** An attempt in progress. */
export function proceed(state: Attempting, event: SessionEvent): Stepped {
  const { memory } = state
  const { now } = event
  switch (event.kind) {
    case 'hopReached':
      // Also an earlier one, where a login made the chain begin anew: the chain's own deadline bounds that.
      if (state.kind !== 'dialling') return [state, []]
      return [{ ...state, hop: event.hop, deadline: now + retrySchedule.hopMs }, []]
    case 'dialsAgain':
      if (state.kind === 'dialling') return [state, []]
      return [{ kind: 'dialling', hop: 0, deadline: now + dialMsOf(memory, now), memory }, []]
    case 'dialled': {
      if (state.kind !== 'dialling') return [state, []]
      const phaseMs = now < memory.eagerUntil ? retrySchedule.eager.phaseMs : retrySchedule.phaseMs
      return [{ kind: 'upgrading', deadline: now + phaseMs, memory }, []]
    }
    case 'upgraded':
      if (state.kind !== 'upgrading') return [state, []]
      return [{ kind: 'proving', deadline: now + retrySchedule.phaseMs, memory }, []]
    case 'proved': {
      if (state.kind !== 'proving') return [state, []]
      const terms = boundedTerms(event.terms)
      const nextPingAt = now + aliveMsOf(terms, memory)
      const times = { since: now, lastHeard: now, lastPingAt: now, restedMs: 0, nextPingAt }
      const proven = { ...memory, wayBackAt: Number.NEGATIVE_INFINITY }
      return [{ kind: 'established', terms, ...times, nextPingId: 1, memory: proven }, []]
    }
    case 'failed':
      return attemptFailed(memory, event.why, event, event.retryAfterMs)
    case 'tick': {
      if (now < state.deadline) return [state, []]
      const [next, effects] = attemptFailed(memory, tooLate(state), event)
      return [next, [{ kind: 'abandon' }, ...effects]]
    }
    case 'wake':
    case 'networkChanged': {
      // The line may hang on a network that is gone. A handshake is let finish, though: the gateway may
      // have registered us already, and we would be kept out by our own ghost.
      const awake = eager(memory, event)
      const isYoung = now - memory.attemptAt < retrySchedule.eager.everyMs
      if (isYoung || state.kind === 'proving') {
        const sooner = Math.min(state.deadline, now + retrySchedule.eager.phaseMs)
        return [{ ...state, deadline: sooner, memory: awake }, []]
      }
      const [next, effects] = beginWhenAllowed(awake, event)
      return [next, [{ kind: 'abandon' }, ...effects]]
    }
    default:
      return [state, []]
  }
}

function tooLate(state: Attempting): Cause {
  const seconds = protocolLimits.handshakeMs / 1000
  const { message } = new TildegateError('handshake-timeout', { seconds })
  const why = { code: 'handshake-timeout', message } as const
  return state.kind === 'dialling' ? { ...why, hop: state.hop } : why
}
