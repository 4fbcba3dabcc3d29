import { describe, expect, test } from 'vitest'
import { RequestRates } from '../../../gateway/http/request-rates.ts'
import { gatewayLimits } from '../../../gateway/limits.ts'
import { VirtualClock } from '../../support/virtual-clock.ts'

function ratesTwin(limits: Partial<ReturnType<typeof gatewayLimits>> = {}) {
  const clock = new VirtualClock()
  return { clock, rates: new RequestRates(clock, gatewayLimits(limits)) }
}

/** How many of so many at once are served. */
function served(rates: RequestRates, count: number, address = '192.0.2.1'): number {
  return Array.from({ length: count }, () => rates.take(address)).filter(wait => wait === undefined).length
}

describe('rates of requests', () => {
  test('let by default a page of 2000 modules be loaded every four seconds, for as long as one likes', async () => {
    const { clock, rates } = ratesTwin()
    for (let i = 0; i < 100; i++) {
      expect(served(rates, 2_000)).toBe(2_000)
      await clock.pass(4_000)
    }
  })

  test('let by default an office of 390 begin its day: a hundred requests each within a minute', async () => {
    const { clock, rates } = ratesTwin()
    for (let second = 0; second < 60; second++) {
      expect(served(rates, 650)).toBe(650)
      await clock.pass(1_000)
    }
  })

  test('bound by default whoever never rests to 500 a second', async () => {
    const { clock, rates } = ratesTwin()
    served(rates, 10_000)
    let sum = 0
    for (let i = 0; i < 100; i++) {
      await clock.pass(100)
      sum += served(rates, 1_000)
    }
    expect(sum).toBe(5_000)
  })

  test('forget who has rested', async () => {
    const { clock, rates } = ratesTwin({ requestBurstPerAddress: 60, requestsPerAddressPerMinute: 60 })
    for (let i = 0; i < 500; i++) rates.take(`192.0.${i % 250}.${i}`)
    await clock.pass(60_000)
    rates.take('198.51.100.1')
    expect(rates.size).toBe(1)
    expect(clock.waiting).toBe(0)
  })

  test('with a rate of nothing the burst is all there ever is, and nobody is told to wait longer than a minute', async () => {
    const { clock, rates } = ratesTwin({ requestBurstPerAddress: 2, requestsPerAddressPerMinute: 0 })
    expect(served(rates, 5)).toBe(2)
    await clock.pass(86_400_000)
    expect(rates.take('192.0.2.1')).toBe(60_000)
  })

  test('with a burst of nothing serve nobody', () => {
    const { rates } = ratesTwin({ requestBurstPerAddress: 0 })
    expect(served(rates, 5)).toBe(0)
  })
})
