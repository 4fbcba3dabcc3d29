/** Plays a session's life in virtual time: feeds events, keeps the timer, and notes what the machine asks for. */
import { type ErrorCode, TildegateError } from '../../../shared/errors.ts'
import {
  type Cause,
  type Effect,
  type Happening,
  initialState,
  type SessionState,
  step,
} from '../../../shared/session/index.ts'

export const terms = {
  aliveMs: 20_000,
  deadMs: 60_000,
  url: 'https://gw.example/~~a/',
  outer: 'plain',
} as const

export function cause(code: ErrorCode): Cause {
  return { code, message: new TildegateError(code).message }
}

type Answer = (life: Life, effect: Effect) => void

export class Life {
  state: SessionState = initialState
  now = 1_000
  wall = 1_800_000_000_000
  chance = 0.5
  readonly effects: { at: number; effect: Effect }[] = []
  #tickAt: number | undefined
  readonly #answer: Answer

  /** `answer` plays the world: it is told each effect and may feed events. */
  constructor(answer: Answer = () => {}) {
    this.#answer = answer
  }

  get attempt(): number {
    return this.state.memory.attempt
  }

  feed(happening: Happening): readonly Effect[] {
    const { now, wall, chance } = this
    const [state, effects] = step(this.state, { ...happening, now, wall, chance })
    this.state = state
    for (const effect of effects) {
      this.effects.push({ at: now, effect })
      if (effect.kind === 'scheduleTick') this.#tickAt = effect.at
    }
    for (const effect of effects) this.#answer(this, effect)
    return effects
  }

  /** Time goes by, the timer fires when it is due. */
  pass(ms: number): void {
    const end = this.now + ms
    while (this.#tickAt !== undefined && this.#tickAt <= end) {
      this.#moveTo(Math.max(this.now, this.#tickAt))
      this.#tickAt = undefined
      this.feed({ kind: 'tick' })
    }
    this.#moveTo(end)
  }

  /** The process is stopped (SIGSTOP): both clocks run on, no timer fires until it goes on. */
  freeze(ms: number): void {
    this.#moveTo(this.now + ms)
  }

  /** The computer sleeps: only the wall clock runs on. */
  suspend(ms: number): void {
    this.wall += ms
  }

  #moveTo(now: number): void {
    this.wall += now - this.now
    this.now = now
  }

  times(kind: Effect['kind']): number[] {
    return this.effects.filter(({ effect }) => effect.kind === kind).map(({ at }) => at)
  }

  establish(): void {
    const { attempt } = this
    this.feed({ kind: 'dialled', attempt })
    this.feed({ kind: 'upgraded', attempt })
    this.feed({ kind: 'proved', attempt, terms })
  }

  fail(code: ErrorCode, retryAfterMs?: number): void {
    const { attempt } = this
    const event = { kind: 'failed', attempt, why: cause(code) } as const
    this.feed(retryAfterMs === undefined ? event : { ...event, retryAfterMs })
  }
}

/** A gateway that answers every ping and accepts every attempt. */
export function answering(life: Life, effect: Effect): void {
  if (effect.kind === 'dial') life.establish()
  if (effect.kind === 'sendPing') life.feed({ kind: 'heard', attempt: life.attempt, pong: effect.id })
}

export function established(answer: Answer = () => {}): Life {
  const life = new Life(answer)
  life.feed({ kind: 'start' })
  if (life.state.kind !== 'established') life.establish()
  return life
}
