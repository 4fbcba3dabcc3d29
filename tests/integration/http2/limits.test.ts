/** What one HTTP/2 connection may do to the gateway, and that whoever keeps to it is served all the same. */
import { describe, expect, test } from 'vitest'
import { silentCounters } from '../../../gateway/http/counters.ts'
import { Http2Gateway, type Http2GatewayOptions } from '../../support/http2-gateway.ts'
import {
  ask,
  errorCodes,
  flags,
  frame,
  frameTypes,
  type Http2RawPeer,
  literals,
} from '../../support/http2-raw-peer.ts'
import type { RawPeer } from '../../support/raw-peer.ts'
import { VirtualClock } from '../../support/virtual-clock.ts'

const ok = 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok'

async function open(limits: Http2GatewayOptions['limits'] = {}) {
  const clock = new VirtualClock()
  const violations: string[] = []
  const gateway = await Http2Gateway.forTest({
    clock,
    ...(limits === undefined ? {} : { limits }),
    counters: { ...silentCounters, protocolViolation: reason => void violations.push(reason) },
  })
  return { gateway, clock, violations }
}

/** It is served as if nothing were. */
async function isServed(gateway: Http2Gateway, visitor?: Http2RawPeer, stream = 1): Promise<void> {
  const peer = visitor ?? (await gateway.rawVisitor())
  peer.request(stream, ask('GET', 'served'))
  const target = await askedFor(gateway, 'served')
  target.send(ok)
  expect(await peer.endOf(stream)).toBe('whole')
  gateway.upstream.destroy()
}

/** Connections of requests that were taken back have ended. */
async function askedFor(gateway: Http2Gateway, path: string): Promise<RawPeer> {
  for (;;) {
    const target = await gateway.target.next()
    await target.until(
      () => target.received.includes('\r\n\r\n') || target.hasEnded || target.socket.destroyed,
    )
    if (target.received.startsWith(`GET /${path} `)) return target
  }
}

const goaway = (peer: Http2RawPeer) => peer.until(({ type }) => type === frameTypes.goaway)

