import { describe, expect, it } from 'vitest'
import type { ErrorCode } from '../../../shared/errors.ts'
import { type Effect, viewOf } from '../../../shared/session/index.ts'
import { answering, cause, established, Life, terms } from './life.ts'

const hour = 3_600_000
const started = (answer?: ConstructorParameters<typeof Life>[0]) => {
  const life = new Life(answer)
  life.feed({ kind: 'start' })
  return life
}
const failing =
  (code: ErrorCode) =>
  (life: Life, effect: Effect): void => {
    if (effect.kind === 'dial') life.fail(code)
  }
const gaps = (times: readonly number[]) => times.slice(1).map((at, i) => at - (times[i] ?? 0))

describe('an attempt', () => {
  it('goes through its phases and tells each', () => {
    const life = started()
    const kinds = [life.state.kind]
    const { attempt } = life
    for (const event of [
      { kind: 'dialled', attempt },
      { kind: 'upgraded', attempt },
      { kind: 'proved', attempt, terms },
    ] as const) {
      life.feed(event)
      kinds.push(life.state.kind)
    }
    expect(kinds).toEqual(['dialling', 'upgrading', 'proving', 'established'])
    expect(life.times('report')).toHaveLength(4)
    expect(viewOf(life.state, life.now)).toEqual({ state: 'established', url: terms.url, outer: 'plain' })
  })

  it('tells the user where something in between ends TLS, and that it is safe all the same', () => {
    const life = started()
    const { attempt } = life
    life.feed({ kind: 'dialled', attempt })
    life.feed({ kind: 'upgraded', attempt })
    life.feed({ kind: 'proved', attempt, terms: { ...terms, outer: 'unproven' } })
    expect(viewOf(life.state, life.now)).toMatchObject({
      state: 'established',
      outer: 'unproven',
      code: 'tls-inspected',
      message: expect.stringContaining('encrypted once more inside'),
    })
  })

  it('tells the hop it has reached', () => {
    const life = started()
    life.feed({ kind: 'hopReached', attempt: life.attempt, hop: 1 })
    expect(viewOf(life.state, life.now)).toEqual({ state: 'dialling', hop: 1 })
  })

  it.each(['dialling', 'upgrading', 'proving'] as const)('that hangs while %s is abandoned', phase => {
    const life = started()
    const { attempt } = life
    if (phase !== 'dialling') life.feed({ kind: 'dialled', attempt })
    if (phase === 'proving') life.feed({ kind: 'upgraded', attempt })
    expect(life.state.kind).toBe(phase)
    life.pass(phase === 'dialling' ? 25_000 : 15_000)
    expect(life.times('abandon')).toHaveLength(1)
    expect(life.state).toMatchObject({ kind: 'waiting', why: { code: 'handshake-timeout' } })
  })

  it('through five slow proxies, whose logins make it begin anew, is not cut', () => {
    const life = started()
    const { attempt } = life
    // 45 s is what the chain takes at most; TLS with the gateway comes behind it.
    for (const hop of [1, 2, 3, 4, 5, 1, 2, 3, 4, 5]) {
      life.feed({ kind: 'hopReached', attempt, hop })
      expect(viewOf(life.state, life.now)).toEqual({ state: 'dialling', hop })
      life.pass(14_900)
    }
    life.pass(10_000)
    life.feed({ kind: 'dialled', attempt })
    expect(life.state.kind).toBe('upgrading')
    expect(life.times('abandon')).toHaveLength(0)
  })

  it.each(['upgrading', 'proving'] as const)('that is broken while %s dials once more', phase => {
    const life = started()
    const { attempt } = life
    life.feed({ kind: 'dialled', attempt })
    if (phase === 'proving') life.feed({ kind: 'upgraded', attempt })
    life.pass(9_000)
    life.feed({ kind: 'dialsAgain', attempt })
    life.pass(20_000)
    expect(life.state).toMatchObject({ kind: 'dialling', hop: 0 })
    life.establish()
    expect(life.state.kind).toBe('established')
    expect(life.times('dial')).toHaveLength(1)
  })

  it('hears nothing of an earlier attempt', () => {
    const life = started(failing('dial-refused'))
    life.pass(5_000)
    const before = life.state
    for (const kind of ['dialled', 'upgraded', 'heard'] as const) life.feed({ kind, attempt: 1 })
    life.feed({ kind: 'proved', attempt: 1, terms })
    life.feed({ kind: 'channelClosed', attempt: 1, why: cause('connection-lost') })
    expect(life.state).toEqual({ ...before, memory: { ...before.memory, seen: expect.anything() } })
  })
})

