/** WebSockets and other protocols through the gateway. */
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { WebSocket, WebSocketServer } from 'ws'
import { DiallingUpstream } from '../../support/dialling-upstream.ts'
import { VirtualClock } from '../../support/virtual-clock.ts'
import { VisitorGateway } from '../../support/visitor-gateway.ts'

const upgrade = (path = '', protocol = 'echo') =>
  `GET /~~t/${path} HTTP/1.1\r\nHost: gw.example\r\nConnection: keep-alive, Upgrade\r\nUpgrade: ${protocol}\r\nX-A: b\r\n\r\n`
const switched =
  'HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: echo\r\nX-C: d\r\nSet-Cookie: a=b; Path=/\r\n\r\n'

describe('an upgrade', () => {
  const clock = new VirtualClock()
  let gateway: VisitorGateway
  beforeEach(async () => {
    gateway = await VisitorGateway.open({ clock })
  })
  afterEach(() => gateway.close())

  async function open(early = '', late = '') {
    const visitor = await gateway.visitor(true)
    visitor.send(upgrade() + early)
    const target = await gateway.target.next()
    await target.until('\r\n\r\n')
    target.send(switched + late)
    await visitor.until('\r\n\r\n')
    return { visitor, target }
  }

  test('goes through with mapped heads, and the bytes around them arrive once and in order', async () => {
    const { visitor, target } = await open('early', 'late')
    await target.until('\r\n\r\nearly')
    await visitor.until('\r\n\r\nlate')
    expect(target.received).toMatch(
      /^GET \/ HTTP\/1\.1\r\nHost: 127\.0\.0\.1:\d+\r\nUpgrade: echo\r\nX-A: b\r\n/,
    )
    expect(target.received).toContain('\r\nConnection: Upgrade\r\n')
    expect(visitor.received).toMatch(/^HTTP\/1\.1 101 Switching Protocols\r\n/)
    expect(visitor.received).toContain('\r\nUpgrade: echo\r\nConnection: Upgrade\r\n')
    expect(visitor.received).toContain('X-C: d\r\nSet-Cookie: a=b; Path=/~~t/\r\n')
    visitor.send(' and on')
    await target.until('early and on')
    target.send(' and on')
    await visitor.until('late and on')
  })

  test('keeps half-closes both ways', async () => {
    const { visitor, target } = await open()
    visitor.socket.end('last')
    await target.until('last')
    await target.until(() => target.hasEnded)
    target.send('still here')
    await visitor.until('still here')
    target.socket.end()
    expect(await visitor.closed).toBe('end')
    await gateway.side.close()
  })

  test('that is half-closed and rests is ended', async () => {
    const { visitor, target } = await open()
    visitor.socket.end()
    await target.until(() => target.hasEnded)
    await clock.pass(59_000)
    target.send('sign of life')
    await visitor.until('sign of life')
    await clock.pass(59_000)
    expect(visitor.hasEnded).toBe(false)
    await clock.pass(2_000)
    await visitor.closed
  })

  test('that is open may rest for a day', async () => {
    const { visitor, target } = await open()
    await clock.pass(86_400_000)
    target.send('good morning')
    await visitor.until('good morning')
  })

  test('ends when the visitor vanishes', async () => {
    const { visitor, target } = await open()
    visitor.reset()
    await target.until(() => target.hasEnded || target.socket.destroyed)
  })

  test('is cut when the target vanishes', async () => {
    const { visitor, target } = await open()
    target.reset()
    expect(await visitor.closed).toBe('reset')
  })

  test('that the target refuses gets its answer, whole, and the connection ends', async () => {
    const visitor = await gateway.visitor()
    visitor.send(upgrade())
    const target = await gateway.target.next()
    await target.until('\r\n\r\n')
    const body = 'no'.repeat(500_000)
    target.send(`HTTP/1.1 403 Forbidden\r\nX-C: d\r\nContent-Length: ${body.length}\r\n\r\n${body}`)
    await visitor.until(text => text.length > body.length)
    expect(visitor.received).toMatch(/^HTTP\/1\.1 403 Forbidden\r\nX-C: d\r\n[\s\S]*Connection: close\r\n/)
    expect(visitor.received.endsWith(`\r\n\r\n${body}`)).toBe(true)
    expect(await visitor.closed).toBe('end')
    await target.until(() => target.hasEnded)
  })

  test('to another protocol than was asked for is a page with 502', async () => {
    const visitor = await gateway.visitor()
    visitor.send(upgrade('', 'other'))
    const target = await gateway.target.next()
    await target.until('\r\n\r\n')
    target.send(switched)
    await visitor.until('HTTP/1.1 502 ')
    await visitor.closed
  })

  test('for an unknown name is a page with 404', async () => {
    const visitor = await gateway.visitor()
    visitor.send(upgrade().replace('~~t', '~~nobody'))
    await visitor.until('HTTP/1.1 404 ')
    expect(await visitor.closed).toBe('end')
  })

  test('that is malformed is a page with 400', async () => {
    const visitor = await gateway.visitor()
    visitor.send(upgrade().replace('Host: gw.example', 'Host: gw.example\r\nHost: b'))
    await visitor.until('HTTP/1.1 400 ')
    await visitor.closed
  })

  test('whose visitor leaves before the answer ends the target’s work', async () => {
    const visitor = await gateway.visitor()
    visitor.send(upgrade())
    const target = await gateway.target.next()
    await target.until('\r\n\r\n')
    visitor.socket.destroy()
    await target.until(() => target.hasEnded)
    await gateway.side.close()
  })

  test('with more early bytes than are kept makes the visitor wait', async () => {
    const visitor = await gateway.visitor()
    visitor.send(upgrade() + 'x'.repeat(5_000_000))
    const target = await gateway.target.next()
    await target.until('\r\n\r\n')
    expect(target.received).not.toContain('xx')
    target.send(switched)
    await target.until(text => text.endsWith('x'.repeat(100)) && text.length > 5_000_000)
  })
})

