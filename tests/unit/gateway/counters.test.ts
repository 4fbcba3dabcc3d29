import { describe, expect, test } from 'vitest'
import { Admission } from '../../../gateway/control/admission.ts'
import { LimitReports } from '../../../gateway/control/limit-reports.ts'
import { SlidingWindows } from '../../../gateway/control/sliding-windows.ts'
import { gatewayLimits } from '../../../gateway/limits.ts'
import { silentLog } from '../../../shared/world.ts'
import { VirtualClock } from '../../support/virtual-clock.ts'

describe('sliding windows', () => {
  test('are full after the limit and have room again when the first one is a minute old', async () => {
    const clock = new VirtualClock()
    const windows = new SlidingWindows(clock, { limit: 2, spanMs: 60_000, maxKeys: 10 })
    windows.add('a')
    await clock.pass(20_000)
    windows.add('a')
    expect(windows.isFull('a')).toBe(true)
    expect(windows.isFull('b')).toBe(false)
    await clock.pass(39_999)
    expect(windows.isFull('a')).toBe(true)
    await clock.pass(1)
    expect(windows.isFull('a')).toBe(false)
  })

  test('forget keys by themselves and leave no timer', async () => {
    const clock = new VirtualClock()
    const windows = new SlidingWindows(clock, { limit: 2, spanMs: 60_000, maxKeys: 1000 })
    for (let i = 0; i < 500; i++) windows.add(`key ${i}`)
    await clock.pass(59_000)
    windows.add('late')
    await clock.pass(1_000)
    expect(windows.size).toBe(1)
    await clock.pass(120_000)
    expect(windows.size).toBe(0)
    expect(clock.waiting).toBe(0)
  })

  test('hold a bounded number of keys; the one that rested longest leaves', () => {
    const windows = new SlidingWindows(new VirtualClock(), { limit: 1, spanMs: 60_000, maxKeys: 2 })
    windows.add('a')
    windows.add('b')
    windows.add('a')
    windows.add('c')
    expect(windows.size).toBe(2)
    expect(['a', 'b', 'c'].map(key => windows.isFull(key))).toEqual([true, false, true])
  })

  test('a limit of nothing is always full', () => {
    const windows = new SlidingWindows(new VirtualClock(), { limit: 0, spanMs: 60_000, maxKeys: 2 })
    expect(windows.isFull('a')).toBe(true)
    windows.add('a')
    expect(windows.isFull('a')).toBe(true)
  })
})

function reportsTwin(clock: VirtualClock) {
  const lines: string[] = []
  const counted: string[] = []
  const log = {
    ...silentLog,
    warn: (fields: object) => void lines.push(JSON.stringify(fields)),
    info: (fields: object) => void lines.push(JSON.stringify(fields)),
  }
  const counter = {
    exceeded: (limit: string) => void counted.push(limit),
    refused: (what: string) => void counted.push(what),
  }
  return { reports: new LimitReports({ clock, log }, counter, 3), lines, counted }
}

describe('reports of exceeded limits', () => {
  test('count each and log one a minute for an address', async () => {
    const clock = new VirtualClock()
    const { reports, lines, counted } = reportsTwin(clock)
    for (let i = 0; i < 5; i++) reports.exceeded('x', '192.0.2.7', 'too many')
    reports.exceeded('x', '192.0.2.8', 'too many')
    reports.exceeded('y', '192.0.2.7', 'too many')
    expect(counted).toHaveLength(7)
    expect(lines).toHaveLength(3)
    expect(lines[0]).toContain('too many')
    await clock.pass(60_000)
    reports.exceeded('x', '192.0.2.7', 'too many')
    expect(lines).toHaveLength(4)
  })

  test('remember a bounded number of addresses and none in the end', async () => {
    const clock = new VirtualClock()
    const { reports, lines, counted } = reportsTwin(clock)
    for (let i = 0; i < 100; i++) reports.refused('x', `192.0.2.${i}`, 'garbage')
    expect(counted).toHaveLength(100)
    expect(lines).toHaveLength(3)
    await clock.pass(120_000)
    expect(clock.waiting).toBe(0)
  })
})

