/** Limits of visitors' connections and requests: whoever met one is served again, at the same tunnel, from the same address. */
import type { Socket } from 'node:net'
import { afterEach, beforeEach, expect, onTestFinished } from 'vitest'
import type { VisitorLimits } from '../../../gateway/http/limits.ts'
import type { Upstream, UpstreamConnection } from '../../../gateway/upstream.ts'
import { bites } from '../../support/bites.ts'
import { DiallingUpstream } from '../../support/dialling-upstream.ts'
import { type RawPeer, RawTarget } from '../../support/raw-peer.ts'
import { VirtualClock } from '../../support/virtual-clock.ts'
import { VisitorGateway } from '../../support/visitor-gateway.ts'

const get = (path = '', headers = '') => `GET /~~t/${path} HTTP/1.1\r\nHost: gw\r\n${headers}\r\n`
const post = (headers: string, body = '') => `POST /~~t/ HTTP/1.1\r\nHost: gw\r\n${headers}\r\n${body}`
const upgrade = get('', 'Connection: Upgrade\r\nUpgrade: echo\r\n')
const switched = 'HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: echo\r\n\r\n'

let clock: VirtualClock
let gateway: VisitorGateway
let targets: RawTarget
beforeEach(async () => {
  clock = new VirtualClock()
  await limitedTo({})
})
afterEach(() => gateway.close())

async function limitedTo(limits: Partial<VisitorLimits>): Promise<void> {
  await gateway?.close()
  gateway = await VisitorGateway.open({ clock, limits })
  targets = gateway.target
}

/** Up to the target, which has the whole head. */
async function exchange(request: string, allowHalfOpen = false) {
  const visitor = await gateway.visitor(allowHalfOpen)
  visitor.send(request)
  const target = await targets.next()
  await target.until('\r\n\r\n')
  return { visitor, target }
}

/** The next visitor from this address gets what it asked for. */
async function served(): Promise<void> {
  const { visitor, target } = await exchange(get('after'))
  expect(target.received).toMatch(/^GET \/after /)
  target.send('HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\nok')
  await visitor.until(/^HTTP\/1\.1 200 OK[\s\S]*ok$/)
}

bites('headBytes', 'a head that is larger gets 431, and the next visitor is served', async () => {
  await limitedTo({ headBytes: 2_000 })
  const visitor = await gateway.visitor()
  visitor.send(get('', `X: ${'x'.repeat(2_000)}\r\n`))
  await visitor.until('HTTP/1.1 431 ')
  await visitor.closed
  await served()
})

bites('headMs', 'a head that comes byte by byte gets 408, and the next visitor is served', async () => {
  await limitedTo({ headMs: 200 })
  const visitor = await gateway.visitor()
  const text = get()
  const drip = setInterval(() => visitor.send(text[visitor.socket.bytesWritten] ?? ''), 20)
  await visitor.until('HTTP/1.1 408 ').finally(() => clearInterval(drip))
  await visitor.closed
  await served()
})

bites('keepAliveIdleMs', 'a connection that rests is closed, and a new one is served', async () => {
  await limitedTo({ keepAliveIdleMs: 100 })
  const { visitor, target } = await exchange(get())
  target.send('HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\nok')
  await visitor.until('ok')
  expect(await visitor.closed).toBe('end')
  await served()
})

bites('pipelinedRequests', 'one request too many ends the connection, and the next is served', async () => {
  await limitedTo({ pipelinedRequests: 2 })
  const { visitor } = await exchange(get())
  visitor.send(get().repeat(3))
  await visitor.closed
  await served()
})

bites('uploadIdleMs', 'an upload that stops gets 408, and the next visitor is served', async () => {
  const { visitor, target } = await exchange(post('Content-Length: 10\r\n', 'abc'))
  await target.until('abc')
  await clock.pass(59_999)
  expect(visitor.received).toBe('')
  await clock.pass(1)
  await visitor.until('HTTP/1.1 408 ')
  await served()
})

bites('stalledVisitorMs', 'one that does not read is cut off, and the next visitor is served', async () => {
  const sockets: Socket[] = []
  gateway.server.on('connection', socket => sockets.push(socket))
  const { visitor, target } = await exchange(get())
  const size = 64 * 1024 * 1024
  target.send(`HTTP/1.1 200 OK\r\nContent-Length: ${size}\r\n\r\n`)
  await visitor.until('\r\n\r\n')
  visitor.socket.pause()
  target.socket.write(Buffer.alloc(size))
  // Until nothing moves any more, each piece that goes begins the deadline anew.
  await expect
    .poll(async () => {
      await clock.pass(120_000)
      return sockets[0]?.destroyed
    })
    .toBe(true)
  visitor.socket.destroy()
  await served()
})

