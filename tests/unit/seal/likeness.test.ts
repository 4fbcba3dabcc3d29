/**
 * A wrong password and an unknown name look the same from outside: the same bytes but for chance, the same order and
 * end, the same work; and, as far as interleaved runs can tell, the same time.
 */
import { describe, expect, it } from 'vitest'
import { CurveQueue } from '../../../net/seal/index.ts'
import { Secret } from '../../../shared/secret.ts'
import { VirtualClock } from '../../support/virtual-clock.ts'
import { beginHandshake, messageLengths } from './handshake-ends.ts'

const attempts = {
  'wrong password': { name: 'srv', password: Secret.fromText('wrong') },
  'unknown name': { name: 'nox', password: Secret.fromText('right') },
} as const
type Attempt = keyof typeof attempts

/** One refused handshake, with the time from the gateway's first byte in to its closing. */
async function refusedAttempt(attempt: Attempt) {
  let jobs = 0
  const curveQueue = new CurveQueue(new VirtualClock())
  const run = curveQueue.run.bind(curveQueue)
  curveQueue.run = job => {
    jobs++
    return run(job)
  }
  const begun = process.hrtime.bigint()
  const { agent, gateway, pair, guesses } = beginHandshake({
    agent: attempts[attempt],
    gateway: { curveQueue },
  })
  const [ofAgent, ofGateway] = await Promise.all(
    [agent, gateway].map(side => side.catch((error: unknown) => error)),
  )
  const written = pair.written.byB()
  return {
    milliseconds: Number(process.hrtime.bigint() - begun) / 1e6,
    guesses: guesses.length,
    seen: {
      bytes: written.length,
      lengths: messageLengths(written, 3),
      status: written.subarray(2, 5).toString('hex'),
      end: (ofAgent as { code: string }).code,
      jobs,
    },
    log: (ofGateway as { code: string }).code,
  }
}

function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b)
  return sorted[sorted.length >> 1] ?? Number.NaN
}

/** The chance that a value of `a` is larger than one of `b`: 0.5 where they are alike (Mann-Whitney's U, normed). */
function superiority(a: readonly number[], b: readonly number[]): number {
  let larger = 0
  for (const x of a) for (const y of b) larger += x > y ? 1 : x === y ? 0.5 : 0
  return larger / (a.length * b.length)
}

describe('a wrong password and an unknown name', () => {
  it('are the same in lengths, order, end and work: M2, M4, no M6, no status', async () => {
    const [wrong, unknown] = [await refusedAttempt('wrong password'), await refusedAttempt('unknown name')]
    expect(wrong.seen).toEqual({
      bytes: 37 + 34,
      lengths: [35, 32],
      status: '000101',
      end: 'password-refused',
      jobs: 1,
    })
    expect(unknown.seen).toEqual(wrong.seen)
    expect([wrong.guesses, unknown.guesses]).toEqual([1, 1])
    expect([wrong.log, unknown.log]).toEqual(['password-refused', 'password-refused'])
  })

  it('take the same time', { timeout: 90_000 }, async () => {
    // A busy computer spoils one series; a difference that is there spoils all.
    let series = await timeSeries()
    for (let tries = 1; tries < 4 && !looksAlike(series); tries++) series = await timeSeries()
    expect(series).toSatisfy(looksAlike)
  })
})

async function timeSeries() {
  const times: Record<Attempt, number[]> = { 'wrong password': [], 'unknown name': [] }
  const warmUps = 30
  for (let round = 0; round < 230; round++) {
    // The order changes, so that neither always comes after the other's garbage.
    const order: Attempt[] =
      round % 2 === 0 ? ['wrong password', 'unknown name'] : ['unknown name', 'wrong password']
    for (const attempt of order) {
      const { milliseconds } = await refusedAttempt(attempt)
      if (round >= warmUps) times[attempt].push(milliseconds)
    }
  }
  return {
    ratio: median(times['wrong password']) / median(times['unknown name']),
    larger: superiority(times['wrong password'], times['unknown name']),
  }
}

/** 200 against 200: chance alone leaves 0.5 ± 0.03; the curve work left out on one side gives 0 or 1. */
function looksAlike({ ratio, larger }: { ratio: number; larger: number }): boolean {
  return ratio > 0.9 && ratio < 1 / 0.9 && larger > 0.4 && larger < 0.6
}