describe('one HTTP/2 connection', () => {
  test('has so many requests under way at once, and one more when one is answered', async () => {
    const { gateway } = await open({ http2Streams: 2 })
    const visitor = await gateway.visitor()
    for (const path of ['a', 'b', 'c']) visitor.request({ ':path': `/~~t/${path}` }).resume()
    const first = await gateway.target.next()
    const second = await gateway.target.next()
    await Promise.all([first.until('\r\n\r\n'), second.until('\r\n\r\n')])
    expect(gateway.side.activeRequests).toBe(2)
    first.send(ok)
    await first.until('GET /c ')
    visitor.destroy()
  })

  test('that asks for more at once than it was told is closed', async () => {
    const { gateway } = await open({ http2Streams: 2 })
    const visitor = await gateway.rawVisitor()
    for (const stream of [1, 3, 5]) visitor.request(stream, ask('GET', 'x'))
    expect((await goaway(visitor)).payload.readUInt32BE(4)).toBe(errorCodes.protocolError)
    await visitor.closed
    await isServed(gateway)
  })

  test('gets 431 for a head over 16 KiB, and an answer for the next one', async () => {
    const { gateway, violations } = await open()
    const visitor = await gateway.visitor()
    const large = visitor.request({ ':path': '/~~t/', 'x-large': 'x'.repeat(17_000) })
    const status = await new Promise(resolve => large.once('response', head => resolve(head[':status'])))
    expect(status).toBe(431)
    expect(violations).toEqual(['head-too-large'])
    const fine = visitor.request({ ':path': '/~~t/', 'x-large': 'x'.repeat(15_000) })
    const target = await gateway.target.next()
    await target.until('\r\n\r\n')
    target.send(ok)
    expect(await new Promise(resolve => fine.once('response', head => resolve(head[':status'])))).toBe(200)
    visitor.destroy()
  })

  test('may have as many cookies in fields of their own as fit into a head', async () => {
    const { gateway } = await open()
    const visitor = await gateway.rawVisitor()
    visitor.request(1, [
      ...ask('GET', ''),
      ...Array.from({ length: 400 }, (_, at): [string, string] => ['cookie', `c${at}=x`]),
    ])
    const target = await gateway.target.next()
    await target.until('\r\n\r\n')
    expect(target.received).toContain('; c399=x\r\n')
  })

  test('whose head has no end is closed before it takes memory', async () => {
    const { gateway } = await open()
    const visitor = await gateway.rawVisitor()
    visitor.send('headers', flags.endStream, 1, literals(ask('GET', '')))
    for (let count = 0; count < 2_000 && !visitor.isClosed; count++)
      visitor.send('continuation', 0, 1, literals([['x-more', 'y'.repeat(1_000)]]))
    await visitor.closed
    await isServed(gateway)
  })

  test('that takes back requests all the time is closed (rapid reset)', async () => {
    const { gateway, violations } = await open({ http2ResetBurst: 50, http2ResetsPerMinute: 60 })
    const visitor = await gateway.rawVisitor()
    for (let stream = 1; stream < 400; stream += 2) {
      visitor.request(stream, ask('GET', 'x'))
      visitor.reset(stream)
    }
    await goaway(visitor)
    await visitor.closed
    expect(violations).toEqual(['http2-protocol'])
    expect(gateway.side.activeRequests).toBe(0)
    await isServed(gateway)
  })

  test('may take back as many requests as a page that is left does', async () => {
    const { gateway } = await open({ http2ResetBurst: 50, http2ResetsPerMinute: 60 })
    const visitor = await gateway.rawVisitor()
    for (let stream = 1; stream < 80; stream += 2) {
      visitor.request(stream, ask('GET', 'x'))
      visitor.reset(stream)
    }
    await isServed(gateway, visitor, 81)
  })

  test.each([
    ['PING', () => frame('ping', 0, 0, Buffer.alloc(8))],
    ['SETTINGS', () => frame('settings', 0, 0)],
  ])('that sends %s all the time is closed, and may go on within the limit', async (_, make) => {
    const { gateway, clock, violations } = await open({ http2ControlFramesPerMinute: 50 })
    const visitor = await gateway.rawVisitor()
    visitor.request(1, ask('GET', ''))
    await gateway.target.next()
    const send = async (count: number) => {
      const before = visitor.frames.length
      visitor.socket.write(Buffer.concat(Array.from({ length: count }, make)))
      // All of them were answered.
      await visitor.until(() => visitor.frames.length >= before + count)
    }
    await send(40)
    await clock.pass(60_000)
    await send(40)
    expect(violations).toEqual([])
    visitor.socket.write(Buffer.concat(Array.from({ length: 40 }, make)))
    const end = await goaway(visitor)
    expect(end.payload.readUInt32BE(4)).toBe(errorCodes.enhanceYourCalm)
    await visitor.closed
    expect(violations).toEqual(['http2-control-frames'])
    await isServed(gateway)
  })

  test('that sends DATA with nothing in it all the time is closed', async () => {
    const { gateway } = await open({ http2InvalidFrames: 50 })
    const visitor = await gateway.rawVisitor()
    visitor.request(1, ask('POST', ''), false)
    const target = await gateway.target.next()
    visitor.socket.write(Buffer.concat(Array.from({ length: 100 }, () => frame('data', 0, 1))))
    await visitor.closed
    await target.until(() => target.hasEnded)
    await isServed(gateway)
  })

  test('that is malformed all the time is closed', async () => {
    const { gateway } = await open({ http2InvalidFrames: 20 })
    const visitor = await gateway.rawVisitor()
    for (let stream = 1; stream < 100; stream += 2)
      visitor.request(stream, [...ask('GET', ''), ['connection', 'close']])
    await visitor.closed
    await isServed(gateway)
  })

  test('has no more waiting than its memory, and new requests again when that is gone', async () => {
    const { gateway } = await open({ http2MemoryBytes: 1_000_000 })
    const visitor = await gateway.rawVisitor()
    const waiting: RawPeer[] = []
    let coming: Promise<RawPeer> | undefined
    /** False where the request was refused. */
    const isTaken = async (stream: number) => {
      visitor.request(stream, ask('GET', 'large'))
      const refused = visitor.until(one => one.stream === stream && one.type === frameTypes.rstStream)
      coming ??= gateway.target.next()
      coming.catch(() => {})
      const outcome = await Promise.race([coming, refused])
      if ('payload' in outcome) {
        expect(outcome.payload.readUInt32BE(0)).toBe(errorCodes.refusedStream)
        return false
      }
      coming = undefined
      refused.catch(() => {})
      await outcome.until('\r\n\r\n')
      outcome.send(`HTTP/1.1 200 OK\r\nContent-Length: 6553600\r\n\r\n${'x'.repeat(200_000)}`)
      waiting.push(outcome)
      return true
    }
    for (let round = 0, stream = 1; round < 3; round++) {
      const first = stream
      while (await isTaken(stream)) stream += 2
      expect(stream - first).toBeGreaterThan(10)
      expect(stream - first).toBeLessThan(200)
      for (; stream > first; stream -= 2) visitor.reset(stream - 2)
      await Promise.all(waiting.map(one => one.until(() => one.hasEnded || one.socket.destroyed)))
      stream = first + 300
    }
  })
})

