import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { setTimeout as pause } from 'node:timers/promises'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { encodeM1 } from '../../../shared/protocol/handshake-messages.ts'
import { withLength } from '../../../shared/protocol/length-prefixed.ts'
import { runGateway } from '../../support/running-gateway.ts'
import { VirtualClock } from '../../support/virtual-clock.ts'

function collect(socket: Socket): Promise<string> {
  const chunks: Buffer[] = []
  socket.on('data', bytes => chunks.push(bytes))
  socket.on('error', () => {})
  const all = () => Buffer.concat(chunks).toString('latin1')
  if (socket.destroyed) return Promise.resolve(all())
  return new Promise(resolve => socket.once('close', () => resolve(all())))
}

function request(port: number, text: string | Buffer): Promise<string> {
  const socket = connect(port, '127.0.0.1')
  socket.write(text)
  return collect(socket)
}

const head = (line: string, ...headers: string[]) => `${[line, 'Host: gw', ...headers].join('\r\n')}\r\n\r\n`
const asAgent = ['Connection: Upgrade', 'Upgrade: tildegate/1']

const asWebSocket = [
  'Connection: Upgrade',
  'Upgrade: websocket',
  'Sec-WebSocket-Protocol: tildegate.1',
  'Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==',
]

/** A control connection after its 101. */
async function upgraded(port: number): Promise<Socket> {
  const socket = connect(port, '127.0.0.1')
  socket.on('error', () => {})
  socket.write(head('GET /.tildegate/control HTTP/1.1', ...asAgent))
  const [answer] = (await once(socket, 'data')) as [Buffer]
  if (!answer.toString().startsWith('HTTP/1.1 101 ')) throw new Error(answer.toString())
  return socket
}

async function watched(options: Parameters<typeof runGateway>[0] = {}) {
  const running = await runGateway({ admin: { host: '127.0.0.1', port: 0 }, ...options })
  return {
    ...running,
    /** What the gateway holds: handshakes under way, open connections. */
    async kept(): Promise<number[]> {
      const text = await (await fetch(`${running.gateway.admin?.url}/metrics`)).text()
      const gauge = (name: string) => Number(new RegExp(`^tildegate_${name} (\\d+)$`, 'm').exec(text)?.[1])
      return [gauge('unfinished_handshakes'), gauge('open_connections')]
    },
  }
}

describe('below /.tildegate/', () => {
  test.each([
    ['an unknown path', head('GET /.tildegate/other HTTP/1.1', ...asAgent), 404],
    ['the folder itself', head('GET /.tildegate/ HTTP/1.1'), 404],
    ['a path with more behind it', head('GET /.tildegate/control/x HTTP/1.1', ...asAgent), 404],
    ['no Upgrade', head('GET /.tildegate/control HTTP/1.1'), 426],
    ['a POST', head('POST /.tildegate/control HTTP/1.1', ...asAgent, 'Content-Length: 0'), 426],
    [
      'another version',
      head('GET /.tildegate/control HTTP/1.1', 'Connection: Upgrade', 'Upgrade: tildegate/2'),
      426,
    ],
    [
      'a WebSocket of another version',
      head('GET /.tildegate/control HTTP/1.1', ...asWebSocket, 'Sec-WebSocket-Version: 7'),
      400,
    ],
    ['a WebSocket without a key', head('GET /.tildegate/control HTTP/1.1', ...asWebSocket.slice(0, 3)), 400],
    [
      'a WebSocket of a browser',
      head('GET /.tildegate/control HTTP/1.1', ...asWebSocket, 'Origin: https://evil.example'),
      403,
    ],
    [
      'a WebSocket of another protocol',
      head('GET /.tildegate/data HTTP/1.1', 'Connection: Upgrade', 'Upgrade: websocket'),
      426,
    ],
    ['a browser', head('GET /.tildegate/control HTTP/1.1', ...asAgent, 'Origin: https://evil.example'), 403],
    ['a browser that upgrades nothing', head('GET /.tildegate/control HTTP/1.1', 'Origin: null'), 403],
  ])('%s gets a plain error, and the connection closes', async (_, text, status) => {
    const { port } = await runGateway()
    const answer = await request(port, text)
    expect(answer).toMatch(new RegExp(`^HTTP/1\\.1 ${status} `))
    expect(answer).toMatch(/connection: (upgrade, )?close/i)
    if (status === 426) expect(answer).toMatch(/^upgrade: tildegate\/1\r$/im)
    expect(answer.split('HTTP/1.1')).toHaveLength(2)
  })

  test('a target’s own /~~name/.tildegate/ is not ours', async () => {
    const { agent, url } = await runGateway()
    await agent()
    expect(await (await fetch(`${url}/~~srv/.tildegate/control`)).text()).toBe('/.tildegate/control')
  })
})

