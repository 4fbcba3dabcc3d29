/** The control connection of a tunnel over real sockets: states, refusals, silence, restart, take-over, wake. */
import { createHmac } from 'node:crypto'
import { once } from 'node:events'
import { type AddressInfo, createServer } from 'node:net'
import { describe, expect, it, onTestFinished } from 'vitest'
import { systemClock } from '../../../net/world.ts'
import { startGatewayTwin } from '../../support/gateway-twin.ts'
import { selfSigned } from '../../support/self-signed.ts'
import { startTunnel } from './scene.ts'

describe('a tunnel', () => {
  it('says HELLO with its target, and tells the states on the way up', async () => {
    const twin = await startGatewayTwin()
    const { states, until } = startTunnel({ port: twin.port, target: 'http://127.0.0.1:3000/base' })
    const up = await until('established')
    expect(up).toEqual({ tunnel: 'a', state: 'established', url: 'http://twin.example/~~a/', outer: 'plain' })
    expect(states.all.map(({ state }) => state)).toEqual(['dialling', 'upgrading', 'proving', 'established'])
    const { hello } = await twin.sessions.next()
    expect(hello).toEqual({
      agent: 'test/1',
      os: process.platform,
      outer: { tls: false },
      target: { scheme: 'http', host: '127.0.0.1:3000', base: '/base/' },
      ended: true,
    })
  })

  it('without a target tells one that nobody can dial', async () => {
    const twin = await startGatewayTwin()
    startTunnel({ port: twin.port })
    const { hello } = await twin.sessions.next()
    expect(hello.target).toEqual({ scheme: 'http', host: 'welcome.tildegate.internal', base: '/' })
  })

  it('tells the gateway which certificate it saw', async () => {
    const tls = await selfSigned()
    const twin = await startGatewayTwin({ tls })
    startTunnel({ port: twin.port, scheme: 'https' })
    const { hello } = await twin.sessions.next()
    expect(hello.outer).toMatchObject({ tls: true, certSha256: expect.stringMatching(/^[0-9a-f]{64}$/) })
  })

  it('closes with CLOSE 0', async () => {
    const twin = await startGatewayTwin()
    const { tunnel, until } = startTunnel({ port: twin.port })
    const session = await twin.sessions.next()
    await until('established')
    await tunnel.close()
    expect(await session.frames.next()).toEqual({ type: 'close', code: 0, text: '' })
    expect(tunnel.status()).toMatchObject({ state: 'stopped', open: 0 })
  })

  it.each([
    ['password-refused', 'needsUser', {}, 'wrong'],
    ['name-in-use', 'waiting', { code: 'busy' }, 'pw'],
    ['address-refused', 'needsUser', { code: 'address' }, 'pw'],
    ['tunnel-disabled', 'needsUser', { code: 'disabled' }, 'pw'],
    ['gateway-overloaded', 'waiting', { code: 'overloaded' }, 'pw'],
  ] as const)('that meets %s is %s and says why', async (code, state, refused, password) => {
    const twin = await startGatewayTwin({
      refuse: () => ('code' in refused ? { ...refused, message: 'no' } : undefined),
    })
    const { until } = startTunnel({ port: twin.port, password })
    expect(await until(state)).toMatchObject({
      code,
      message: expect.stringMatching(/./),
      retryInMs: expect.any(Number),
    })
  })

  it('that meets another web server says so', async () => {
    const server = createServer(socket => {
      socket.on('error', () => {})
      socket.end('HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi')
    })
    server.listen(0, '127.0.0.1')
    await once(server, 'listening')
    onTestFinished(() => void server.close())
    const { until } = startTunnel({ port: (server.address() as AddressInfo).port })
    expect(await until('waiting')).toMatchObject({ code: 'not-a-gateway' })
  })

  it('with a password in a variable that is not set needs the user', async () => {
    const twin = await startGatewayTwin()
    const entry = {
      name: 'a',
      password: { kind: 'environment', variable: 'NOT_SET' },
      gateway: { host: '127.0.0.1', port: twin.port },
      hops: [],
    } as const
    const { until } = startTunnel({ port: twin.port, tunnel: { entry } })
    expect(await until('needsUser')).toMatchObject({ code: 'password-missing' })
  })
})