/** The first connection to the target is one of these, those after it are as ever. */
async function firstConnection(
  first: (real: DiallingUpstream, how: Parameters<Upstream['acquire']>[0]) => Promise<UpstreamConnection>,
): Promise<void> {
  await gateway.close()
  targets = await RawTarget.open()
  const real = new DiallingUpstream('t', targets.port)
  let isFirst = true
  const acquire: Upstream['acquire'] = how => {
    if (!isFirst) return real.acquire(how)
    isFirst = false
    return first(real, how)
  }
  gateway = await VisitorGateway.open({ clock, upstreams: [{ name: 't', target: real.target, acquire }] })
  const own = targets
  onTestFinished(() => {
    real.destroy()
    return own.close()
  })
}

bites('acquireMs', 'a connection that does not come is 504, and the next visitor is served', async () => {
  let isAsked = false
  await firstConnection(() => {
    isAsked = true
    return new Promise(() => {})
  })
  const visitor = await gateway.visitor()
  visitor.send(get())
  await expect.poll(() => isAsked).toBe(true)
  await clock.pass(20_000)
  await visitor.until('HTTP/1.1 504 ')
  await served()
})

bites('answerMs', 'a target that says nothing is 504, and the next visitor is served', async () => {
  const { visitor } = await exchange(get())
  await clock.pass(119_999)
  expect(visitor.received).toBe('')
  await clock.pass(1)
  await visitor.until('HTTP/1.1 504 ')
  await served()
})

bites('answerHeadBytes', 'an answer with a larger head is 502, and the next visitor is served', async () => {
  await limitedTo({ answerHeadBytes: 2_000 })
  const { visitor, target } = await exchange(get())
  target.send(`HTTP/1.1 200 OK\r\nX: ${'x'.repeat(2_000)}\r\n\r\n`)
  await visitor.until('HTTP/1.1 502 ')
  await served()
})

bites('interimAnswers', 'one too many buys no more patience, and the next visitor is served', async () => {
  await limitedTo({ interimAnswers: 2 })
  const { visitor, target } = await exchange(get())
  for (const word of ['one', 'two', 'three']) {
    await clock.pass(100_000)
    target.send(`HTTP/1.1 102 Processing\r\nX: ${word}\r\n\r\n`)
    if (word !== 'three') await visitor.until(`X: ${word}`)
  }
  await clock.pass(20_000)
  await visitor.until('HTTP/1.1 504 ')
  expect(visitor.received).not.toContain('X: three')
  await served()
})

bites('endedInOrderMs', 'an end nobody vouches for is a cut, and the next visitor is served', async () => {
  let isAsked = false
  const neverSays = () => {
    isAsked = true
    return new Promise<boolean>(() => {})
  }
  await firstConnection(async (real, how) => {
    const line = await real.acquire(how)
    return {
      ...{ socket: line.socket, isReused: false, endedInOrder: neverSays },
      ...{ release: () => line.release(), destroy: () => line.destroy() },
    }
  })
  const { visitor, target } = await exchange(get())
  target.send('HTTP/1.1 200 OK\r\n\r\nwhole?')
  await visitor.until('whole?')
  target.socket.end()
  let ending: string | undefined
  void visitor.closed.then(how => (ending = how))
  await expect.poll(() => isAsked).toBe(true)
  await clock.pass(9_999)
  expect(ending).toBeUndefined()
  await clock.pass(1)
  expect(await visitor.closed).toBe('reset')
  await served()
})

bites('earlyBytes', 'more before an upgrade waits at the visitor, and then arrives whole', async () => {
  await limitedTo({ earlyBytes: 1_000 })
  const sockets: Socket[] = []
  gateway.server.on('connection', socket => sockets.push(socket))
  const early = 'x'.repeat(20 * 1024 * 1024)
  const { visitor, target } = await exchange(upgrade + early)
  await expect.poll(() => sockets[0]?.isPaused()).toBe(true)
  expect(sockets[0]?.bytesRead).toBeLessThan(early.length / 2)
  target.send(switched)
  await target.until(received => received.length > early.length)
  await visitor.until('101')
  await served()
})

bites('halfClosedMs', 'an upgraded one half closed and at rest ends, and the next is served', async () => {
  const { visitor, target } = await exchange(upgrade, true)
  target.send(switched)
  await visitor.until('\r\n\r\n')
  visitor.socket.end()
  await target.until(() => target.hasEnded)
  await clock.pass(60_000)
  await visitor.closed
  await served()
})

bites('lingerMs', 'one that sends on after its last answer is cut, and the next is served', async () => {
  const visitor: RawPeer = await gateway.visitor(true)
  visitor.send('garbage\r\n\r\n')
  await visitor.until(() => visitor.hasEnded)
  expect(visitor.received).toMatch(/^HTTP\/1\.1 400 /)
  visitor.send('and more')
  expect(visitor.socket.destroyed).toBe(false)
  await clock.pass(5_000)
  // It learns so when it sends again.
  const drip = setInterval(() => visitor.send('and more'), 5)
  await visitor.closed.finally(() => clearInterval(drip))
  await served()
})
