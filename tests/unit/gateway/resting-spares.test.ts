/** Spares behind a box that cuts connections which rest: replaced at once, and soon before they are cut. */
import { type Duplex, duplexPair } from 'node:stream'
import { describe, expect, test } from 'vitest'
import { ConnectionPool } from '../../../gateway/tunnel/connection-pool.ts'
import { VirtualClock } from '../../support/virtual-clock.ts'

const limits = {
  maxConnections: 8,
  maxOpening: 8,
  maxWaiters: 8,
  sharePercent: 100,
  waitMs: 20_000,
  idleMs: 90_000,
  sparesMin: 2,
  sparesMax: 8,
  spareDecayMs: 30_000,
  spareRetryMs: 5_000,
}

/** A pool whose connections are there after 100 ms, and are cut after they have rested for `cutMs`. */
function behindBox(cutMs: number) {
  const clock = new VirtualClock()
  let [opened, cut] = [0, 0]
  const pool = new ConnectionPool({
    clock,
    exceeded: () => {},
    limits,
    open: () =>
      new Promise(resolve => {
        clock.after(100, () => {
          opened++
          const [socket, far]: [Duplex, Duplex] = duplexPair()
          far.on('error', () => {})
          clock.after(cutMs, () => {
            if (!socket.destroyed) cut++
            far.end()
          })
          resolve({ socket, endedInOrder: () => Promise.resolve(true) })
        })
      }),
  })
  pool.warm()
  return { clock, pool, counts: () => ({ opened, cut }) }
}

describe('spares behind a box that cuts what rests', () => {
  test('are there all the time, and are cut no more once that is known', async () => {
    const { clock, pool, counts } = behindBox(30_000)
    let least = 2
    for (let second = 0; second < 3_600; second++) {
      await clock.pass(1_000)
      if (pool.counts.idle + pool.counts.opening < 2) least = pool.counts.idle
    }
    expect(least).toBe(2)
    // The two first ones; from then on they are replaced after 24 s.
    expect(counts().cut).toBe(2)
    expect(counts().opened).toBeLessThan(2 * (3_600 / 23))
    pool.destroy()
  })

  test('for two minutes are replaced as ever', async () => {
    const { clock, pool, counts } = behindBox(120_000)
    await clock.pass(600_000)
    expect(counts().cut).toBe(0)
    expect(counts().opened).toBeLessThan(16)
    pool.destroy()
  })

  test('at once, as one that does not want them, are not opened again and again', async () => {
    const { clock, pool, counts } = behindBox(500)
    await clock.pass(600_000)
    expect(counts().opened).toBeLessThan(40)
    pool.destroy()
  })
})
