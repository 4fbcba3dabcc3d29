/** A line that is cut when it rests: how the machine learns to send its alive packets more often. */
import { describe, expect, it } from 'vitest'
import type { Effect } from '../../../shared/session/index.ts'
import { answering, cause, established, type Life } from './life.ts'

const hour = 3_600_000

/** A box that closes the line when nothing has moved on it for `cutMs`; and a gateway that answers everything. */
function behindBox(cutMs: number): Life {
  let movedAt = Number.POSITIVE_INFINITY
  const life = established((own, effect) => {
    if (effect.kind === 'dial') movedAt = own.now
    if (effect.kind === 'sendPing') movedAt = own.now
    answering(own, effect)
  })
  movedAt = life.now
  const pass = life.pass.bind(life)
  life.pass = ms => {
    const end = life.now + ms
    while (life.now < end) {
      pass(Math.min(100, end - life.now))
      if (life.state.kind !== 'established' || life.now - movedAt < cutMs) continue
      life.feed({ kind: 'channelClosed', attempt: life.attempt, why: cause('connection-lost') })
    }
  }
  return life
}

const learned = (life: Life) =>
  life.effects
    .map(({ effect }) => effect)
    .filter((effect): effect is Effect & { kind: 'learnedAlive' } => effect.kind === 'learnedAlive')
    .map(({ aliveMs }) => aliveMs)

describe('a line that is cut when it rests', () => {
  it('for 30 s lives on with an alive packet every 20 s', () => {
    const life = behindBox(30_000)
    life.pass(24 * hour)
    expect(life.times('dial')).toHaveLength(1)
    expect(learned(life)).toEqual([])
  })

  it.each([15_000, 10_000, 5_000, 3_000])('for %i ms lives on after two cuts', cutMs => {
    const life = behindBox(cutMs)
    life.pass(hour)
    expect(life.times('dial')).toHaveLength(3)
    const [aliveMs = 0, ...more] = learned(life)
    expect(more).toEqual([])
    expect(aliveMs).toBeGreaterThan(cutMs / 2)
    expect(aliveMs).toBeLessThan(cutMs * 0.8)
    life.pass(24 * hour)
    expect(life.times('dial')).toHaveLength(3)
    expect(life.state.kind).toBe('established')
  })

  it('is found out anew on another network', () => {
    const life = behindBox(10_000)
    life.pass(hour)
    life.feed({ kind: 'networkChanged' })
    life.pass(hour)
    expect(life.times('dial')).toHaveLength(5)
    expect(learned(life)).toHaveLength(2)
  })

  it('without a word, so that alive packets vanish, is met by the same', () => {
    let isHeard = true
    const life = established((own, effect) => {
      if (effect.kind === 'dial') {
        isHeard = true
        own.establish()
      }
      if (effect.kind !== 'sendPing') return
      // What rested for 15 s hears nothing any more.
      if (own.now - (own.state.kind === 'established' ? own.state.lastHeard : 0) >= 15_000) isHeard = false
      if (isHeard) own.feed({ kind: 'heard', attempt: own.attempt, pong: effect.id })
    })
    life.pass(10 * hour)
    expect(life.times('dial')).toHaveLength(3)
    expect(learned(life)).toHaveLength(1)
    expect(learned(life)[0]).toBeLessThan(15_000)
  })

  it.each([
    ['once, which may be chance', [7_000]],
    ['after very different rests', [3_000, 17_000, 6_000, 12_000]],
    ['while it carries something', [100, 900, 200, 1_000, 50]],
  ])('%s teaches nothing', (_, rests) => {
    const life = established(answering)
    for (const rest of rests) {
      life.pass(rest)
      life.feed({ kind: 'channelClosed', attempt: life.attempt, why: cause('connection-lost') })
      while (life.state.kind !== 'established') life.pass(250)
    }
    expect(learned(life)).toEqual([])
  })

  it('by the gateway’s own word teaches nothing', () => {
    const life = established(answering)
    for (let i = 0; i < 4; i++) {
      life.pass(7_000)
      life.feed({ kind: 'channelClosed', attempt: life.attempt, why: cause('gateway-stopping') })
      while (life.state.kind !== 'established') life.pass(250)
    }
    expect(learned(life)).toEqual([])
  })

  it('is never pinged more often than every second, nor less than the gateway asks for', () => {
    const life = established(answering)
    for (let i = 0; i < 40; i++) {
      life.pass(1_600)
      life.feed({ kind: 'channelClosed', attempt: life.attempt, why: cause('connection-lost') })
      while (life.state.kind !== 'established') life.pass(250)
    }
    expect(Math.min(...learned(life))).toBeGreaterThanOrEqual(1_000)
  })
})
