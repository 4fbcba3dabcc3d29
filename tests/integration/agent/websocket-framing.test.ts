/** Boxes that let only WebSockets pass: a real gateway behind one, a real tunnel before it, and visitors through both. */
import { once } from 'node:events'
import { createServer, type RequestListener } from 'node:http'
import { type AddressInfo, connect, createServer as createTcpServer } from 'node:net'
import { describe, expect, it, onTestFinished } from 'vitest'
import { FramingChoice, FramingMemory } from '../../../agent/framing.ts'
import { systemClock } from '../../../net/world.ts'
import type { ProxyPeer } from '../../support/proxy-twin.ts'
import { RawPeer } from '../../support/raw-peer.ts'
import { runGateway } from '../../support/running-gateway.ts'
import {
  type BoxRule,
  isBare,
  isData,
  isWebSocket,
  passOn,
  startUpgradeBox,
} from '../../support/upgrade-box.ts'
import { VirtualClock } from '../../support/virtual-clock.ts'
import { type SceneOptions, startTunnel } from './scene.ts'

async function startTarget(
  serve: RequestListener = (request, response) => response.end(`at ${request.url}`),
) {
  const server = createServer(serve)
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  onTestFinished(() => {
    server.closeAllConnections()
    server.close()
  })
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/`
}

/** `breaks` is asked for bare upgrades; WebSockets pass. */
async function scene(breaks: BoxRule, options: Partial<SceneOptions> = {}, target?: string) {
  const running = await runGateway({ balance: '/~~a=pw#:*;\n' })
  const box = await startUpgradeBox(running.port, (head, peer) =>
    isBare(head) ? breaks(head, peer) : 'pass',
  )
  const own = startTunnel({ port: box.port, target: target ?? (await startTarget()), ...options })
  const visit = async (path = '') => (await fetch(`${running.url}/~~a/${path}`)).text()
  return { ...running, gatewayPort: running.port, box, ...own, visit }
}

const says = (answer: string) => (_: string, peer: ProxyPeer) => {
  peer.say(answer)
  peer.socket.end()
  return undefined
}

describe('a box that breaks an upgrade to an unknown protocol', () => {
  it.each<[string, (gatewayPort: () => number) => BoxRule]>([
    ...[400, 403, 404, 405, 426, 500, 501, 502, 504].map(
      status =>
        [`answers ${status}`, () => says(`HTTP/1.1 ${status} X\r\nContent-Length: 2\r\n\r\nno`)] as [
          string,
          () => BoxRule,
        ],
    ),
    [
      'answers 200 with a page',
      () => says('HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: 6\r\n\r\n<html>'),
    ],
    ['answers no HTTP', () => says('nonsense')],
    ['closes', () => (_, peer) => void peer.socket.end()],
    ['resets', () => (_, peer) => void peer.socket.destroy()],
    ['keeps silent', () => () => undefined],
    [
      'takes the Upgrade header out',
      port => (head, peer) => {
        const without = head.replace(/^(?:Upgrade|Connection): .*\r\n/gim, '')
        passOn(peer, `${without}\r\n\r\n`, port()).catch(() => {})
        return undefined
      },
    ],
    [
      'lets it pass and closes then',
      () => says('HTTP/1.1 101 X\r\nConnection: Upgrade\r\nUpgrade: tildegate/1\r\n\r\n'),
    ],
    [
      'lets it pass and speaks HTTP then',
      () =>
        says(
          'HTTP/1.1 101 X\r\nConnection: Upgrade\r\nUpgrade: tildegate/1\r\n\r\nHTTP/1.1 400 Bad Request\r\n\r\n',
        ),
    ],
    [
      'lets it pass and keeps silent then',
      () => (_, peer) => {
        peer.say('HTTP/1.1 101 X\r\nConnection: Upgrade\r\nUpgrade: tildegate/1\r\n\r\n')
        return undefined
      },
    ],
  ])('and %s is gone around by WebSockets, in the same attempt', { timeout: 20_000 }, async (_, rule) => {
    let port = 0
    const own = await scene(
      rule(() => port),
      { tunnel: { limits: { upgradeMs: 1_000 } } },
    )
    port = own.port
    const up = await own.until('established', 15_000)
    expect(up).toMatchObject({ state: 'established', outer: 'plain' })
    expect(own.tunnel.status()).toMatchObject({ framing: 'websocket' })
    expect(own.states.all.map(({ state }) => state)).not.toContain('waiting')
    expect(await own.visit('x?y')).toBe('at /x?y')
    const data = own.box.heads().filter(isData)
    expect(data.length).toBeGreaterThan(0)
    expect(data.every(isWebSocket)).toBe(true)
    expect(own.box.heads().filter(isBare)).toHaveLength(1)
  })

  it('is remembered for the route: the next session begins with a WebSocket', async () => {
    const own = await scene(says('HTTP/1.1 400 X\r\n\r\n'))
    await own.until('established')
    own.box.cut()
    await own.until('waiting')
    await own.until('established')
    expect(own.box.heads().filter(isBare)).toHaveLength(1)
    expect(await own.visit()).toBe('at /')
  })

  it('is remembered for all tunnels that take the route', async () => {
    const framings = new FramingMemory(systemClock)
    const running = await runGateway({ balance: '/~~a=pw#:*;\n/~~b=pw#:*;\n' })
    const box = await startUpgradeBox(running.port, head => (isBare(head) ? undefined : 'pass'))
    box.rule((head, peer) => (isBare(head) ? says('HTTP/1.1 400 X\r\n\r\n')(head, peer) : 'pass'))
    const first = startTunnel({ port: box.port, tunnel: { framings } })
    await first.until('established')
    const second = startTunnel({ port: box.port, name: 'b', tunnel: { framings } })
    await second.until('established')
    expect(box.heads().filter(isBare)).toHaveLength(1)
  })

  it.each(['wake', 'networkChanged'] as const)(
    'may be gone after a %s: the next session begins bare',
    async kind => {
      const own = await scene(says('HTTP/1.1 400 X\r\n\r\n'))
      await own.until('established')
      own.box.rule(() => 'pass')
      own.tunnel[kind]()
      own.box.cut()
      await own.until('established')
      expect(own.tunnel.status()).toMatchObject({ framing: 'bare' })
      expect(await own.visit()).toBe('at /')
    },
  )

  it('without a word, and is new, is gone around when it stays', { timeout: 30_000 }, async () => {
    const own = await scene(() => 'pass')
    await own.until('established')
    own.box.rule((head, peer) => {
      if (!isBare(head)) return 'pass'
      peer.socket.destroy()
      return undefined
    })
    own.box.cut()
    await own.until('established', 20_000)
    expect(own.tunnel.status()).toMatchObject({ framing: 'websocket' })
  })

  it('on back-connections alone is gone around there', async () => {
    const own = await scene((head, peer) =>
      isData(head) ? says('HTTP/1.1 400 X\r\n\r\n')(head, peer) : 'pass',
    )
    await own.until('established')
    expect(own.tunnel.status()).toMatchObject({ framing: 'bare' })
    expect(await own.visit()).toBe('at /')
  })

  it('on back-connections, and uses the ticket up, is gone around with the next ticket', async () => {
    const own = await scene((head, peer) => {
      if (!isData(head)) return 'pass'
      // The gateway sees the request and answers; the answer does not come through.
      const gateway = connect(own.gatewayPort, '127.0.0.1')
      onTestFinished(() => void gateway.destroy())
      gateway.write(`${head}\r\n\r\n`, 'latin1')
      gateway.once('data', () => {
        gateway.destroy()
        peer.say('HTTP/1.1 400 X\r\n\r\n')
      })
      return undefined
    })
    await own.until('established')
    let answer = ''
    for (let tries = 0; tries < 20 && answer !== 'at /'; tries++) answer = await own.visit()
    expect(answer).toBe('at /')
  })
})

describe('what is no such box', () => {
  it('a gateway that is full or stops (503) is asked once an attempt', async () => {
    const own = await scene(says('HTTP/1.1 503 X\r\nContent-Length: 0\r\n\r\n'))
    expect(await own.until('waiting')).toMatchObject({ code: 'gateway-unavailable' })
    expect(own.box.heads().filter(isWebSocket)).toHaveLength(0)
  })

  it('a gateway that is away (502 to all) is told of as away, and found bare when it is back', async () => {
    const running = await runGateway({ balance: '/~~a=pw#:*;\n' })
    const box = await startUpgradeBox(running.port, says('HTTP/1.1 502 X\r\nContent-Length: 0\r\n\r\n'))
    const own = startTunnel({ port: box.port })
    expect(await own.until('waiting')).toMatchObject({ code: 'gateway-unavailable' })
    box.rule(() => 'pass')
    await own.until('established')
    expect(own.tunnel.status()).toMatchObject({ framing: 'bare' })
  })

  it('a gateway that was bare before and is lost is not asked by WebSocket', async () => {
    const own = await scene(() => 'pass')
    await own.until('established')
    own.box.rule((_, peer) => void peer.socket.destroy())
    own.box.cut()
    await own.until('waiting')
    await own.until('dialling')
    expect(await own.until('waiting')).toMatchObject({ code: 'connection-lost' })
    expect(own.box.heads().filter(isWebSocket)).toHaveLength(0)
  })

  it('another web server is asked twice and called by its name', async () => {
    let requests = 0
    const server = createServer((_, response) => {
      requests++
      response.writeHead(404).end('no')
    })
    server.listen(0, '127.0.0.1')
    await once(server, 'listening')
    onTestFinished(() => void server.close())
    const { until } = startTunnel({ port: (server.address() as AddressInfo).port })
    expect(await until('waiting')).toMatchObject({ code: 'not-a-gateway' })
    expect(requests).toBeLessThanOrEqual(2)
  })

  it('a login page is named as one', async () => {
    const server = createTcpServer(socket => {
      socket.on('error', () => {})
      socket.end('HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n\r\n<html>Log in</html>')
    })
    server.listen(0, '127.0.0.1')
    await once(server, 'listening')
    onTestFinished(() => void server.close())
    const { until } = startTunnel({ port: (server.address() as AddressInfo).port })
    expect(await until('waiting')).toMatchObject({
      code: 'captive-portal',
      message: expect.stringContaining('login page'),
    })
  })

  it('a wrong password is tried once', async () => {
    const own = await scene(() => 'pass', { password: 'wrong' })
    expect(await own.until('needsUser')).toMatchObject({ code: 'password-refused' })
    expect(own.box.heads()).toHaveLength(1)
  })
})

describe('a body in WebSocket framing', () => {
  const bare = says('HTTP/1.1 400 X\r\n\r\n')

  it('without a length that is whole is whole', async () => {
    const target = await startTarget((_, response) => {
      response.removeHeader('Transfer-Encoding')
      response.shouldKeepAlive = false
      response.write('first ')
      setImmediate(() => response.end('and last'))
    })
    const own = await scene(bare, {}, target)
    await own.until('established')
    expect(await own.visit()).toBe('first and last')
  })

  it.each([
    ['the target breaks off', 'target'],
    ['the agent is gone', 'agent'],
    ['the connection is cut', 'box'],
  ])('without a length never looks complete when %s', async (_, who) => {
    let breakOff: () => void = () => {}
    const target = await startTarget((request, response) => {
      response.removeHeader('Transfer-Encoding')
      response.shouldKeepAlive = false
      response.write('half of it')
      breakOff = () => request.socket.resetAndDestroy()
    })
    const own = await scene(bare, {}, target)
    await own.until('established')
    const visitor = await RawPeer.connect(own.gatewayPort)
    visitor.send('GET /~~a/ HTTP/1.1\r\nHost: x\r\n\r\n')
    await visitor.until('half of it')
    if (who === 'target') breakOff()
    else if (who === 'agent') own.tunnel.destroy()
    else own.box.cut()
    expect(await visitor.closed).toBe('reset')
  })

  it('of 32 MiB arrives unchanged in both directions', { timeout: 30_000 }, async () => {
    const target = await startTarget((request, response) => void request.pipe(response))
    const own = await scene(bare, {}, target)
    await own.until('established')
    const sent = Buffer.from(Array.from({ length: 65_536 }, (_, i) => (i * 131) & 0xff))
    const body = Buffer.concat(Array.from({ length: 512 }, () => sent))
    const response = await fetch(`${own.url}/~~a/`, { method: 'POST', body })
    expect(Buffer.from(await response.arrayBuffer()).equals(body)).toBe(true)
  })
})

describe('what is remembered of a route', () => {
  it('holds for an hour, then a control connection begins bare again', async () => {
    const clock = new VirtualClock()
    const choice = new FramingChoice(clock)
    expect(choice.first).toBe('bare')
    choice.worked('websocket')
    await clock.pass(3_600_000)
    expect(choice.first).toBe('websocket')
    await clock.pass(1)
    expect(choice.first).toBe('bare')
    choice.worked('websocket')
    expect(choice.first).toBe('websocket')
    choice.forget()
    expect(choice.first).toBe('bare')
  })

  it('is kept apart by gateway and proxies, and holds no password', () => {
    const memory = new FramingMemory(new VirtualClock())
    const gateway = { host: 'gw.example', port: 443 }
    const hop = { kind: 'http' as const, host: 'proxy.example', port: 808 }
    const one = memory.of({ gateway, hops: [] })
    expect(memory.of({ gateway: { ...gateway }, hops: [] })).toBe(one)
    expect(memory.of({ gateway, hops: [hop] })).not.toBe(one)
    expect(memory.of({ gateway: { ...gateway, port: 80 }, hops: [] })).not.toBe(one)
  })
})