describe('an established session', () => {
  it('pings every 20 s for days and never gives up while it is answered', () => {
    const life = established(answering)
    life.pass(72 * hour)
    expect(life.state.kind).toBe('established')
    expect(life.times('dial')).toHaveLength(1)
    expect(new Set(gaps(life.times('sendPing')))).toEqual(new Set([20_000]))
    expect(life.times('sendPing')).toHaveLength((72 * hour) / 20_000)
  })

  it('gives a silent gateway up at 60 s, drops its back-connections, and dials again within 1 s', () => {
    const life = established()
    const since = life.now
    life.chance = 0.999
    life.pass(59_999)
    expect(life.state.kind).toBe('established')
    life.pass(1)
    expect(life.times('closeChannel')).toEqual([since + 60_000])
    expect(life.times('dropBackConnections')).toEqual([since + 60_000])
    expect(life.state).toMatchObject({ kind: 'waiting', why: { code: 'gateway-silent' } })
    life.pass(1_000)
    expect(life.times('dial')).toHaveLength(2)
  })

  it('takes any frame for a sign of life', () => {
    const life = established()
    for (let i = 0; i < 100; i++) {
      life.pass(59_000)
      life.feed({ kind: 'heard', attempt: life.attempt })
    }
    expect(life.state.kind).toBe('established')
  })

  it.each([
    ['connection-lost', 250, 1_000],
    ['gateway-stopping', 250, 1_000],
    ['protocol-violation', 250, 1_000],
    ['dropped-by-admin', 60_000, 120_000],
  ] as const)('that ends with %s is dialled again after %i to %i ms', (code, least, most) => {
    for (const chance of [0, 0.3, 0.999]) {
      const life = established()
      life.pass(30_000)
      life.feed({ kind: 'heard', attempt: life.attempt })
      life.chance = chance
      const lostAt = life.now
      life.feed({ kind: 'channelClosed', attempt: life.attempt, why: cause(code) })
      expect(life.times('dropBackConnections')).toEqual([lostAt])
      life.pass(most)
      const delay = (life.times('dial')[1] ?? 0) - lostAt
      expect(delay).toBeGreaterThanOrEqual(least)
      expect(delay).toBeLessThanOrEqual(most)
    }
  })

  it('that was replaced by its own newer session stays down', () => {
    const life = established()
    life.feed({ kind: 'channelClosed', attempt: life.attempt, why: cause('replaced-by-own-session') })
    life.pass(24 * hour)
    expect(life.state).toMatchObject({ kind: 'stopped', why: { code: 'replaced-by-own-session' } })
    expect(life.times('dial')).toHaveLength(1)
  })

  it('that ends at once each time is not hammered: the back-off grows', () => {
    const life = established((life, effect) => {
      if (effect.kind !== 'dial') return
      life.establish()
      life.feed({ kind: 'channelClosed', attempt: life.attempt, why: cause('gateway-stopping') })
    })
    life.pass(hour)
    expect(life.times('dial').length).toBeLessThan(hour / 30_000 + 10)
  })

  it('is renewed when a back-connection shows another certificate', () => {
    const life = established()
    life.feed({ kind: 'certificateChanged', attempt: life.attempt, why: cause('outer-certificate-changed') })
    expect(life.times('closeChannel')).toHaveLength(1)
    life.pass(1_000)
    expect(life.state.kind).toBe('dialling')
  })

  it('closes in order on stop and stays down', () => {
    const life = established()
    const effects = life.feed({ kind: 'stop' })
    expect(effects).toContainEqual({ kind: 'closeChannel', graceful: true })
    life.feed({ kind: 'wake' })
    life.pass(24 * hour)
    expect(life.times('dial')).toHaveLength(1)
    life.feed({ kind: 'start' })
    expect(life.times('dial')).toHaveLength(2)
  })

  it.each([
    [0, 0, 100, 200],
    [Number.NaN, -1, 100, 200],
    [1e12, 1e15, 60_000, 600_000],
    [5_000, 15_000, 5_000, 15_000],
  ])('bounds what the gateway says of alive packets: %d and %d ms', (aliveMs, deadMs, alive, dead) => {
    const life = started()
    const { attempt } = life
    life.feed({ kind: 'dialled', attempt })
    life.feed({ kind: 'upgraded', attempt })
    life.feed({ kind: 'proved', attempt, terms: { ...terms, aliveMs, deadMs } })
    expect(life.state).toMatchObject({ terms: { aliveMs: alive, deadMs: dead } })
  })
})

