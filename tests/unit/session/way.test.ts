/** What the machine makes of a proxy that goes and comes back. */
import { describe, expect, it } from 'vitest'
import type { ErrorCode } from '../../../shared/errors.ts'
import type { Effect } from '../../../shared/session/index.ts'
import { cause, established, Life } from './life.ts'

/** A world with one proxy: while it is down, attempts fail with `code` and looks find the way cut. */
function world(code: ErrorCode = 'proxy-unreachable', isDear = false) {
  const proxy = { isDown: true, looks: [] as number[], gatewayAnswers: true }
  const answer = (life: Life, effect: Effect) => {
    const { attempt } = life
    if (effect.kind === 'dial') {
      if (proxy.isDown) life.feed({ kind: 'failed', attempt, why: { ...cause(code), hop: 1 } })
      else if (proxy.gatewayAnswers) life.establish()
      else life.fail('proxy-far-side-failed')
    }
    if (effect.kind === 'lookAtWay') {
      proxy.looks.push(life.now)
      life.feed({ kind: 'wayLooked', attempt, isCut: proxy.isDown, isDear })
    }
    if (effect.kind === 'sendPing') life.feed({ kind: 'heard', attempt, pong: effect.id })
  }
  return { proxy, answer }
}

/** A session through the proxy that has just lost it, after so long. */
function cutOff(livedMs = 60_000, ...how: Parameters<typeof world>) {
  const { proxy, answer } = world(...how)
  proxy.isDown = false
  const life = established(answer)
  life.chance = 0.999
  life.pass(livedMs)
  proxy.isDown = true
  life.feed({ kind: 'channelClosed', attempt: life.attempt, why: cause('connection-lost') })
  return { life, proxy }
}

describe('a proxy that is down', () => {
  it.each([1_000, 10_000, 600_000, 86_400_000])(
    'for %i ms is used again within 3 s of its return',
    downMs => {
      const { life, proxy } = cutOff()
      life.pass(downMs)
      proxy.isDown = false
      life.pass(3_000)
      expect(life.state.kind).toBe('established')
    },
  )

  it('and hangs, so that attempts run into their deadline, is used again as soon', () => {
    const { life, proxy } = cutOff(60_000, 'proxy-hop-timeout')
    life.pass(100_000)
    // It returns behind the back of the last attempt.
    life.fail('proxy-hop-timeout')
    proxy.isDown = false
    life.pass(3_000)
    expect(life.state.kind).toBe('established')
  })

  it('does not end the back-off of the attempts', () => {
    const { life } = cutOff()
    life.pass(3_600_000)
    expect(life.times('dial').length).toBeLessThan(75)
  })

  it('is looked at every 1.25 to 2.5 s, at first sooner', () => {
    const { life, proxy } = cutOff()
    life.pass(60_000)
    const pauses = proxy.looks.slice(1).map((at, i) => at - (proxy.looks[i] ?? 0))
    expect(pauses[0]).toBeLessThanOrEqual(40)
    expect(Math.max(...pauses)).toBeLessThanOrEqual(2_500)
  })

  it('is looked at for 10 min only where a look takes a login; then once with each attempt', () => {
    const { life, proxy } = cutOff(60_000, 'proxy-unreachable', true)
    const lostAt = life.now
    life.pass(7_200_000)
    const attempts = life.times('dial')
    const between = proxy.looks.filter(look => !attempts.some(at => look >= at && look - at <= 100))
    expect(Math.max(...between) - lostAt).toBeGreaterThan(590_000)
    expect(Math.max(...between) - lostAt).toBeLessThan(603_000)
    proxy.isDown = false
    life.pass(60_000)
    expect(life.state.kind).toBe('established')
  })

  it('and flaps does not make the agent eager again and again for a gateway that is down', () => {
    const { life, proxy } = cutOff()
    proxy.gatewayAnswers = false
    for (let i = 0; i < 18_000; i++) {
      proxy.isDown = !proxy.isDown
      life.pass(100)
    }
    // Of the last 10 minutes: one eager time, and some of the back-off.
    const dials = life.times('dial').filter(at => at > life.now - 600_000)
    expect(dials.length).toBeLessThan(16 + 20)
  })

  it('and returns does not shorten what the gateway asked for', () => {
    let looks = 0
    const life = new Life((life, effect) => {
      if (effect.kind === 'lookAtWay')
        life.feed({ kind: 'wayLooked', attempt: life.attempt, isCut: ++looks < 3, isDear: false })
    })
    life.feed({ kind: 'start' })
    life.fail('connection-lost', 20_000)
    life.pass(19_999)
    expect(looks).toBe(3)
    expect(life.times('dial')).toHaveLength(1)
    life.pass(1)
    expect(life.times('dial')).toHaveLength(2)
  })
})

describe('a proxy that comes and goes', () => {
  it('is used again within 1 s of each return, however short the sessions were', () => {
    const { life, proxy } = cutOff()
    for (let i = 0; i < 100; i++) {
      life.pass(600)
      proxy.isDown = false
      life.pass(1_000)
      expect(life.state.kind).toBe('established')
      proxy.isDown = true
      life.feed({ kind: 'channelClosed', attempt: life.attempt, why: cause('connection-lost') })
    }
  })
})

describe('a way that is open', () => {
  it.each(['connection-lost', 'gateway-silent', 'proxy-closed', 'proxy-far-side-failed'] as const)(
    'is looked at three times after %s, and the back-off stays as it is',
    code => {
      const looks: number[] = []
      const life = new Life((life, effect) => {
        if (effect.kind === 'dial') life.fail(code)
        if (effect.kind === 'lookAtWay') {
          looks.push(life.now)
          life.feed({ kind: 'wayLooked', attempt: life.attempt, isCut: false, isDear: false })
        }
      })
      life.feed({ kind: 'start' })
      life.pass(3_600_000)
      expect(looks).toHaveLength(3 * life.times('dial').length)
      expect(life.times('dial').length).toBeLessThan(150)
    },
  )

  it.each([
    'password-refused',
    'proxy-auth-refused',
    'not-a-gateway',
    'name-in-use',
    'dial-refused',
  ] as const)('is not looked at after %s', code => {
    const life = new Life()
    life.feed({ kind: 'start' })
    life.fail(code)
    life.pass(30_000)
    expect(life.times('lookAtWay')).toEqual([])
  })

  it('that is looked at without an end keeps no attempt waiting', () => {
    const life = established()
    life.chance = 0.999
    life.pass(20_000)
    life.feed({ kind: 'channelClosed', attempt: life.attempt, why: cause('connection-lost') })
    life.pass(1_000)
    expect(life.times('dial')).toHaveLength(2)
  })
})