function admissionTwin(overrides: Parameters<typeof gatewayLimits>[0]) {
  const clock = new VirtualClock()
  const { reports, counted } = reportsTwin(clock)
  return { clock, counted, admission: new Admission(gatewayLimits(overrides), clock, reports) }
}

describe('admission', () => {
  test('unfinished handshakes are bounded for an address and in all, and end', () => {
    const { admission, counted } = admissionTwin({
      unfinishedHandshakesPerAddress: 2,
      unfinishedHandshakes: 3,
    })
    const first = admission.begin('192.0.2.7')
    expect(admission.begin('192.0.2.7')).toBeDefined()
    expect(admission.begin('192.0.2.7')).toBeUndefined()
    expect(admission.begin('192.0.2.8')).toBeDefined()
    expect(admission.begin('192.0.2.9')).toBeUndefined()
    expect(counted).toEqual(['unfinished-handshakes-of-address', 'unfinished-handshakes'])
    first?.end()
    first?.end()
    expect(admission.unfinished).toBe(2)
    expect(admission.begin('192.0.2.9')).toBeDefined()
  })

  test('after ten wrong passwords for a name an address may not guess it for a minute; other names and addresses may', async () => {
    const { admission, clock } = admissionTwin({})
    for (let i = 0; i < 10; i++) {
      const attempt = admission.begin('192.0.2.7')
      expect(attempt?.mayGuess('srv')).toBe(true)
      attempt?.guessFailed('srv')
      attempt?.end()
    }
    expect(admission.begin('192.0.2.7')?.mayGuess('srv')).toBe(false)
    expect(admission.begin('192.0.2.7')?.mayGuess('other')).toBe(true)
    expect(admission.begin('192.0.2.8')?.mayGuess('srv')).toBe(true)
    await clock.pass(60_000)
    expect(admission.begin('192.0.2.7')?.mayGuess('srv')).toBe(true)
  })

  test('guesses under way at the same time count too, so that many at once are not many guesses', () => {
    const { admission } = admissionTwin({})
    const attempts = Array.from({ length: 30 }, () => admission.begin('192.0.2.7'))
    expect(attempts.filter(attempt => attempt?.guessBegins('srv'))).toHaveLength(10)
    for (const attempt of attempts) attempt?.end()
    expect(admission.begin('192.0.2.7')?.guessBegins('srv')).toBe(true)
  })

  test('who opens connections without guessing keeps nobody out', () => {
    const { admission } = admissionTwin({})
    for (let i = 0; i < 100; i++) expect(admission.begin('192.0.2.7')?.mayGuess('srv')).toBe(true)
    const agent = admission.begin('192.0.2.7')
    expect([agent?.mayGuess('srv'), agent?.guessBegins('srv')]).toEqual([true, true])
  })

  test('right passwords do not count', () => {
    const { admission } = admissionTwin({})
    for (let i = 0; i < 100; i++) {
      const attempt = admission.begin('192.0.2.7')
      expect([attempt?.mayGuess('srv'), attempt?.guessBegins('srv')]).toEqual([true, true])
      attempt?.end()
    }
  })

  test('sixty wrong passwords from a /64 stop it for all names', () => {
    const { admission, counted } = admissionTwin({})
    for (let i = 0; i < 60; i++) {
      const attempt = admission.begin(`2001:db8::${i.toString(16)}`)
      expect(attempt?.mayGuess(`name${i}`)).toBe(true)
      attempt?.guessFailed(`name${i}`)
      attempt?.end()
    }
    expect(admission.begin('2001:db8::ffff')?.mayGuess('new')).toBe(false)
    expect(admission.begin('2001:db8:0:1::1')?.mayGuess('new')).toBe(true)
    expect(counted).toEqual(['failed-guesses-of-address'])
  })
})