describe('waking up', () => {
  it.each(['wake', 'networkChanged'] as const)('by %s asks at once whether the line lives', kind => {
    const life = established(answering)
    life.pass(7_000)
    const effects = life.feed({ kind })
    expect(effects).toContainEqual({ kind: 'sendPing', id: 1 })
    life.pass(6_000)
    expect(life.times('dial')).toHaveLength(1)
  })

  it('without an answer within 5 s takes the line for dead and dials at once', () => {
    const life = established()
    life.pass(7_000)
    const wokenAt = life.now
    life.feed({ kind: 'wake' })
    life.pass(1_000)
    life.feed({ kind: 'heard', attempt: life.attempt })
    life.feed({ kind: 'wake' })
    life.pass(3_999)
    expect(life.times('dial')).toHaveLength(1)
    life.pass(1)
    expect(life.times('closeChannel')).toEqual([wokenAt + 5_000])
    expect(life.times('dial').at(-1)).toBe(wokenAt + 5_000)
  })

  it('tries at once and then every 2 s for 30 s, and only then backs off', () => {
    const life = started(failing('dial-unreachable'))
    life.pass(6 * hour)
    const before = life.times('dial').length
    const wokenAt = life.now
    life.feed({ kind: 'wake' })
    life.pass(40_000)
    const tries = life
      .times('dial')
      .slice(before)
      .map(at => at - wokenAt)
    expect(tries.slice(0, 16)).toEqual(Array.from({ length: 16 }, (_, i) => i * 2_000))
    expect(gaps(tries.slice(15)).some(gap => gap !== 2_000)).toBe(true)
    life.pass(hour)
    expect(gaps(life.times('dial')).at(-1)).toBeGreaterThan(25_000)
  })

  it('abandons a dial that hangs on a network that is gone, but lets a handshake finish', () => {
    const dialling = started()
    dialling.pass(3_000)
    dialling.feed({ kind: 'networkChanged' })
    expect(dialling.times('abandon')).toHaveLength(1)
    expect(dialling.times('dial')).toHaveLength(2)
    const proving = started()
    proving.feed({ kind: 'dialled', attempt: 1 })
    proving.feed({ kind: 'upgraded', attempt: 1 })
    proving.pass(3_000)
    proving.feed({ kind: 'networkChanged' })
    expect(proving.times('abandon')).toHaveLength(0)
    proving.pass(5_000)
    expect(proving.times('abandon')).toHaveLength(1)
  })

  it('after a minute stopped (SIGSTOP) finds out by itself and dials at once', () => {
    const life = established(answering)
    life.pass(25_000)
    life.freeze(70_000)
    life.feed({ kind: 'tick' })
    expect(life.times('closeChannel')).toEqual([life.now])
    expect(life.times('dial').at(-1)).toBe(life.now)
  })

  it('does not steal a name back that another agent holds by then: it retries slowly', () => {
    let dials = 0
    const life = established((life, effect) => {
      if (effect.kind !== 'dial') return
      if (dials++ === 0) life.establish()
      else life.fail('name-in-use')
    })
    life.freeze(70_000)
    life.feed({ kind: 'tick' })
    expect(life.state).toMatchObject({ kind: 'waiting', why: { code: 'name-in-use' } })
    life.feed({ kind: 'wake' })
    life.feed({ kind: 'networkChanged' })
    const before = life.times('dial').length
    life.pass(59_999)
    expect(life.times('dial')).toHaveLength(before)
    life.pass(61_000)
    expect(life.times('dial')).toHaveLength(before + 1)
  })

  it('is noticed by the wall clock where the other one stands still during sleep', () => {
    const life = established()
    life.pass(15_000)
    life.feed({ kind: 'heard', attempt: life.attempt })
    life.suspend(8 * hour)
    life.pass(5_000)
    expect(life.times('sendPing')).toHaveLength(1)
    life.pass(5_000)
    expect(life.times('dial')).toHaveLength(2)
  })
})

