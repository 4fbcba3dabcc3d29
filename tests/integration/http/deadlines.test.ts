/** What is waited for, and for how long; and that nobody's slowness becomes the gateway's memory. */
import type { Socket } from 'node:net'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { FinishedRequest } from '../../../gateway/http/counters.ts'
import type { Upstream } from '../../../gateway/upstream.ts'
import { type ErrorCode, TildegateError } from '../../../shared/errors.ts'
import { VirtualClock } from '../../support/virtual-clock.ts'
import { VisitorGateway } from '../../support/visitor-gateway.ts'

const get = (path = '', headers = '') => `GET /~~t/${path} HTTP/1.1\r\nHost: gw\r\n${headers}\r\n`
const post = (headers: string, body = '') => `POST /~~t/ HTTP/1.1\r\nHost: gw\r\n${headers}\r\n${body}`

let clock: VirtualClock
let gateway: VisitorGateway
const finished: [tunnel: string | undefined, request: FinishedRequest][] = []
const counters = {
  requestStarted() {},
  requestFinished: (tunnel: string | undefined, request: FinishedRequest) =>
    void finished.push([tunnel, request]),
  protocolViolation() {},
  surplus() {},
  untrustedFront() {},
}
beforeEach(async () => {
  clock = new VirtualClock()
  finished.length = 0
  gateway = await VisitorGateway.open({ clock, counters })
})
afterEach(() => gateway.close())

async function exchange(request: string) {
  const visitor = await gateway.visitor()
  visitor.send(request)
  const target = await gateway.target.next()
  await target.until('\r\n\r\n')
  return { visitor, target }
}

describe('a deadline', () => {
  test('ends the wait for an answer with 504 after 120 s', async () => {
    const { visitor, target } = await exchange(get())
    await clock.pass(119_000)
    expect(visitor.received).toBe('')
    await clock.pass(1_000)
    await visitor.until('HTTP/1.1 504 ')
    await target.until(() => target.hasEnded)
  })

  test('begins anew with 102', async () => {
    const { visitor, target } = await exchange(get())
    await clock.pass(100_000)
    target.send('HTTP/1.1 102 Processing\r\n\r\n')
    await visitor.until('102 Processing')
    await clock.pass(100_000)
    target.send('HTTP/1.1 204 No Content\r\n\r\n')
    await visitor.until('204 No Content')
  })

  test('does not hold for an answer that has begun', async () => {
    const { visitor, target } = await exchange(get())
    target.send('HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n')
    await visitor.until('\r\n\r\n')
    await clock.pass(86_400_000)
    target.send('1\r\nx\r\n')
    await visitor.until('1\r\nx\r\n')
  })

  test('ends an upload that stops with 408 after 60 s', async () => {
    const { visitor, target } = await exchange(post('Content-Length: 10\r\n', 'abc'))
    await target.until('abc')
    await clock.pass(59_000)
    visitor.send('d')
    await target.until('abcd')
    await clock.pass(59_000)
    expect(visitor.received).toBe('')
    await clock.pass(1_000)
    await visitor.until('HTTP/1.1 408 ')
    await target.until(() => target.hasEnded)
  })

  test('blames the target where the visitor waits for 100', async () => {
    const { visitor } = await exchange(post('Content-Length: 10\r\nExpect: 100-continue\r\n'))
    await clock.pass(120_000)
    await visitor.until('HTTP/1.1 504 ')
  })

  test('ends an upload that the target does not read with 504', async () => {
    const { visitor, target } = await exchange(post('Content-Length: 500000000\r\n'))
    target.socket.pause()
    const piece = 'x'.repeat(1_000_000)
    let isFlowing = true
    while (isFlowing) {
      isFlowing = visitor.socket.write(piece) || (await drained(visitor.socket))
    }
    await passUntil(() => visitor.received !== '')
    await visitor.until('HTTP/1.1 504 ')
  })

  test('ends a head that comes slowly with 408', async () => {
    await gateway.close()
    gateway = await VisitorGateway.open({ limits: { headMs: 200 } })
    const visitor = await gateway.visitor()
    visitor.send('GET /~~t/ HTTP/1.1\r\nHo')
    await visitor.until('HTTP/1.1 408 ')
    await visitor.closed
  })
})

/** On a busy computer the last bytes may still move when the clock does, and begin a deadline anew. */
async function passUntil(condition: () => boolean): Promise<void> {
  for (let round = 0; !condition() && round < 1000; round++) await clock.pass(120_000)
  expect(condition()).toBe(true)
}

/** False when nothing moves any more. */
function drained(socket: NodeJS.EventEmitter): Promise<boolean> {
  return new Promise(resolve => {
    const timer = setTimeout(() => settle(false), 300)
    const onDrain = () => settle(true)
    const settle = (value: boolean) => {
      clearTimeout(timer)
      socket.off('drain', onDrain)
      resolve(value)
    }
    socket.once('drain', onDrain)
  })
}

