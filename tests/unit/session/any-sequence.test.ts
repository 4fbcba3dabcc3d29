/** Whatever happens in whatever order: the promises of the machine hold. */
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type ErrorCode, errorTable } from '../../../shared/errors.ts'
import type { Happening } from '../../../shared/session/index.ts'
import { cause, Life, terms } from './life.ts'

const codes = (Object.keys(errorTable) as ErrorCode[]).filter(code => errorTable[code].retry !== 'never')
const why = fc.constantFrom(...codes).map(cause)
const refusing = fc
  .constantFrom<ErrorCode>('password-refused', 'address-refused', 'dial-refused', 'proxy-unreachable')
  .map(cause)

/** The attempt is filled in when the event is fed; `late` makes it one of an earlier attempt. */
const attempted = (cause: typeof why) =>
  fc.oneof(
    fc.constantFrom<Happening>(
      { kind: 'dialled', attempt: 0 },
      { kind: 'upgraded', attempt: 0 },
      { kind: 'proved', attempt: 0, terms },
      { kind: 'hopReached', attempt: 0, hop: 1 },
      { kind: 'dialsAgain', attempt: 0 },
      { kind: 'heard', attempt: 0 },
      { kind: 'heard', attempt: 0, pong: 3 },
      { kind: 'wayLooked', attempt: 0, isCut: true, isDear: false },
      { kind: 'wayLooked', attempt: 0, isCut: false, isDear: true },
    ),
    cause.map((why): Happening => ({ kind: 'failed', attempt: 0, why })),
    cause.map((why): Happening => ({ kind: 'channelClosed', attempt: 0, why })),
    cause.map((why): Happening => ({ kind: 'certificateChanged', attempt: 0, why })),
  )
const wishes = fc.constantFrom<Happening>(
  { kind: 'start' },
  { kind: 'stop' },
  { kind: 'retryNow' },
  { kind: 'tick' },
  { kind: 'wake' },
  { kind: 'networkChanged' },
)

const moves = (cause: typeof why) =>
  fc.array(
    fc.record({
      happening: fc.oneof({ weight: 3, arbitrary: attempted(cause) }, { weight: 2, arbitrary: wishes }),
      late: fc.boolean().map(late => (late ? 1 : 0)),
      passMs: fc.oneof(fc.constant(0), fc.nat(3_000), fc.nat(120_000), fc.nat(400_000)),
      chance: fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }),
      how: fc.constantFrom('pass', 'pass', 'pass', 'freeze', 'suspend'),
    }),
    { maxLength: 150 },
  )

type Moves = typeof moves extends (cause: typeof why) => fc.Arbitrary<infer T> ? T : never

function play(life: Life, sequence: Moves, each: () => void = () => {}): void {
  life.feed({ kind: 'start' })
  for (const { happening, late, passMs, chance, how } of sequence) {
    life.chance = chance
    if (how === 'pass') life.pass(passMs)
    else if (how === 'freeze') life.freeze(passMs)
    else life.suspend(passMs)
    life.feed('attempt' in happening ? { ...happening, attempt: life.attempt - late } : happening)
    each()
  }
}

describe('any sequence of events', () => {
  it('never has two attempts or two channels at once', () => {
    fc.assert(
      fc.property(moves(why), sequence => {
        let open: 'none' | 'attempt' | 'channel' = 'none'
        const life = new Life((life, effect) => {
          if (effect.kind === 'dial') {
            expect(open).toBe('none')
            open = 'attempt'
          }
          if (effect.kind === 'abandon') {
            expect(open).not.toBe('channel')
            open = 'none'
          }
          if (effect.kind === 'closeChannel') {
            expect(open).not.toBe('attempt')
            open = 'none'
          }
          if (effect.kind === 'sendPing')
            expect(life.state.kind === 'established' || open === 'channel').toBe(true)
        })
        const feed = life.feed.bind(life)
        life.feed = happening => {
          const isCurrent = 'attempt' in happening && happening.attempt === life.attempt
          const { kind } = life.state
          if (isCurrent && happening.kind === 'failed' && open === 'attempt') open = 'none'
          if (isCurrent && happening.kind === 'proved' && kind === 'proving') open = 'channel'
          if (isCurrent && happening.kind === 'channelClosed' && kind === 'established') open = 'none'
          return feed(happening)
        }
        play(life, sequence)
      }),
      { numRuns: 400 },
    )
  })

  it('never tries again within 250 ms, and after what only the user can mend within 5 min twice at most', () => {
    fc.assert(
      fc.property(moves(refusing), sequence => {
        const refusedAt: number[] = []
        const life = new Life()
        const feed = life.feed.bind(life)
        life.feed = happening => {
          const before = life.state.kind
          const effects = feed(happening)
          if (life.state.kind === 'needsUser' && before !== 'needsUser' && happening.kind !== 'start')
            refusedAt.push(life.now)
          return effects
        }
        play(life, sequence)
        const dials = life.times('dial')
        dials.forEach((at, i) => {
          if (i > 0) expect(at - (dials[i - 1] ?? 0)).toBeGreaterThanOrEqual(250)
        })
        refusedAt.forEach((at, i) => {
          if (i > 1) expect(at - (refusedAt[i - 2] ?? 0)).toBeGreaterThanOrEqual(300_000)
        })
      }),
      { numRuns: 400 },
    )
  })

  it('never leaves it without a timer or an attempt while the user wants it up', () => {
    fc.assert(
      fc.property(moves(why), sequence => {
        const life = new Life()
        play(life, sequence, () => {
          const { kind } = life.state
          if (kind === 'stopped' || kind === 'idle') return
          const before = life.times('scheduleTick').length
          expect(before).toBeGreaterThan(0)
          expect(
            life.effects.findLast(({ effect }) => effect.kind === 'scheduleTick')?.effect,
          ).toHaveProperty('at')
        })
      }),
      { numRuns: 200 },
    )
  })
})
