import { type Duplex, duplexPair } from 'node:stream'
import { setImmediate as turn } from 'node:timers/promises'
import { describe, expect, test } from 'vitest'
import { ConnectionPool, type PoolLimits } from '../../../gateway/tunnel/connection-pool.ts'
import type { OpenedConnection } from '../../../gateway/tunnel/pooled-connection.ts'
import type { AcquireOptions } from '../../../gateway/upstream.ts'
import { TildegateError } from '../../../shared/errors.ts'
import { VirtualClock } from '../../support/virtual-clock.ts'

const limits: PoolLimits = {
  maxConnections: 4,
  maxOpening: 3,
  maxWaiters: 5,
  sharePercent: 100,
  waitMs: 20_000,
  idleMs: 90_000,
  sparesMin: 0,
  sparesMax: 0,
  spareDecayMs: 30_000,
  spareRetryMs: 5_000,
}

/** A pool whose connections a test opens, refuses and ends by hand. */
function poolTwin(overrides: Partial<PoolLimits> = {}) {
  const clock = new VirtualClock()
  const wanted: { arrive(): Duplex; refuse(cause: Error): void }[] = []
  const exceeded: string[] = []
  const pool = new ConnectionPool({
    clock,
    exceeded: limit => exceeded.push(limit),
    limits: { ...limits, ...overrides },
    open: () =>
      new Promise<OpenedConnection>((resolve, reject) => {
        wanted.push({
          arrive() {
            const [socket, far] = duplexPair()
            far.on('error', () => {})
            resolve({ socket, endedInOrder: () => Promise.resolve(true) })
            return far
          },
          refuse: reject,
        })
      }),
  })
  const acquire = (options: Partial<AcquireOptions> = {}) =>
    pool.acquire({ fresh: false, signal: new AbortController().signal, address: '192.0.2.7', ...options })
  /** Lets all that was asked for arrive. */
  const arriveAll = async () => {
    const far = wanted.splice(0).map(one => one.arrive())
    await turn()
    return far
  }
  return { clock, wanted, pool, exceeded, acquire, arriveAll }
}

const code = (expected: string) => expect.objectContaining({ code: expected }) as Error

