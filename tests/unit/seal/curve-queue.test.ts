/** The queue of curve work: one job a turn, a bound, a deadline. */
import { describe, expect, it } from 'vitest'
import { CurveQueue } from '../../../net/seal/curve-queue.ts'
import { VirtualClock } from '../../support/virtual-clock.ts'

const overloaded = expect.objectContaining({ code: 'gateway-overloaded' })

describe('the queue of curve work', () => {
  it('does one job a turn of the event loop, in order', async () => {
    const queue = new CurveQueue(new VirtualClock())
    const order: string[] = []
    const jobs = ['a', 'b', 'c'].map(name => queue.run(() => order.push(name)))
    const others = Array.from({ length: 3 }, () =>
      new Promise<void>(resolve => setImmediate(resolve)).then(() => order.push('other')),
    )
    expect(order).toEqual([])
    await Promise.all([...jobs, ...others])
    expect(order.filter(name => name !== 'other')).toEqual(['a', 'b', 'c'])
    expect(order.indexOf('b')).toBeGreaterThan(order.indexOf('other'))
  })

  it('refuses what goes beyond its bound, and takes more when there is room', async () => {
    const queue = new CurveQueue(new VirtualClock(), 2)
    const first = queue.run(() => 1)
    const second = queue.run(() => 2)
    expect(queue.isFull).toBe(true)
    await expect(queue.run(() => 3)).rejects.toEqual(overloaded)
    expect(await Promise.all([first, second])).toEqual([1, 2])
    expect(await queue.run(() => 4)).toBe(4)
  })

  it('refuses at once all whose turn came too late, without doing their work', async () => {
    const clock = new VirtualClock()
    const queue = new CurveQueue(clock, 256, 5_000)
    const done: number[] = []
    const late = Array.from({ length: 5 }, (_, i) =>
      queue.run(() => done.push(i)).catch((error: unknown) => error),
    )
    const passing = clock.pass(0)
    // The clock jumps before the first turn, as after a long stall.
    clock.now = () => 5_001
    await passing
    expect(await Promise.all(late)).toEqual(Array.from({ length: 5 }, () => overloaded))
    expect(done).toEqual([])
    expect(await queue.run(() => 'next')).toBe('next')
  })

  it('passes on what a job throws, and goes on', async () => {
    const queue = new CurveQueue(new VirtualClock())
    const fault = new Error('of the job')
    const failing = queue.run(() => {
      throw fault
    })
    const next = queue.run(() => 'fine')
    await expect(failing).rejects.toBe(fault)
    expect(await next).toBe('fine')
  })
})