describe('a deadline of an HTTP/2 connection', () => {
  test('closes one that never asks for anything after 15 s', async () => {
    const { gateway, clock } = await open()
    const visitor = await gateway.rawVisitor()
    await clock.pass(14_000)
    expect(visitor.isClosed).toBe(false)
    await clock.pass(1_000)
    expect((await goaway(visitor)).payload.readUInt32BE(4)).toBe(errorCodes.noError)
    await visitor.closed
  })

  test('closes one whose first head never ends, too', async () => {
    const { gateway, clock } = await open()
    const visitor = await gateway.rawVisitor()
    visitor.send('headers', flags.endStream, 1, literals(ask('GET', '')))
    await clock.pass(15_000)
    await visitor.closed
  })

  test('closes one that rests for 65 s, and none that is served', async () => {
    const { gateway, clock } = await open()
    const visitor = await gateway.rawVisitor()
    await isServed(gateway, visitor)
    await clock.pass(60_000)
    visitor.request(3, ask('GET', ''))
    const target = await gateway.target.next()
    await target.until('\r\n\r\n')
    target.send('HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n')
    await visitor.until(({ stream, type }) => stream === 3 && type === frameTypes.headers)
    await clock.pass(86_400_000)
    target.send('0\r\n\r\n')
    expect(await visitor.endOf(3)).toBe('whole')
    await clock.pass(64_000)
    expect(visitor.isClosed).toBe(false)
    await clock.pass(1_000)
    await visitor.closed
  })

  test('ends an upload that stops with 408 after 60 s', async () => {
    const { gateway, clock } = await open()
    const visitor = await gateway.visitor()
    const stream = visitor.request({ ':path': '/~~t/', ':method': 'POST' })
    stream.write('abc')
    const target = await gateway.target.next()
    await target.until('abc')
    const status = new Promise(resolve => stream.once('response', head => resolve(head[':status'])))
    await clock.pass(60_000)
    expect(await status).toBe(408)
    await target.until(() => target.hasEnded)
    visitor.destroy()
  })

  test('takes the back-connection from one that never opens its window, after 120 s', async () => {
    const { gateway, clock } = await open()
    const visitor = await gateway.rawVisitor()
    visitor.request(1, ask('GET', ''))
    const target = await gateway.target.next()
    await target.until('\r\n\r\n')
    target.send(`HTTP/1.1 200 OK\r\nContent-Length: 10000000\r\n\r\n${'x'.repeat(10_000_000)}`)
    await visitor.until(() => visitor.bodyOf(1).length === 65_535)
    for (let round = 0; gateway.side.activeRequests > 0 && round < 1000; round++) await clock.pass(120_000)
    expect(await visitor.endOf(1)).toBe(`reset ${errorCodes.internalError}`)
    expect(gateway.upstream.openConnections).toBe(0)
    visitor.openWindow(0, 1_000)
    await isServed(gateway, visitor, 3)
  })

  test('forgets a small answer that is never read, too', async () => {
    const { gateway, clock } = await open()
    const visitor = await gateway.rawVisitor()
    visitor.request(1, ask('GET', 'large'))
    const target = await gateway.target.next()
    await target.until('\r\n\r\n')
    target.send(`HTTP/1.1 200 OK\r\nContent-Length: 70000\r\n\r\n${'x'.repeat(70_000)}`)
    await visitor.until(() => visitor.bodyOf(1).length === 65_535)
    for (let round = 0; gateway.side.activeRequests > 0 && round < 1000; round++) await clock.pass(120_000)
    expect(await visitor.endOf(1)).toMatch(/^reset/)
  })
})
