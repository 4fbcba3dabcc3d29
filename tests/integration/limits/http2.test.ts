/** What one HTTP/2 connection may do to the gateway, and that whoever keeps to it is served all the same. */
import { expect, onTestFinished } from 'vitest'
import type { Upstream } from '../../../gateway/upstream.ts'
import { bites } from '../../support/bites.ts'
import { DiallingUpstream } from '../../support/dialling-upstream.ts'
import { Http2Gateway } from '../../support/http2-gateway.ts'
import { ask, errorCodes, type Frame, frame, frameTypes } from '../../support/http2-raw-peer.ts'
import { goaway, isServed, ok, open } from '../../support/http2-trials.ts'
import { type RawPeer, RawTarget } from '../../support/raw-peer.ts'

bites(
  'http2Streams',
  'a connection has so many requests under way at once, and one more when one is answered',
  async () => {
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
  },
)

bites(
  'http2Streams',
  'one that asks for more at once than it was told is closed, and its next one is served',
  async () => {
    const { gateway } = await open({ http2Streams: 2 })
    const visitor = await gateway.rawVisitor()
    for (const stream of [1, 3, 5]) visitor.request(stream, ask('GET', 'x'))
    expect((await goaway(visitor)).payload.readUInt32BE(4)).toBe(errorCodes.protocolError)
    await visitor.closed
    await isServed(gateway)
  },
)

bites(
  'http2ResetBurst',
  'one that takes back more at once is closed (rapid reset), and its next one is served',
  async () => {
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
  },
)

bites(
  'http2ResetsPerMinute',
  'one that takes back more than that is closed, and one that takes its time is served',
  async () => {
    const afterAWhile = async (http2ResetsPerMinute: number) => {
      const { gateway } = await open({ http2ResetBurst: 50, http2ResetsPerMinute })
      const visitor = await gateway.rawVisitor()
      let stream = 1
      const takeBack = () => {
        for (const last = stream + 80; stream < last; stream += 2) {
          visitor.request(stream, ask('GET', 'x'))
          visitor.reset(stream)
        }
      }
      takeBack()
      // nghttp2 looks at the whole seconds of the system's clock, and at no other.
      await new Promise(resolve => setTimeout(resolve, 2_000))
      takeBack()
      return { gateway, visitor, stream }
    }
    const [many, few] = await Promise.all([afterAWhile(60), afterAWhile(6_000)])
    await many.visitor.closed
    await isServed(many.gateway)
    await isServed(few.gateway, few.visitor, few.stream)
  },
)

for (const [kind, make] of [
  ['PING', () => frame('ping', 0, 0, Buffer.alloc(8))],
  ['SETTINGS', () => frame('settings', 0, 0)],
] as const)
  bites(
    'http2ControlFramesPerMinute',
    `one that sends ${kind} all the time is closed, and may go on within the limit`,
    async () => {
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
    },
  )

bites(
  'http2InvalidFrames',
  'one that sends DATA with nothing in it all the time is closed, and its next one is served',
  async () => {
    const { gateway } = await open({ http2InvalidFrames: 50 })
    const visitor = await gateway.rawVisitor()
    visitor.request(1, ask('POST', ''), false)
    const target = await gateway.target.next()
    visitor.socket.write(Buffer.concat(Array.from({ length: 100 }, () => frame('data', 0, 1))))
    await visitor.closed
    await target.until(() => target.hasEnded)
    await isServed(gateway)
  },
)

bites(
  'http2InvalidFrames',
  'one that is malformed all the time is closed, and its next one is served',
  async () => {
    const { gateway } = await open({ http2InvalidFrames: 20 })
    const visitor = await gateway.rawVisitor()
    for (let stream = 1; stream < 100; stream += 2)
      visitor.request(stream, [...ask('GET', ''), ['connection', 'close']])
    await visitor.closed
    await isServed(gateway)
  },
)

bites(
  'http2MemoryBytes',
  'a connection has no more waiting than its memory, and new requests again when that is gone',
  async () => {
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
  },
)

bites(
  'http2WindowBytes',
  'an upload beyond it ends its connection, and one that waits for its window arrives whole',
  async () => {
    const limit = 30_000
    const target = await RawTarget.open()
    const real = new DiallingUpstream('t', target.port)
    onTestFinished(() => {
      real.destroy()
      return target.close()
    })
    // Until then nobody reads what is uploaded.
    let begin = () => {}
    const begun = new Promise<void>(resolve => {
      begin = resolve
    })
    const acquire: Upstream['acquire'] = async how => {
      await begun
      return real.acquire(how)
    }
    const gateway = await Http2Gateway.forTest({
      limits: { http2WindowBytes: limit },
      upstreams: [{ name: 't', target: real.target, acquire }],
    })
    const upload = async (bytes: number) => {
      const visitor = await gateway.rawVisitor()
      visitor.request(1, ask('POST', ''), false)
      for (let sent = 0; sent < bytes; sent += 10_000)
        visitor.data(1, 'x'.repeat(Math.min(10_000, bytes - sent)), false)
      visitor.send('ping', 0, 0, Buffer.alloc(8))
      await visitor.until(({ type }) => type === frameTypes.ping || type === frameTypes.goaway)
      return visitor
    }
    const tooMuch = await upload(limit + 1)
    expect(await tooMuch.outcome(1)).toBe(`goaway ${errorCodes.flowControlError}`)
    const patient = await upload(limit)
    expect(patient.frames.filter(({ stream }) => stream === 1)).toEqual([])
    begin()
    const isOpened = ({ type, stream }: Frame) => type === frameTypes.windowUpdate && stream === 1
    await patient.until(isOpened)
    patient.data(1, 'the rest')
    const served = await target.next()
    await served.until('the rest')
    served.send(ok)
    expect(await patient.endOf(1)).toBe('whole')
  },
)
