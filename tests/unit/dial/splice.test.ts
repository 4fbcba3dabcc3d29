/** Two joined sockets: order, half-closes, breaking off, deadlines, and memory. */
import { once } from 'node:events'
import { type AddressInfo, connect, createServer, type Socket } from 'node:net'
import { describe, expect, it, onTestFinished } from 'vitest'
import { resetTcp } from '../../../net/dial/index.ts'
import { type SpliceOptions, splice } from '../../../net/splice.ts'
import { VirtualClock } from '../../support/virtual-clock.ts'

/** A pair of connected TCP sockets, both half-open. */
async function pair(): Promise<[Socket, Socket]> {
  const server = createServer({ allowHalfOpen: true })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  const accepted = once(server, 'connection') as Promise<[Socket]>
  const client = connect({ port, host: '127.0.0.1', allowHalfOpen: true })
  const [[peer]] = await Promise.all([accepted, once(client, 'connect')])
  server.close()
  for (const socket of [client, peer]) {
    socket.on('error', () => {})
    onTestFinished(() => void socket.destroy())
  }
  return [client, peer]
}

const side = (stream: Socket) => ({ stream, reset: () => resetTcp(stream) })

async function spliced(options: Partial<SpliceOptions> = {}) {
  const [left, a] = await pair()
  const [right, b] = await pair()
  const clock = new VirtualClock()
  return { left, right, clock, joined: splice(side(a), side(b), { clock, ...options }) }
}

async function text(socket: Socket): Promise<string> {
  let all = ''
  for await (const chunk of socket) all += String(chunk)
  return all
}

describe('a splice', () => {
  it('carries both directions, keeps half-closes, and ends in order', async () => {
    const { left, right, clock, joined } = await spliced()
    left.end('question')
    expect(await text(right)).toBe('question')
    right.end('answer after your end')
    expect(await text(left)).toBe('answer after your end')
    expect(await joined.ended).toBe('order')
    expect(joined.bytes).toEqual({ fromA: 8, fromB: 21 })
    expect(clock.waiting).toBe(0)
  })

  it('carries what was waiting before it began', async () => {
    const [left, a] = await pair()
    const [right, b] = await pair()
    left.write('early')
    await once(a, 'readable')
    splice(side(a), side(b), { clock: new VirtualClock() })
    const [data] = await once(right, 'data')
    expect(String(data)).toBe('early')
  })

  it.each(['left', 'right'] as const)('breaks off the other side when the %s one is reset', async who => {
    const scene = await spliced()
    const other = who === 'left' ? scene.right : scene.left
    other.resume()
    const broke = once(other, 'error')
    scene[who].resetAndDestroy()
    expect((await broke)[0]).toMatchObject({ code: 'ECONNRESET' })
    expect(await scene.joined.ended).toBe(who === 'left' ? 'a' : 'b')
  })

  it('tells the end of the back side before the front is ended, and whether it was in order', async () => {
    const told: boolean[] = []
    const inOrder = await spliced({ onBackEnd: order => told.push(order) })
    inOrder.left.on('end', () => expect(told).toEqual([true]))
    inOrder.right.end('bye')
    await text(inOrder.left)
    const broken = await spliced({ onBackEnd: order => told.push(order) })
    broken.right.resetAndDestroy()
    await broken.joined.ended
    expect(told).toEqual([true, false])
  })

  it('half-closed is dropped when nothing has moved for 60 s, and not before', async () => {
    const { left, right, clock, joined } = await spliced()
    left.end()
    right.resume()
    await once(right, 'end')
    await clock.pass(59_000)
    right.write('still here')
    await once(left, 'data')
    await clock.pass(59_000)
    expect(left.destroyed).toBe(false)
    await clock.pass(1_000)
    expect(await joined.ended).toBe('idle')
  })

  it('is dropped by its owner at once, however often asked', async () => {
    const { left, right, joined } = await spliced()
    left.resume()
    right.resume()
    const closed = Promise.all(
      [left, right].map(socket => new Promise<void>(resolve => socket.on('close', () => resolve()))),
    )
    joined.destroy()
    joined.destroy()
    expect(await joined.ended).toBe('owner')
    await closed
  })

  it('ends at once when a side was closed before', async () => {
    const [, a] = await pair()
    const [right, b] = await pair()
    a.destroy()
    right.resume()
    expect(await splice(side(a), side(b), { clock: new VirtualClock() }).ended).toBe('a')
  })

  it('stops reading while the other side does not take it', async () => {
    const { left, right, joined } = await spliced()
    right.pause()
    const chunk = Buffer.alloc(64 * 1024, 1)
    let isFull = false
    while (!isFull)
      isFull = await new Promise<boolean>(resolve => {
        const late = setTimeout(() => resolve(true), 300)
        left.write(chunk, () => {
          clearTimeout(late)
          resolve(false)
        })
      })
    expect(joined.bytes.fromA).toBeLessThan(64 * 2 ** 20)
    right.resume()
    left.end()
    await once(right, 'end')
    expect(joined.bytes.fromA).toBe(left.bytesWritten)
  }, 30_000)
})