describe('the retry schedule', () => {
  it('backs off from 1 s to 60 s with full jitter', () => {
    const life = started(failing('dial-refused'))
    life.chance = 0.999_999
    life.pass(10 * 60_000)
    const ceilings = gaps(life.times('dial')).map(gap => Math.round(gap / 1_000))
    expect(ceilings.slice(0, 9)).toEqual([1, 2, 4, 8, 16, 32, 60, 60, 60])
    const unlucky = started(failing('dial-refused'))
    unlucky.chance = 0
    unlucky.pass(10_000)
    expect(unlucky.times('dial').length).toBeLessThanOrEqual(41)
  })

  it.each(['password-refused', 'address-refused', 'tunnel-disabled', 'gateway-not-proven'] as const)(
    'tries %s at most every 5 min, also after wakes, and says that it needs the user',
    code => {
      for (const chance of [0, 0.999]) {
        const life = started(failing(code))
        life.chance = chance
        for (let i = 0; i < 600; i++) {
          life.pass(10_000)
          life.feed({ kind: i % 2 ? 'wake' : 'networkChanged' })
        }
        expect(life.state).toMatchObject({ kind: 'needsUser', why: { code } })
        expect(life.times('dial').length).toBeGreaterThan(15)
        expect(Math.min(...gaps(life.times('dial')))).toBeGreaterThanOrEqual(300_000)
      }
    },
  )

  it('lets the user try such an error once more within 5 min, however the wish is told', () => {
    const life = started(failing('password-refused'))
    for (let i = 0; i < 10; i++) {
      life.pass(1_000)
      life.feed({ kind: 'retryNow' })
      life.feed({ kind: 'stop' })
      life.feed({ kind: 'start' })
    }
    expect(life.times('dial')).toHaveLength(2)
    expect(life.state).toMatchObject({ kind: 'needsUser', why: { code: 'password-refused' } })
  })

  it('follows retryAfterMs of the gateway, within bounds', () => {
    for (const [asked, least] of [
      [30_000, 30_000],
      [1e15, 600_000],
    ] as const) {
      const life = started()
      life.fail('gateway-overloaded', asked)
      life.feed({ kind: 'wake' })
      life.pass(least - 1)
      expect(life.times('dial')).toHaveLength(1)
      life.pass(1_000)
      expect(life.times('dial')).toHaveLength(2)
    }
  })

  it.each(['not-a-gateway', 'captive-portal', 'proxy-login-page', 'proxy-refused'] as const)(
    'tries what another network’s boxes said (%s) again on the next network',
    code => {
      const life = started()
      life.fail(code)
      life.pass(10_000)
      expect(life.times('dial')).toHaveLength(1)
      life.feed({ kind: 'networkChanged' })
      expect(life.times('dial')).toHaveLength(2)
    },
  )
})
