import type { RequestListener } from 'node:http'
import type { Duplex } from 'node:stream'
import { describe, expect, test } from 'vitest'
import { RawPeer } from '../../support/raw-peer.ts'
import { runGateway } from '../../support/running-gateway.ts'
import { VirtualClock } from '../../support/virtual-clock.ts'

/** No spares: each OPEN stands for a visitor. */
const noSpares = { sparesMin: 0, sparesMax: 0 }

describe('the pool of a session', () => {
  test('reuses a back-connection for the next visitors', async () => {
    const { agent, url } = await runGateway({ limits: noSpares })
    const one = await agent()
    for (const path of ['/a', '/b', '/c'])
      expect(await (await fetch(`${url}/~~srv${path}`)).text()).toBe(path)
    expect(one.opened).toHaveLength(1)
  })

  test('keeps two warm, so that a visitor need not wait for a dial', async () => {
    const { agent, url } = await runGateway()
    const one = await agent()
    await expect.poll(() => one.opened.length).toBe(2)
    expect(await (await fetch(`${url}/~~srv/warm`)).text()).toBe('/warm')
  })

  test('never serves two tunnels from one connection', async () => {
    const { agent, url } = await runGateway({ balance: '/~~srv=pw#:*;\n/~~b=pw#:*;\n' })
    const say = (word: string) => ({
      target: (_: unknown, response: { end(text: string): void }) => response.end(word),
    })
    await agent(say('of srv'))
    await agent({ name: 'b', ...say('of b') })
    const visits = Array.from({ length: 20 }, async (_, at) => {
      const name = at % 2 === 0 ? 'srv' : 'b'
      return (await (await fetch(`${url}/~~${name}/`)).text()) === `of ${name}`
    })
    expect(await Promise.all(visits)).not.toContain(false)
  })

  test('serves fifty visitors at once', async () => {
    const { agent, url } = await runGateway()
    await agent()
    const texts = await Promise.all(
      Array.from({ length: 50 }, async (_, at) => (await fetch(`${url}/~~srv/${at}`)).text()),
    )
    expect(texts).toEqual(Array.from({ length: 50 }, (_, at) => `/${at}`))
  })
})

describe('the warm spares of a session', () => {
  test('are two at rest, more to eight while visitors have to wait, and given back when it rests again', async () => {
    const clock = new VirtualClock()
    const { agent, url, gateway } = await runGateway({ clock, admin: { host: '127.0.0.1', port: 0 } })
    const waiting: (() => void)[] = []
    const one = await agent({
      target: (request, response) => {
        if (request.url === '/quick') response.end('quick')
        else waiting.push(() => response.end('slow'))
      },
    })
    const idle = async () => {
      const text = await (await fetch(`${gateway.admin?.url}/metrics`)).text()
      return Number(/^tildegate_back_connections\{state="idle"\} (\d+)$/m.exec(text)?.[1])
    }
    await expect.poll(idle).toBe(2)

    // Twenty at once: eighteen find none and wait, so that eight stand ready beside the busy ones.
    const crowd = Array.from({ length: 20 }, () => fetch(`${url}/~~srv/slow`))
    await expect.poll(() => waiting.length).toBe(20)
    await expect.poll(idle).toBe(8)
    for (const answer of waiting.splice(0)) answer()
    for (const visit of crowd) expect(await (await visit).text()).toBe('slow')
    await expect.poll(idle).toBeGreaterThanOrEqual(8)

    // At rest one less each 30 s, and none older than 90 s.
    for (let passed = 0; passed < 300; passed += 15) {
      await clock.pass(15_000)
      await one.ping()
    }
    await expect.poll(idle).toBe(2)
    expect(await (await fetch(`${url}/~~srv/quick`)).text()).toBe('quick')
  })
})

describe('a login of the connection, as IIS asks for it', () => {
  /** Each connection is its own user from the login on. */
  const iis: RequestListener = (request, response) => {
    const user = /^NTLM (\w+)$/.exec(request.headers.authorization ?? '')?.[1]
    const socket = request.socket as Duplex & { user?: string }
    if (user !== undefined) socket.user = user
    if (request.url === '/open') response.end('open to all')
    else if (socket.user !== undefined) response.end(`hello ${socket.user}`)
    else response.writeHead(401, { 'WWW-Authenticate': 'NTLM', 'Content-Length': 0 }).end()
  }

  test('pins the back-connection to its visitor; nobody else’s requests meet it, and both end together', async () => {
    const { agent, port } = await runGateway()
    const one = await agent({ target: iis })
    const visitor = async () => {
      const peer = await RawPeer.connect(port)
      return {
        peer,
        get: async (path: string, login = '') => {
          peer.clear()
          peer.send(`GET /~~srv${path} HTTP/1.1\r\nHost: gw\r\n${login}\r\n`)
          return peer.until(received => /\r\n\r\n(?:[\s\S]*(?:hello \w+|all))?$/.test(received))
        },
      }
    }
    const [anna, bert] = [await visitor(), await visitor()]
    expect(await anna.get('/')).toContain(' 401 ')
    expect(await anna.get('/', 'Authorization: NTLM anna\r\n')).toContain('hello anna')
    for (let round = 0; round < 10; round++) {
      expect(await bert.get('/open')).toContain('open to all')
      expect(await bert.get('/')).toContain(' 401 ')
      expect(await anna.get('/')).toContain('hello anna')
    }
    expect(await bert.get('/', 'Authorization: NTLM bert\r\n')).toContain('hello bert')
    expect([await anna.get('/'), await bert.get('/')]).toEqual([
      expect.stringContaining('hello anna'),
      expect.stringContaining('hello bert'),
    ])
    const open = () => one.opened.filter(stream => !stream.destroyed).length
    const before = open()
    anna.peer.socket.destroy()
    bert.peer.socket.destroy()
    await expect.poll(open).toBeLessThanOrEqual(before - 2)
    const carl = await visitor()
    expect(await carl.get('/')).toContain(' 401 ')
  })
})