describe('a visitor that does not read', () => {
  const served: Socket[] = []
  beforeEach(() => {
    served.length = 0
    gateway.server.on('connection', socket => served.push(socket))
  })

  test('makes the target wait, and the gateway keeps next to nothing', async () => {
    const { visitor, target } = await exchange(get())
    visitor.socket.pause()
    const size = 200 * 1024 * 1024
    target.send(`HTTP/1.1 200 OK\r\nContent-Length: ${size}\r\n\r\n`)
    const piece = Buffer.alloc(1024 * 1024)
    const before = process.memoryUsage()
    let sent = 0
    while (sent < size) {
      sent += piece.length
      if (!target.socket.write(piece) && !(await drained(target.socket))) break
    }
    // Kernel buffers take some MiB each; the rest waits with the target.
    expect(sent).toBeLessThan(size / 4)
    const after = process.memoryUsage()
    const kept = after.arrayBuffers + after.external - before.arrayBuffers - before.external
    expect(kept).toBeLessThan(8 * 1024 * 1024)
    expect(served).toHaveLength(1)
    expect(served[0]?.writableLength).toBeLessThan(1024 * 1024)
    // And it is not waited for forever.
    const closed = visitor.closed
    await passUntil(() => served[0]?.destroyed === true)
    visitor.socket.resume()
    await closed
    await target.until(() => target.hasEnded || target.socket.destroyed)
    expect(finished.at(-1)?.[1].isBroken).toBe(true)
  })
  test('gets everything once it reads', async () => {
    const { visitor, target } = await exchange(get())
    visitor.socket.pause()
    const body = Buffer.alloc(20 * 1024 * 1024, 'abcdefg')
    target.send(`HTTP/1.1 200 OK\r\nContent-Length: ${body.length}\r\n\r\n`)
    target.socket.write(body)
    await drained(target.socket)
    visitor.socket.resume()
    await visitor.until(text => text.length > body.length)
    expect(Buffer.from(visitor.received.slice(-body.length), 'latin1').equals(body)).toBe(true)
  })
})

describe('getting a connection', () => {
  const upstream = (acquire: Upstream['acquire']): Upstream => ({
    name: 't',
    target: { scheme: 'http', authority: 'x', base: '/', keepsHost: false },
    acquire,
  })
  const visitorOf = async (acquire: Upstream['acquire']) => {
    await gateway.close()
    gateway = await VisitorGateway.open({ clock, counters, upstreams: [upstream(acquire)] })
    const visitor = await gateway.visitor()
    visitor.send(get())
    return visitor
  }

  test('that takes longer than 20 s is 504, and one that comes later is closed', async () => {
    let give: (connection: never) => void = () => {}
    let destroyed = false
    let aborted: AbortSignal | undefined
    const visitor = await visitorOf(({ signal }) => {
      aborted = signal
      return new Promise(resolve => {
        give = resolve
      })
    })
    while (aborted === undefined) await clock.pass(0)
    await clock.pass(20_000)
    await visitor.until('HTTP/1.1 504 ')
    expect(aborted.aborted).toBe(true)
    give({ destroy: () => (destroyed = true) } as never)
    await clock.pass(0)
    expect(destroyed).toBe(true)
  })

  test('is given up when the visitor leaves', async () => {
    let aborted: AbortSignal | undefined
    const visitor = await visitorOf(({ signal }) => {
      aborted = signal
      return new Promise(() => {})
    })
    while (aborted === undefined) await clock.pass(0)
    const left = new Promise(resolve => aborted?.addEventListener('abort', resolve))
    visitor.socket.destroy()
    await left
    await gateway.side.close()
  })

  const pages: [code: ErrorCode, status: number][] = [
    ['tunnel-offline', 404],
    ['tunnel-busy', 503],
    ['back-connection-refused', 502],
    ['back-connection-timeout', 504],
    ['target-refused', 502],
    ['target-timeout', 504],
    ['internal', 500],
  ]
  test.each(pages)('that fails with %s is a page with %i', async (code, status) => {
    const visitor = await visitorOf(() => Promise.reject(new TildegateError(code)))
    await visitor.until('</html>')
    expect(visitor.received).toMatch(new RegExp(`^HTTP/1.1 ${status} `))
    expect(visitor.received.includes('\r\nRetry-After: 5\r\n')).toBe(status === 503)
    visitor.send(get())
    await visitor.until(new RegExp(`</html>[\\s\\S]*HTTP/1.1 ${status} `))
  })

  test('that fails in an unexpected way is a page with 500', async () => {
    const visitor = await visitorOf(() => Promise.reject(new Error('secret detail')))
    await visitor.until('</html>')
    expect(visitor.received).toMatch(/^HTTP\/1\.1 500 /)
    expect(visitor.received).not.toContain('secret detail')
  })
})

describe('the counters', () => {
  test('hear of each request with its tunnel, status and bytes', async () => {
    const { visitor, target } = await exchange(post('Content-Length: 3\r\n', 'abc'))
    target.send('HTTP/1.1 201 Created\r\nContent-Length: 5\r\n\r\nhello')
    await visitor.until('hello')
    visitor.send(`GET /~~unknown/ HTTP/1.1\r\nHost: gw\r\n\r\n`)
    await visitor.until('</html>')
    await gateway.side.close()
    expect(finished).toMatchObject([
      ['t', { status: 201, receivedBytes: 3, sentBytes: 5, isBroken: false }],
      [undefined, { status: 404, receivedBytes: 0, isBroken: false }],
    ])
  })
})

test('no timer is left behind', async () => {
  const { visitor, target } = await exchange(post('Content-Length: 3\r\n', 'abc'))
  await target.until('abc')
  target.send('HTTP/1.1 201 Created\r\nContent-Length: 5\r\n\r\nhello')
  await visitor.until('hello')
  await gateway.side.close()
  await clock.pass(0)
  expect(clock.waiting).toBe(0)
})