describe('a session', () => {
  it('is kept alive by pings, and their round trip is measured', async () => {
    const twin = await startGatewayTwin({ terms: { aliveMs: 100, deadMs: 1_000 } })
    const { tunnel } = startTunnel({ port: twin.port })
    const session = await twin.sessions.next()
    const pings = [await session.frames.next(), await session.frames.next(), await session.frames.next()]
    expect(pings).toEqual([1n, 2n, 3n].map(id => ({ type: 'ping', id })))
    expect(tunnel.status().roundTripMs).toBeGreaterThan(0)
  })

  it('of a silent gateway is given up and taken over by resume', async () => {
    const twin = await startGatewayTwin({ pongs: false, terms: { aliveMs: 100, deadMs: 400 } })
    const { until } = startTunnel({ port: twin.port })
    const first = await twin.sessions.next()
    expect(await until('waiting')).toMatchObject({ code: 'gateway-silent' })
    await first.closed
    const second = await twin.sessions.next()
    const proof = createHmac('sha512', Buffer.from(first.welcome.resumeSecret, 'hex'))
      .update('tildegate/1 resume')
      .update(second.channel.exporter)
      .digest('hex')
      .slice(0, 64)
    expect(second.hello.resume).toEqual({ session: first.welcome.session, proof })
  })

  it('comes back when the gateway restarts', async () => {
    const twin = await startGatewayTwin()
    const { until } = startTunnel({ port: twin.port })
    const session = await twin.sessions.next()
    await until('established')
    session.channel.close(1, 'restart')
    expect(await until('waiting')).toMatchObject({ code: 'gateway-stopping' })
    await twin.stop()
    const again = await startGatewayTwin({ port: twin.port })
    await again.sessions.next(10_000)
    await until('established')
  })

  it.each([
    [2, 'waiting', 'dropped-by-admin'],
    [3, 'stopped', 'replaced-by-own-session'],
    [4, 'waiting', 'protocol-violation'],
    [0, 'waiting', 'connection-lost'],
  ] as const)('that the gateway ends with CLOSE %i is %s for %s', async (close, state, code) => {
    const twin = await startGatewayTwin()
    const { until } = startTunnel({ port: twin.port })
    const session = await twin.sessions.next()
    await until('established')
    session.channel.close(close)
    expect(await until(state)).toMatchObject({ code })
  })

  it('that is cut off is dialled again at once after a wake', async () => {
    const twin = await startGatewayTwin({ refuse: () => ({ code: 'overloaded', message: 'no' }) })
    const { tunnel, until } = startTunnel({
      port: twin.port,
      tunnel: {
        random: { bytes: count => crypto.getRandomValues(new Uint8Array(count)), fraction: () => 0.99 },
      },
    })
    for (let i = 0; i < 2; i++) await until('waiting')
    const before = twin.attempts.all.length
    const wokenAt = performance.now()
    tunnel.wake()
    await until('dialling')
    while (twin.attempts.all.length === before) await new Promise(resolve => setImmediate(resolve))
    expect((twin.attempts.all.at(-1) ?? 0) - wokenAt).toBeLessThan(3_000)
  })

  it('asks after a wake at once whether the line lives', async () => {
    const twin = await startGatewayTwin()
    const { tunnel, until } = startTunnel({ port: twin.port })
    const session = await twin.sessions.next()
    await until('established')
    tunnel.wake()
    expect(await session.frames.next(1_000)).toEqual({ type: 'ping', id: 1n })
    expect(tunnel.status().state).toBe('established')
  })

  it('leaves no timer and no socket behind when it is destroyed', async () => {
    let timers = 0
    const clock = {
      ...systemClock,
      after(ms: number, callee: () => void) {
        timers++
        let isOver = false
        const over = () => {
          if (!isOver) timers--
          isOver = true
        }
        const timer = systemClock.after(ms, () => {
          over()
          callee()
        })
        return {
          cancel() {
            over()
            timer.cancel()
          },
        }
      },
    }
    const twin = await startGatewayTwin()
    const { tunnel, until } = startTunnel({ port: twin.port, tunnel: { clock } })
    const session = await twin.sessions.next()
    await until('established')
    tunnel.destroy()
    tunnel.destroy()
    await session.closed
    expect(timers).toBe(0)
    tunnel.start()
    expect(tunnel.status().state).toBe('stopped')
  })
})