describe('the connections of a tunnel', () => {
  test('a released connection is used again, the last one first, and says that it was', async () => {
    const { acquire, arriveAll, wanted } = poolTwin()
    const waiting = [acquire(), acquire()]
    await arriveAll()
    const [a, b] = await Promise.all(waiting)
    expect([a?.isReused, b?.isReused]).toEqual([false, false])
    a?.release()
    b?.release()
    const again = await acquire()
    expect(again.socket).toBe(b?.socket)
    expect(again.isReused).toBe(true)
    expect(wanted).toHaveLength(0)
  })

  test('a fresh one is newly opened though an idle one is there', async () => {
    const { acquire, arriveAll } = poolTwin()
    const first = acquire()
    await arriveAll()
    ;(await first).release()
    const fresh = acquire({ fresh: true })
    await arriveAll()
    expect((await fresh).socket).not.toBe((await first).socket)
    expect((await fresh).isReused).toBe(false)
  })

  test('a fresh one is had even when idle ones fill the pool', async () => {
    const { acquire, arriveAll, pool } = poolTwin({ maxConnections: 1 })
    const first = acquire()
    await arriveAll()
    ;(await first).release()
    const fresh = acquire({ fresh: true })
    await arriveAll()
    expect((await fresh).isReused).toBe(false)
    expect(pool.counts).toEqual({ idle: 0, busy: 1, opening: 0, waiting: 0 })
  })

  test.each([
    ['sends unasked bytes', (far: Duplex) => far.write('HTTP/1.1 200 OK\r\n')],
    ['ends', (far: Duplex) => far.end()],
    ['breaks', (far: Duplex) => far.destroy()],
  ])('an idle connection that %s is never used again', async (_, disturb) => {
    const { acquire, arriveAll, pool } = poolTwin()
    const first = acquire()
    const [far] = await arriveAll()
    const used = await first
    used.release()
    if (far) disturb(far)
    await turn()
    await turn()
    expect(pool.counts.idle).toBe(0)
    expect(used.socket.destroyed).toBe(true)
    const second = acquire()
    await arriveAll()
    expect((await second).socket).not.toBe(used.socket)
  })

  test('bytes that came with the last answer keep a connection from being used again', async () => {
    const { acquire, arriveAll, pool } = poolTwin()
    const first = acquire()
    const [far] = await arriveAll()
    const used = await first
    far?.write('more than was asked for')
    await turn()
    used.socket.read(0)
    await turn()
    used.release()
    await turn()
    expect(pool.counts).toMatchObject({ idle: 0, busy: 0 })
    expect(used.socket.destroyed).toBe(true)
  })

  test('bytes that come after it is lent again reach the borrower', async () => {
    const { acquire, arriveAll } = poolTwin()
    const first = acquire()
    const [far] = await arriveAll()
    ;(await first).release()
    await turn()
    const again = await acquire()
    far?.write('answer')
    await turn()
    expect(String(again.socket.read())).toBe('answer')
  })

  test('a request that waits is woken by a released connection', async () => {
    const { acquire, arriveAll, pool } = poolTwin({ maxConnections: 1 })
    const first = acquire()
    await arriveAll()
    const second = acquire()
    await turn()
    expect(pool.counts).toMatchObject({ opening: 0, waiting: 1 })
    ;(await first).release()
    expect((await second).socket).toBe((await first).socket)
  })

  test('a request that waits is woken by the end of another connection', async () => {
    const { acquire, arriveAll, pool } = poolTwin({ maxConnections: 1 })
    const first = acquire()
    await arriveAll()
    const second = acquire()
    ;(await first).destroy()
    expect(pool.counts.opening).toBe(1)
    await arriveAll()
    expect((await second).isReused).toBe(false)
  })

  test('those who wait are served in the order they came', async () => {
    const { acquire, wanted } = poolTwin()
    const served: number[] = []
    for (const at of [0, 1, 2]) void acquire().then(() => served.push(at))
    for (const one of wanted.splice(0)) {
      one.arrive()
      await turn()
    }
    expect(served).toEqual([0, 1, 2])
  })

  test('who has the fewest connections is first, and a crowd from one address is not', async () => {
    const { acquire, wanted } = poolTwin({ maxOpening: 6, maxConnections: 6, maxWaiters: 6 })
    const served: string[] = []
    for (const [at, address] of ['a', 'a', 'a', 'b', 'c', 'b'].entries())
      void acquire({ address }).then(() => served.push(`${address}${at}`))
    for (const one of wanted.splice(0)) {
      one.arrive()
      await turn()
    }
    expect(served).toEqual(['a0', 'b3', 'c4', 'a1', 'b5', 'a2'])
  })

  test('one who aborts leaves at once, and what was opened for it rests for the next', async () => {
    const { acquire, arriveAll, pool } = poolTwin()
    const leaving = new AbortController()
    const gone = acquire({ signal: leaving.signal })
    leaving.abort(new Error('the visitor left'))
    await expect(gone).rejects.toThrow('the visitor left')
    expect(pool.counts.waiting).toBe(0)
    await arriveAll()
    expect(pool.counts.idle).toBe(1)
  })

  test('one whose signal is aborted already opens nothing', async () => {
    const { acquire, pool } = poolTwin()
    await expect(acquire({ signal: AbortSignal.abort(new Error('left')) })).rejects.toThrow('left')
    expect(pool.counts.opening).toBe(0)
  })

  test('the queue is bounded: one too many gets busy at once', async () => {
    const { acquire, exceeded } = poolTwin({ maxWaiters: 2 })
    const waiting = [acquire(), acquire()]
    await expect(acquire()).rejects.toEqual(code('tunnel-busy'))
    expect(exceeded).toEqual(['maxWaiters'])
    for (const one of waiting) one.catch(() => {})
  })

  test('waiting has an end: busy when the tunnel is full, timeout when a connection does not come', async () => {
    const { acquire, arriveAll, clock, exceeded } = poolTwin({ maxConnections: 1 })
    const first = acquire()
    await arriveAll()
    await first
    const full = expect(acquire()).rejects.toEqual(code('tunnel-busy'))
    await clock.pass(20_000)
    await full
    expect(exceeded).toEqual(['maxConnections'])
    ;(await first).destroy()
    const slow = expect(acquire()).rejects.toEqual(code('back-connection-timeout'))
    await clock.pass(20_000)
    await slow
  })

  test('a failed opening is told to the one who waits longest; the others go on waiting for theirs', async () => {
    const { acquire, wanted } = poolTwin()
    const first = acquire()
    const second = acquire()
    wanted[1]?.refuse(new TildegateError('back-connection-refused', { reason: 'dial' }))
    await expect(first).rejects.toEqual(code('back-connection-refused'))
    wanted[0]?.arrive()
    expect((await second).isReused).toBe(false)
  })

  test('never more are opened at once, or open in all, than the limits say', async () => {
    const { acquire, arriveAll, wanted, pool } = poolTwin({ maxWaiters: 100 })
    const waiting = Array.from({ length: 10 }, () => acquire())
    for (const one of waiting) one.catch(() => {})
    expect(wanted).toHaveLength(3)
    await arriveAll()
    expect(wanted).toHaveLength(1)
    await arriveAll()
    expect(pool.counts).toEqual({ idle: 0, busy: 4, opening: 0, waiting: 6 })
  })

  test('an idle connection is closed after its time, and leaves no timer', async () => {
    const { acquire, arriveAll, clock, pool } = poolTwin()
    const first = acquire()
    await arriveAll()
    ;(await first).release()
    await clock.pass(89_000)
    expect(pool.counts.idle).toBe(1)
    await clock.pass(1_000)
    expect(pool.counts.idle).toBe(0)
    expect((await first).socket.destroyed).toBe(true)
    await clock.pass(60_000)
    expect(clock.waiting).toBe(0)
  })
})