describe('garbage', () => {
  const big = 10_000_000
  test.each([
    ['TLS', Buffer.from('16030100c8010000c40303', 'hex'), /^HTTP\/1\.1 400 |^$/],
    ['SSH', 'SSH-2.0-OpenSSH_9.2\r\n', /^HTTP\/1\.1 400 /],
    ['HTTP/2', 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n', /^HTTP\/1\.1 400 /],
    ['HTTP/0.9', 'GET /\r\n\r\n', /^HTTP\/1\.1 400 /],
    ['a PROXY header of a stranger', 'PROXY TCP4 1.2.3.4 5.6.7.8 9 10\r\n', /^HTTP\/1\.1 400 /],
    ['zeros', Buffer.alloc(100_000), /^HTTP\/1\.1 400 |^$/],
    ['a field of 10 MB', `GET / HTTP/1.1\r\nHost: x\r\nX: ${'x'.repeat(big)}`, /^HTTP\/1\.1 431 |^$/],
    ['10 MB of fields', `GET / HTTP/1.1\r\nHost: x\r\n${'X: y\r\n'.repeat(big / 6)}`, /^HTTP\/1\.1 431 |^$/],
    ['a request line of 10 MB', `GET /${'x'.repeat(big)} HTTP/1.1\r\n`, /^HTTP\/1\.1 431 |^$/],
    ['a method of 10 MB', 'X'.repeat(big), /^HTTP\/1\.1 400 |^$/],
    [
      'an upgrade head of 10 MB',
      `${head('GET /.tildegate/control HTTP/1.1', ...asAgent).trimEnd()}\r\nX: ${'x'.repeat(big)}`,
      /^HTTP\/1\.1 431 |^$/,
    ],
  ])('that is %s ends the connection, and nothing of it is kept', async (_, bytes, answer) => {
    const { port, kept } = await watched()
    expect(await request(port, bytes)).toMatch(answer)
    await expect.poll(kept).toEqual([0, 0])
  })

  test('of any bytes, at once or behind an upgrade, never does more than end its connection', async () => {
    const { port, url, kept, agent, lines } = await watched({ limits: { headMs: 150, handshakeMs: 150 } })
    await agent()
    const piece = fc.oneof(
      fc.uint8Array({ maxLength: 60 }).map(bytes => Buffer.from(bytes)),
      fc
        .constantFrom(
          'GET ',
          '/.tildegate/control',
          ' HTTP/1.1\r\n',
          'Host: x\r\n',
          '\r\n',
          'Upgrade: tildegate/1\r\n',
        )
        .map(text => Buffer.from(text)),
      fc
        .constantFrom(
          'Connection: Upgrade\r\n',
          'Content-Length: 5\r\n',
          'Transfer-Encoding: chunked\r\n',
          'Expect: 100-continue\r\n',
        )
        .map(text => Buffer.from(text)),
    )
    const asynchronously = fc.asyncProperty(
      fc.boolean(),
      fc.array(piece, { maxLength: 12 }),
      async (behindUpgrade, pieces) => {
        const socket = behindUpgrade ? await upgraded(port) : connect(port, '127.0.0.1')
        for (const bytes of pieces) socket.write(bytes)
        socket.end()
        await collect(socket)
      },
    )
    await fc.assert(asynchronously, { numRuns: 150 })
    expect(await (await fetch(`${url}/~~srv/still-here`)).text()).toBe('/still-here')
    // The agent's control connection and its back-connections, and what the fetch keeps alive.
    await expect.poll(async () => (await kept())[0]).toBe(0)
    expect(lines.join('\n')).not.toMatch(/"err"|failed within|failed inside/)
  })

  test.each([
    ['a length of 0', Buffer.from([0, 0])],
    ['a length beyond the limit', Buffer.from([2, 1])],
    ['a message that is no M1', withLength(Buffer.from('hello'), 2)],
    ['random bytes', Buffer.from('ffeeddccbbaa99887766554433221100', 'hex')],
  ])('after the upgrade, %s, closes it', async (_, bytes) => {
    const { port, gateway } = await runGateway()
    const socket = await upgraded(port)
    socket.write(bytes)
    expect((await collect(socket)).length).toBeLessThanOrEqual(4)
    expect(gateway.tunnels).toHaveLength(0)
  })

  test('of another version of the handshake is told status 2 and the highest version', async () => {
    const { port } = await runGateway()
    const socket = await upgraded(port)
    const m1 = Buffer.from(encodeM1(Buffer.alloc(32), 'srv'))
    m1[4] = 9
    socket.write(withLength(m1, 2))
    expect(Buffer.from(await collect(socket), 'latin1')).toEqual(Buffer.from([0, 2, 2, 1]))
  })

  test('that stops half-way ends at the deadline of the handshake, whatever comes slowly', async () => {
    const clock = new VirtualClock()
    const { port } = await runGateway({ clock })
    const silent = await upgraded(port)
    const slow = await upgraded(port)
    for (const byte of withLength(encodeM1(Buffer.alloc(32), 'srv'), 2).subarray(0, 9)) {
      slow.write(Buffer.of(byte))
      await clock.pass(1_000)
    }
    expect(silent.destroyed).toBe(false)
    await pause(20)
    await clock.pass(1_000)
    expect(await Promise.all([collect(silent), collect(slow)])).toEqual(['', ''])
  })
})

describe('half a connection', () => {
  const limits = { headMs: 150 }

  test.each([
    ['says nothing', ''],
    ['stops within the head', 'GET / HTTP/1.1\r\nHo'],
    ['stops within the head of an upgrade', 'GET /.tildegate/control HTTP/1.1\r\nHost: x\r\nUpgr'],
  ])('that %s ends at the deadline of heads', async (_, text) => {
    const { port, kept } = await watched({ limits })
    expect(await request(port, text)).toMatch(/^HTTP\/1\.1 408 |^$/)
    await expect.poll(kept).toEqual([0, 0])
  })

  test('that says nothing in TLS ends at the deadline of TLS', async () => {
    const tls = { listen: [{ host: '127.0.0.1', port: 0, tls: true }] }
    const { port, kept } = await watched({ ...tls, limits: { tlsHandshakeMs: 150 } })
    expect(await request(port, '')).toBe('')
    await expect.poll(kept).toEqual([0, 0])
  })

  test('of a head that comes byte by byte ends at its deadline all the same', async () => {
    const { port, kept } = await watched({ limits })
    const socket = connect(port, '127.0.0.1')
    const ended = collect(socket)
    const begin = performance.now()
    const slow = setInterval(() => socket.write('x'), 10)
    socket.write('GET /')
    expect(await ended).toMatch(/^HTTP\/1\.1 408 |^$/)
    clearInterval(slow)
    expect(performance.now() - begin).toBeLessThan(2_000)
    await expect.poll(kept).toEqual([0, 0])
  })

  test.each([
    ['before a byte', ''],
    ['within a head', 'GET / HTTP/1.1\r\nHo'],
    ['behind an upgrade', head('GET /.tildegate/control HTTP/1.1', ...asAgent)],
    ['within M1', `${head('GET /.tildegate/control HTTP/1.1', ...asAgent)}\0\x2aTLDG`],
  ])('that the other side ends %s is let go at once', async (_, text) => {
    const { port, kept } = await watched()
    const socket = connect(port, '127.0.0.1')
    socket.end(text, 'latin1')
    await collect(socket)
    await expect.poll(kept).toEqual([0, 0])
  })

  test('whose other side vanishes is let go at once', async () => {
    const { port, kept } = await watched()
    const sockets = [await upgraded(port), connect(port, '127.0.0.1')]
    await expect.poll(async () => (await kept())[1]).toBe(2)
    for (const socket of sockets) socket.resetAndDestroy()
    await expect.poll(kept).toEqual([0, 0])
  })
})

describe('floods', () => {
  test('of unfinished handshakes of one address are refused beyond the limit, and room comes back', async () => {
    const { port, lines } = await runGateway({ limits: { unfinishedHandshakesPerAddress: 3 } })
    const held = [await upgraded(port), await upgraded(port), await upgraded(port)]
    for (let at = 0; at < 5; at++) await expect(upgraded(port)).rejects.toThrow('503')
    expect(lines.filter(line => line.includes('unfinished-handshakes'))).toHaveLength(1)
    held[0]?.destroy()
    await expect
      .poll(() =>
        upgraded(port).then(
          () => true,
          () => false,
        ),
      )
      .toBe(true)
    for (const socket of held) socket.destroy()
  })

  test('of guesses get status 4 before any answer that could tell them something', async () => {
    const { agent, lines } = await runGateway({ limits: { failedGuessesPerNameAndAddressPerMinute: 2 } })
    for (let at = 0; at < 2; at++) {
      await expect(agent({ password: `guess ${at}` })).rejects.toMatchObject({ code: 'password-refused' })
    }
    for (let at = 0; at < 3; at++) {
      await expect(agent({ password: 'pw' })).rejects.toMatchObject({ code: 'gateway-overloaded' })
    }
    expect(lines.filter(line => line.includes('failed-guesses'))).toHaveLength(1)
    expect(lines.join('\n')).not.toContain('guess 0')
  })

  test('of guesses for unknown names count as well', async () => {
    const { agent } = await runGateway({ limits: { failedGuessesPerAddressPerMinute: 2 } })
    for (const name of ['a', 'b']) {
      await expect(agent({ name })).rejects.toMatchObject({ code: 'password-refused' })
    }
    await expect(agent({ name: 'c' })).rejects.toMatchObject({ code: 'gateway-overloaded' })
  })
})
