/** The steps of an established session: alive packets, silence, waking up, its end. Part of `step.ts`. */
import { TildegateError } from '../errors.ts'
import { attemptFailed, beginWhenAllowed, eager } from './attempt-steps.ts'
import { aliveMsOf, noticedCut } from './resting.ts'
import { retrySchedule } from './retry.ts'
import type { Cause, Effect, Established, Memory, SessionEvent, SessionState } from './state.ts'

type Stepped = readonly [SessionState, readonly Effect[]]
type State = Established & { readonly memory: Memory }

/** A line is dead if the ping after a wake has no answer within this time. */
const probeMs = 5_000

export function established(state: State, event: SessionEvent): Stepped {
  const { now } = event
  const isSilent = now - state.lastHeard >= state.terms.deadMs
  switch (event.kind) {
    case 'heard': {
      // What the socket had buffered before the sleep proves nothing: only the answer to the probe does.
      const { probe, ...rest } = state
      const isAnswered = probe !== undefined && event.pong !== undefined && event.pong >= probe.pingId
      return [{ ...(isAnswered ? rest : state), lastHeard: now }, []]
    }
    case 'tick':
      if (isSilent) {
        const noticed = noticedCut(state, state.restedMs)
        return ended({ ...state, memory: noticed }, silent(state), event, { isDead: true })
      }
      if (state.probe !== undefined && now >= state.probe.until) return probeFailed(state, event)
      return now >= state.nextPingAt ? ping(state, now) : [state, []]
    case 'wake':
    case 'networkChanged': {
      const awake = { ...state, memory: eager(state.memory, event) }
      if (isSilent) return probeFailed(awake, event)
      if (state.probe !== undefined) return [awake, []]
      const probe = { pingId: state.nextPingId, until: now + Math.min(probeMs, state.terms.deadMs) }
      return ping({ ...awake, probe }, now)
    }
    case 'channelClosed': {
      const restedMs = now - Math.max(state.lastHeard, state.lastPingAt)
      const memory = event.why.code === 'connection-lost' ? noticedCut(state, restedMs) : state.memory
      return ended({ ...state, memory }, event.why, event, { isDead: false })
    }
    case 'certificateChanged':
      return ended(state, event.why, event, { isDead: true })
    default:
      return [state, []]
  }
}

function ping(state: State, now: number): Stepped {
  const id = state.nextPingId
  const isAnswered = state.lastHeard >= state.lastPingAt
  const restedMs = isAnswered ? now - state.lastHeard : state.restedMs
  const nextPingAt = now + aliveMsOf(state.terms, state.memory)
  return [{ ...state, nextPingId: id + 1, nextPingAt, lastPingAt: now, restedMs }, [{ kind: 'sendPing', id }]]
}

/** After a wake the line is dead: a new attempt at once; the driver takes the old session over by resume. */
function probeFailed(state: State, event: SessionEvent): Stepped {
  const [next, effects] = beginWhenAllowed(state.memory, event, silent(state), retrySchedule.eager.everyMs)
  return [next, [...dropped, ...effects]]
}

function ended(state: State, why: Cause, event: SessionEvent, { isDead }: { isDead: boolean }): Stepped {
  const isStable = event.now - state.since >= retrySchedule.stableMs
  const memory = { ...state.memory, downSince: event.now, ...(isStable ? { failures: 0 } : {}) }
  const [next, effects] = attemptFailed(memory, why, event)
  return [next, [...(isDead ? dropped : dropped.slice(1)), ...effects]]
}

const dropped: readonly Effect[] = [
  { kind: 'closeChannel', graceful: false },
  { kind: 'dropBackConnections' },
]

function silent({ terms }: State): Cause {
  const { message } = new TildegateError('gateway-silent', { seconds: Math.round(terms.deadMs / 1000) })
  return { code: 'gateway-silent', message }
}