describe('the share of one address', () => {
  const shared = { maxConnections: 4, maxOpening: 4, maxWaiters: 8, sharePercent: 50 }
  const crowd = '192.0.2.1'

  /** One address has its share, two of four. */
  async function fullShare(overrides: Partial<PoolLimits> = {}) {
    const twin = poolTwin({ ...shared, ...overrides })
    const pair = [twin.acquire({ address: crowd }), twin.acquire({ address: crowd })]
    await twin.arriveAll()
    return { ...twin, held: await Promise.all(pair) }
  }

  test('is never exceeded, opens nothing more for it, and leaves the rest to others', async () => {
    const { acquire, arriveAll, wanted, pool, held } = await fullShare()
    const waiting = [acquire({ address: crowd }), acquire({ address: crowd })]
    expect(wanted).toHaveLength(0)
    const others = [acquire(), acquire()]
    await arriveAll()
    await Promise.all(others)
    expect(pool.counts).toEqual({ idle: 0, busy: 4, opening: 0, waiting: 2 })
    held[0]?.release()
    expect((await waiting[0])?.socket).toBe(held[0]?.socket)
    held[1]?.destroy()
    await arriveAll()
    expect((await waiting[1])?.isReused).toBe(false)
  })

  test('counts one that wants a fresh connection, and idle ones are not for who has its share', async () => {
    const { acquire, arriveAll, wanted, pool, held } = await fullShare()
    const other = acquire()
    await arriveAll()
    ;(await other).release()
    const waiting = [acquire({ address: crowd }), acquire({ address: crowd, fresh: true })]
    expect(wanted).toHaveLength(0)
    expect(pool.counts).toEqual({ idle: 1, busy: 2, opening: 0, waiting: 2 })
    held[0]?.destroy()
    expect((await waiting[0])?.socket).toBe((await other).socket)
    held[1]?.destroy()
    await arriveAll()
    expect((await waiting[1])?.isReused).toBe(false)
  })

  test('holds for the queue too: one too many is busy at once, and others still find a place', async () => {
    const { acquire, exceeded, pool } = await fullShare()
    for (let at = 0; at < 4; at++) acquire({ address: crowd }).catch(() => {})
    await expect(acquire({ address: crowd })).rejects.toEqual(code('tunnel-busy'))
    expect(exceeded).toEqual(['share'])
    for (let at = 0; at < 4; at++) acquire().catch(() => {})
    expect(pool.counts).toMatchObject({ opening: 4 - 2, waiting: 8 })
  })

  test('ends the waiting of one that finds no room in time with busy, for this limit', async () => {
    const { acquire, clock, exceeded } = await fullShare()
    const late = expect(acquire({ address: crowd })).rejects.toEqual(code('tunnel-busy'))
    await clock.pass(20_000)
    await late
    expect(exceeded).toEqual(['share'])
  })

  test('is free again however its connections end, and nothing is left to count', async () => {
    const { acquire, arriveAll, pool, held } = await fullShare()
    held[0]?.release()
    held[0]?.destroy()
    held[1]?.destroy()
    held[1]?.release()
    await turn()
    for (let round = 0; round < 3; round++) {
      const pair = [acquire({ address: crowd }), acquire({ address: crowd })]
      await arriveAll()
      for (const one of await Promise.all(pair)) one.destroy()
    }
    expect(pool.counts).toEqual({ idle: 0, busy: 0, opening: 0, waiting: 0 })
  })

  test('is at least one connection, and follows the number of all', async () => {
    const { acquire, arriveAll } = poolTwin({ maxConnections: 1, sharePercent: 1 })
    const only = acquire()
    await arriveAll()
    await only
    const large = poolTwin({ ...shared, maxConnections: 8, maxOpening: 8, maxWaiters: 16 })
    for (let at = 0; at < 4; at++) large.acquire({ address: crowd }).catch(() => {})
    expect(large.wanted).toHaveLength(4)
    large.acquire({ address: crowd }).catch(() => {})
    await large.arriveAll()
    expect(large.pool.counts).toEqual({ idle: 0, busy: 4, opening: 0, waiting: 1 })
  })

  test('those for whom idle ones that died were meant are served by the next, each once', async () => {
    const { acquire, arriveAll, pool, held } = await fullShare()
    const others = [acquire(), acquire()]
    const far = await arriveAll()
    for (const other of await Promise.all(others)) other.release()
    const waiting = acquire({ address: crowd })
    // The one that would be taken first is dead, and nobody has noticed yet.
    far[1]?.destroy()
    held[0]?.destroy()
    await arriveAll()
    await waiting
    await turn()
    expect(pool.counts.waiting).toBe(0)
    expect(pool.counts.busy).toBe(2)
  })
})

