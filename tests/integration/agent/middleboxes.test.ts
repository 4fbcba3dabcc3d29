/** What companies and hotels put in between: login pages, TLS inspection, proxies that cut tunnels which rest. */
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Duplex } from 'node:stream'
import { connect as connectTls, TLSSocket } from 'node:tls'
import { describe, expect, it, onTestFinished } from 'vitest'
import { Arrivals } from '../../support/gateway-twin.ts'
import { established, join, type ProxyPeer, startProxyTwin } from '../../support/proxy-twin.ts'
import { runGateway } from '../../support/running-gateway.ts'
import { selfSigned } from '../../support/self-signed.ts'
import { startTunnel } from './scene.ts'

const page = 'HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n\r\n<!DOCTYPE html><html>Log in</html>'

async function startTarget(answer: string): Promise<string> {
  const server = createServer((request, response) => {
    request.resume()
    request.on('end', () => response.end(answer))
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  onTestFinished(() => {
    server.closeAllConnections()
    server.close()
  })
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/`
}

describe('a proxy that opens the way and shows its login page behind it', () => {
  /** Whatever is said to it, TLS or HTTP, it answers with its page. */
  const portal = (answer: string) =>
    startProxyTwin(async peer => {
      await peer.head()
      peer.say(established)
      peer.socket.once('data', () => {
        peer.say(answer)
        peer.socket.end()
      })
    })

  it.each([
    ['http', page],
    ['either', page],
    ['http', '<html>Log in</html>'],
    ['either', '<html>Log in</html>'],
    ['http', 'HTTP/1.1 302 Found\r\nLocation: http://portal.example/\r\n\r\n'],
  ] as const)('is named as one (gateway with scheme %s; %j)', async (scheme, answer) => {
    const twin = await portal(answer)
    const { until } = startTunnel({ port: 9, scheme, via: [twin.at] })
    expect(await until('waiting')).toMatchObject({
      code: 'captive-portal',
      message: expect.stringContaining('login page'),
    })
  })

  it('is hinted at where the gateway must speak TLS', async () => {
    const twin = await portal(page)
    const { until } = startTunnel({ port: 9, scheme: 'https', via: [twin.at] })
    expect(await until('waiting')).toMatchObject({
      code: 'outer-tls-failed',
      message: expect.stringContaining('login page'),
    })
  })

  it('and says so in its answer to CONNECT is named with its place', async () => {
    const twin = await startProxyTwin(async peer => {
      await peer.head()
      peer.say(page)
    })
    const { until } = startTunnel({ port: 9, via: [twin.at] })
    expect(await until('waiting')).toMatchObject({
      code: 'proxy-login-page',
      message: expect.stringContaining(twin.at),
    })
  })
})

/** A box that ends TLS in the gateway's place and keeps all that it can read. */
async function inspector(gatewayPort: number) {
  const pair = await selfSigned()
  const read: Buffer[] = []
  const inspect = async (raw: Duplex) => {
    const outside = new TLSSocket(raw as never, { isServer: true, ...pair })
    outside.on('error', () => {})
    const inside = connectTls({ host: '127.0.0.1', port: gatewayPort, rejectUnauthorized: false })
    inside.on('error', () => {})
    onTestFinished(() => void inside.destroy())
    await once(inside, 'secureConnect')
    for (const side of [outside, inside]) side.on('data', (bytes: Buffer) => read.push(bytes))
    join(outside, inside)
  }
  return { inspect, text: () => Buffer.concat(read).toString('latin1') }
}

describe('a box that inspects TLS', () => {
  it.each([
    ['as a proxy', true],
    ['on the line', false],
  ])(
    '%s is recognised and told of; the tunnel works, and nothing of visitors can be read there',
    async (_, isProxy) => {
      const gateway = await runGateway({
        balance: '/~~a=tunnel-password#:*;\n',
        listen: [
          { host: '127.0.0.1', port: 0, tls: true },
          { host: '127.0.0.1', port: 0, tls: false },
        ],
      })
      const box = await inspector(gateway.port)
      const twin = await startProxyTwin(async (peer: ProxyPeer) => {
        if (isProxy) {
          await peer.head()
          peer.say(established)
        }
        await box.inspect(peer.socket)
      })
      const lines: string[] = []
      const line = (fields: object, message: string) =>
        void lines.push(JSON.stringify({ ...fields, message }))
      const { until } = startTunnel({
        port: isProxy ? gateway.port : twin.port,
        scheme: 'https',
        password: 'tunnel-password',
        target: await startTarget('what the target answers'),
        ...(isProxy ? { via: [twin.at] } : {}),
        tunnel: { log: { debug() {}, info: line, warn: line, error: line } },
      })
      expect(await until('established')).toMatchObject({
        outer: 'unproven',
        code: 'tls-inspected',
        message: expect.stringContaining('encrypted once more inside'),
      })
      expect(lines.some(one => one.includes('could read it'))).toBe(true)
      const plain = gateway.gateway.listeners[1]?.url
      const asked = await fetch(`${plain}/~~a/path-of-visitor`, {
        method: 'POST',
        body: 'what the visitor says',
        headers: { cookie: 'visitor=secret' },
      })
      expect(await asked.text()).toBe('what the target answers')
      // It does read what is on its own TLS: the requests for the upgrade.
      expect(box.text()).toContain('GET /.tildegate/control HTTP/1.1')
      expect(box.text()).toContain('GET /.tildegate/data HTTP/1.1')
      for (const secret of ['what the', 'path-of-visitor', 'visitor=secret', 'tunnel-password', 'welcome'])
        expect(box.text()).not.toContain(secret)
    },
  )

  it('is not seen where there is none', async () => {
    const gateway = await runGateway({
      balance: '/~~a=pw#:*;\n',
      listen: [{ host: '127.0.0.1', port: 0, tls: true }],
    })
    const { until } = startTunnel({ port: gateway.port, scheme: 'https' })
    const up = await until('established')
    expect(up).toMatchObject({ outer: 'proven' })
    expect(up).not.toHaveProperty('code')
  })
})

describe('a proxy that cuts tunnels which rest', () => {
  it('is lived with: alive packets come sooner, and visitors do not notice', {
    timeout: 40_000,
  }, async () => {
    const restMs = 1_800
    const gateway = await runGateway({ balance: '/~~a=pw#:*;\n', limits: { aliveMs: 2_500, deadMs: 20_000 } })
    let cuts = 0
    const alive = new Arrivals<number>()
    const twin = await startProxyTwin(async peer => {
      await peer.head()
      const destination = await peer.dialDestination()
      peer.say(established)
      join(peer.socket, destination)
      let timer: NodeJS.Timeout
      const moved = (bytes?: Buffer) => {
        // A sealed PING: length, type, number, tag.
        if (bytes?.length === 4 + 1 + 8 + 16) alive.add(peer.number)
        clearTimeout(timer)
        timer = setTimeout(() => {
          if (!peer.socket.destroyed) cuts++
          peer.socket.destroy()
        }, restMs)
      }
      moved()
      peer.socket.on('data', moved)
      destination.on('data', () => moved())
      peer.socket.on('close', () => clearTimeout(timer))
    })
    const { tunnel, until, states } = startTunnel({
      port: gateway.port,
      via: [twin.at],
      target: await startTarget('here'),
    })
    await until('established')
    // Two cuts teach; then the session stays.
    for (let i = 0; i < 2; i++) {
      expect(await until('waiting', 10_000)).toMatchObject({ code: 'connection-lost' })
      await until('established')
    }
    const upTo = states.all.length
    const before = alive.all.length
    while (alive.all.length < before + 6) {
      await alive.next()
      expect(await (await fetch(`${gateway.url}/~~a/`)).text()).toBe('here')
    }
    expect(cuts).toBeGreaterThan(2)
    expect(states.all.length).toBe(upTo)
    expect(tunnel.status()).toMatchObject({ state: 'established' })
  })
})