describe('a WebSocket', () => {
  test('echoes text, large binary messages and pings, and closes with its code', async () => {
    const server = createServer()
    const sockets = new WebSocketServer({ server, handleProtocols: protocols => [...protocols][0] ?? false })
    sockets.on('connection', (socket, request) => {
      socket.on('message', (data, isBinary) => socket.send(data, { binary: isBinary }))
      socket.send(`${request.url} ${request.headers.host} ${request.headers.origin}`)
    })
    await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
    const { port } = server.address() as AddressInfo
    const upstream = new DiallingUpstream('ws', port, { base: '/app/' })
    const gateway = await VisitorGateway.open({ upstreams: [upstream] })
    try {
      const origin = `http://127.0.0.1:${gateway.port}`
      const socket = new WebSocket(`ws://127.0.0.1:${gateway.port}/~~ws/chat?room=1`, ['a', 'b'], { origin })
      const messages: { data: Buffer; isBinary: boolean }[] = []
      let tell = () => {}
      socket.on('message', (data, isBinary) => {
        messages.push({ data: data as Buffer, isBinary })
        tell()
      })
      const next = async () => {
        while (messages.length === 0) await new Promise<void>(resolve => (tell = resolve))
        return messages.shift()
      }
      expect((await next())?.data.toString()).toBe(
        `/app/chat?room=1 127.0.0.1:${port} http://127.0.0.1:${port}`,
      )
      expect(socket.protocol).toBe('a')
      socket.send('grüß dich')
      expect((await next())?.data.toString()).toBe('grüß dich')
      const large = Buffer.alloc(3_000_000, 7)
      socket.send(large)
      const echoed = await next()
      expect(echoed?.isBinary).toBe(true)
      expect(echoed?.data.equals(large)).toBe(true)
      const ponged = new Promise(resolve => socket.once('pong', resolve))
      socket.ping()
      await ponged
      const closed = new Promise<number>(resolve => socket.once('close', resolve))
      for (const client of sockets.clients) client.close(4321, 'bye')
      expect(await closed).toBe(4321)
      await gateway.side.close()
    } finally {
      await gateway.close()
      upstream.destroy()
      sockets.close()
      server.close()
    }
  })
})