describe('warm spares', () => {
  test('two are opened ahead, stay two at rest, and are renewed when their time is over', async () => {
    const { clock, wanted, pool, arriveAll } = poolTwin({ sparesMin: 2, sparesMax: 8 })
    pool.warm()
    expect(wanted).toHaveLength(2)
    await arriveAll()
    await clock.pass(89_000)
    expect(wanted).toHaveLength(0)
    await clock.pass(1_000)
    expect(wanted).toHaveLength(2)
    await arriveAll()
    expect(pool.counts.idle).toBe(2)
  })

  test('one that is taken is replaced, without the request waiting', async () => {
    const { pool, acquire, arriveAll, wanted } = poolTwin({ sparesMin: 2, sparesMax: 8 })
    pool.warm()
    await arriveAll()
    await acquire()
    expect(wanted).toHaveLength(1)
  })

  test('they become more while requests have to wait, up to their limit, and are given back at rest', async () => {
    const roomy = { sparesMin: 1, sparesMax: 3, maxConnections: 100, maxOpening: 100, maxWaiters: 100 }
    const { pool, acquire, arriveAll, clock, wanted } = poolTwin(roomy)
    const used = Array.from({ length: 10 }, () => acquire())
    while (wanted.length > 0) await arriveAll()
    expect(pool.counts).toMatchObject({ busy: 10, idle: 3 })
    for (const one of used) (await one).destroy()
    await clock.pass(120_000)
    while (wanted.length > 0) await arriveAll()
    expect(pool.counts).toMatchObject({ busy: 0, idle: 1 })
  })

  test('one that cannot be opened is tried again after a growing pause, not at once', async () => {
    const { pool, wanted, clock } = poolTwin({ sparesMin: 1, sparesMax: 1 })
    pool.warm()
    const attempts: number[] = []
    for (let second = 0; second < 300; second++) {
      for (const one of wanted.splice(0)) {
        attempts.push(second)
        one.refuse(new Error('no route'))
      }
      await clock.pass(1_000)
    }
    expect(attempts).toEqual([0, 5, 15, 35, 75, 135, 195, 255])
  })

  test('one that the other side closes at once is not opened again at once', async () => {
    const { pool, wanted, arriveAll, clock } = poolTwin({ sparesMin: 1, sparesMax: 1 })
    pool.warm()
    const [far] = await arriveAll()
    far?.destroy()
    await turn()
    await turn()
    expect(pool.counts).toMatchObject({ idle: 0, opening: 0 })
    expect(wanted).toHaveLength(0)
    await clock.pass(5_000)
    expect(wanted).toHaveLength(1)
  })
})

describe('the end of a pool', () => {
  test('close: idle ones end, those in use go on until they are released, those who wait are told', async () => {
    const { pool, acquire, arriveAll, clock } = poolTwin({ maxConnections: 2 })
    const pair = [acquire(), acquire()]
    await arriveAll()
    const [busy, idle] = await Promise.all(pair)
    idle?.release()
    const late = expect(acquire({ fresh: true })).rejects.toEqual(code('tunnel-offline'))
    pool.close()
    await late
    await expect(acquire()).rejects.toEqual(code('tunnel-offline'))
    expect(idle?.socket.destroyed).toBe(true)
    expect(busy?.socket.destroyed).toBe(false)
    const emptied = pool.emptied()
    busy?.release()
    await emptied
    expect(busy?.socket.destroyed).toBe(true)
    await clock.pass(0)
    expect(clock.waiting).toBe(0)
  })

  test('destroy: all end now', async () => {
    const { pool, acquire, arriveAll } = poolTwin()
    const first = acquire()
    await arriveAll()
    pool.destroy(new Error('silent'))
    expect((await first).socket.destroyed).toBe(true)
    await pool.emptied()
    expect(pool.counts).toEqual({ idle: 0, busy: 0, opening: 0, waiting: 0 })
  })

  test('what arrives after the end is closed', async () => {
    const { pool, acquire, wanted } = poolTwin()
    const gone = expect(acquire()).rejects.toEqual(code('tunnel-offline'))
    pool.close()
    await gone
    const far = wanted[0]?.arrive()
    await turn()
    await turn()
    expect(far?.readableEnded || far?.destroyed || far?.read() === null).toBe(true)
    expect(pool.counts).toMatchObject({ idle: 0, busy: 0 })
  })
})
