/** 200 visitors at once for 30 s, with 50 WebSockets echoing beside them. */
import { once } from 'node:events'
import autocannon from 'autocannon'
import { afterEach, describe, expect, it } from 'vitest'
import { WebSocket } from 'ws'
import { stopAll } from '../support/programs.ts'
import { startScene } from './scene.ts'

/** Echoes without a pause until told to stop; how many came back right. */
async function echoing(url: string, label: string, isOver: () => boolean): Promise<number> {
  const socket = new WebSocket(`${url.replace('http', 'ws')}echo`)
  await once(socket, 'open')
  let count = 0
  while (!isOver()) {
    const text = `${label} ${count}`
    socket.send(text)
    const [data] = (await once(socket, 'message')) as [Buffer]
    if (data.toString() !== text) throw new Error(`sent "${text}", got "${data}"`)
    count++
  }
  socket.close()
  await once(socket, 'close')
  return count
}

describe('a crowd', () => {
  afterEach(stopAll)

  it('of 200 visitors for 30 s meets no error, and 50 WebSockets echo all the while', {
    timeout: 90_000,
  }, async ({ annotate }) => {
    const { url } = await startScene()
    let isOver = false
    const sockets = Promise.all(
      Array.from({ length: 50 }, (_, i) => echoing(url, `socket ${i}`, () => isOver)),
    )
    const result = await autocannon({ url, connections: 200, duration: 30 })
    isOver = true
    const echoes = await sockets
    const { requests, latency } = result
    const echoed = echoes.reduce((sum, count) => sum + count, 0)
    await annotate(
      `${requests.average.toFixed(0)} requests/s, p50 ${latency.p50} ms, p99 ${latency.p99} ms, ${echoed} echoes`,
    )
    expect({ errors: result.errors, timeouts: result.timeouts, non2xx: result.non2xx }).toEqual({
      errors: 0,
      timeouts: 0,
      non2xx: 0,
    })
    expect(result['2xx']).toBeGreaterThan(1_000)
    expect(Math.min(...echoes)).toBeGreaterThan(0)
  })
})
