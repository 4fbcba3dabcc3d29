/** Back-connections over real sockets: tickets, inner TLS, targets good and bad, half-closes, large bodies. */
import { once } from 'node:events'
import { type AddressInfo, createServer, type Socket } from 'node:net'
import type { Duplex } from 'node:stream'
import { createServer as createTlsServer, type TLSSocket } from 'node:tls'
import { describe, expect, it, onTestFinished } from 'vitest'
import { failedCodes } from '../../../net/seal/index.ts'
import { startGatewayTwin, type TwinOptions, type TwinSession } from '../../support/gateway-twin.ts'
import { selfSigned } from '../../support/self-signed.ts'
import { type SceneOptions, startTunnel } from './scene.ts'

/** A target whose connections the test plays; `accepted` counts them. */
async function startTarget(serve: (socket: Socket) => void = () => {}, tls?: { cert: string; key: string }) {
  const sockets: Socket[] = []
  const accept = (socket: Socket) => {
    sockets.push(socket)
    socket.on('error', () => {})
    serve(socket)
  }
  const server = tls
    ? createTlsServer({ ...tls, allowHalfOpen: true } as never, accept)
    : createServer({ allowHalfOpen: true }, accept)
  server.on('tlsClientError', () => {})
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  const stop = () => {
    for (const socket of sockets) socket.destroy()
    if (server.listening) server.close()
  }
  onTestFinished(stop)
  return { server, sockets, stop, url: `http${tls ? 's' : ''}://127.0.0.1:${port}/` }
}

async function connectedBy(
  scene: Omit<SceneOptions, 'port'> & { twin?: TwinOptions } = {},
): Promise<
  { session: TwinSession; twin: Awaited<ReturnType<typeof startGatewayTwin>> } & ReturnType<
    typeof startTunnel
  >
> {
  const twin = await startGatewayTwin(scene.twin)
  const started = startTunnel({ ...scene, port: twin.port })
  const session = await twin.sessions.next()
  await started.until('established')
  return { session, twin, ...started }
}

async function textUntilEnd(stream: Duplex): Promise<string> {
  let all = ''
  for await (const chunk of stream) all += String(chunk)
  return all
}

const echo = (socket: Socket) => void socket.pipe(socket)
const request = 'GET / HTTP/1.1\r\nHost: x\r\n\r\n'

describe.each([
  ['', false, false],
  [', inner TLS', true, false],
  [', WebSocket framing', false, true],
  [', inner TLS, WebSocket framing', true, true],
])('a back-connection%s', (_, innerTls, isWebSocketOnly) => {
  const connected = (scene: Parameters<typeof connectedBy>[0]) =>
    connectedBy({ ...scene, twin: { ...scene?.twin, isWebSocketOnly } })

  it('joins the visitor with the target, both half-closes kept, and says that the target ended in order', async () => {
    const target = await startTarget(socket => {
      let all = ''
      socket.on('data', data => {
        all += data
      })
      socket.on('end', () => socket.end(`you said ${all}`))
    })
    const { session, tunnel } = await connected({ target: target.url })
    const { ticket, back } = await session.open({ innerTls })
    back.end('hello')
    expect(await textUntilEnd(back)).toBe('you said hello')
    expect(await session.frames.next()).toEqual({ type: 'ended', id: ticket.id, isInOrder: true })
    const { bytesIn, bytesOut } = tunnel.status()
    expect([bytesIn, bytesOut]).toEqual([5, 14])
  })

  it('holds nothing at the target before the first byte', async () => {
    const target = await startTarget(echo)
    const { session, tunnel } = await connected({ target: target.url })
    const { back } = await session.open({ innerTls })
    expect(tunnel.status()).toMatchObject({ open: 1, visitors: 0 })
    expect(target.sockets).toHaveLength(0)
    back.write('now')
    expect(String((await once(back, 'data'))[0])).toBe('now')
    expect(target.sockets).toHaveLength(1)
    expect(tunnel.status()).toMatchObject({ open: 1, visitors: 1 })
  })

  it('dials the target at once where it is raw, which may speak first', async () => {
    const target = await startTarget(socket => void socket.write('RFB 003.008\n'))
    const { session } = await connected({ target: target.url })
    const { back } = await session.open({ innerTls, kind: 'raw' })
    expect(String((await once(back, 'data'))[0])).toBe('RFB 003.008\n')
  })

  it('breaks off, and says so first, when the target dies in the middle of an answer', async () => {
    const target = await startTarget(socket => {
      socket.on('data', () => socket.write('HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\nhalf'))
    })
    const { session } = await connected({ target: target.url })
    const { ticket, back } = await session.open({ innerTls })
    back.write(request)
    await once(back, 'data')
    const closed = new Promise<void>(resolve => back.on('close', () => resolve()))
    target.sockets[0]?.resetAndDestroy()
    expect(await session.frames.next()).toEqual({ type: 'ended', id: ticket.id, isInOrder: false })
    back.resume()
    if (innerTls) back.on('end', () => back.destroy())
    await closed
  })

  it('ends the target’s connection when the visitor is gone', async () => {
    const target = await startTarget(echo)
    const { session } = await connected({ target: target.url })
    const { back } = await session.open({ innerTls })
    back.write('x')
    await once(back, 'data')
    // In WebSocket framing it is told as broken off, which it is.
    const closed = new Promise<void>(resolve => target.sockets[0]?.on('close', () => resolve()))
    back.destroy()
    await closed
  })

  it('carries 64 MiB each way unchanged', { timeout: 30_000 }, async () => {
    const total = 64 * 2 ** 20
    const target = await startTarget(echo)
    const { session } = await connected({ target: target.url })
    const { back } = await session.open({ innerTls })
    const chunk = Buffer.from(Array.from({ length: 65_536 }, (_, i) => (i * 31) & 0xff))
    let got = 0
    let wrong = 0
    back.on('data', (data: Buffer) => {
      if (data[0] !== chunk[got % chunk.length]) wrong++
      got += data.length
    })
    for (let sent = 0; sent < total; sent += chunk.length) if (!back.write(chunk)) await once(back, 'drain')
    back.end()
    await once(back, 'end')
    expect([got, wrong]).toEqual([total, 0])
  })

  it('ends with the session, an idle spare as well as a busy one', async () => {
    const target = await startTarget(echo)
    const { session, tunnel } = await connected({ target: target.url })
    const [spare, busy] = await Promise.all([session.open({ innerTls }), session.open({ innerTls })])
    busy.back.write('x')
    await once(busy.back, 'data')
    const closed = [spare, busy].map(
      ({ back }) =>
        new Promise<void>(resolve => {
          back.on('end', () => back.destroy())
          back.on('close', () => resolve())
          back.resume()
        }),
    )
    session.channel.destroy()
    await Promise.all(closed)
    expect(tunnel.status()).toMatchObject({ open: 0, visitors: 0 })
  })
})

const connected = connectedBy

describe('a target', () => {
  const reached = async (target: string, tunnel = {}) => {
    const { session } = await connected({ target, ...tunnel })
    const { back } = await session.open()
    back.write(request)
    return textUntilEnd(back)
  }

  it('that is down is answered for with 502 and its reason', async () => {
    const target = await startTarget()
    target.stop()
    await once(target.server, 'close')
    expect(await reached(target.url)).toBe(
      'HTTP/1.1 502 Bad Gateway\r\nTildegate-Error: target-refused\r\nContent-Length: 0\r\nConnection: close\r\n\r\n',
    )
  })

  it('whose name is unknown', async () => {
    expect(await reached('http://no.such.name.invalid/')).toContain('Tildegate-Error: target-dns')
  })

  it('that speaks no TLS where the entry says https', async () => {
    const target = await startTarget(socket => void socket.end('no TLS'))
    expect(await reached(target.url.replace('http:', 'https:'))).toContain('Tildegate-Error: target-tls')
  })

  it('on this computer may show a self-signed certificate', async () => {
    const target = await startTarget(socket => void socket.end('secret hello'), await selfSigned())
    expect(await reached(target.url)).toBe('secret hello')
  })

  it('that is down answers even in the middle of a large upload', async () => {
    const target = await startTarget()
    target.stop()
    await once(target.server, 'close')
    const { session } = await connected({ target: target.url })
    const { back } = await session.open()
    back.write(`POST / HTTP/1.1\r\nContent-Length: 2000000\r\n\r\n${'x'.repeat(1_000_000)}`)
    expect(await textUntilEnd(back)).toContain('502 Bad Gateway')
  })

  it('that is down for a raw connection is told by FAILED', async () => {
    const target = await startTarget()
    target.stop()
    await once(target.server, 'close')
    const { session } = await connected({ target: target.url })
    const { id } = session.ask({ kind: 'raw' })
    expect(await session.frames.next()).toMatchObject({ type: 'failed', id, code: failedCodes.target })
  })
})

describe('FAILED', () => {
  it.each([
    [
      'a ticket that is refused',
      { dataAnswer: 'HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n' },
      'upgrade',
      false,
    ],
    ['another inner certificate than the gateway named', { wrongInnerCertificate: true }, 'innerTls', true],
  ] as const)('tells of %s, and no secret', async (_, twin, code, innerTls) => {
    const { session, tunnel } = await connected({ twin })
    const { id, secret } = session.ask({ innerTls })
    const failed = await session.frames.next()
    expect(failed).toMatchObject({ type: 'failed', id, code: failedCodes[code] })
    const text = failed.type === 'failed' ? failed.text : ''
    expect(secret.use(bytes => text.includes(Buffer.from(bytes).toString('hex')))).toBe(false)
    expect(tunnel.status()).toMatchObject({ state: 'established', open: 0 })
  })
})

describe('the outer certificate', () => {
  it('that is another one than the proven is refused before the ticket is shown, and the control connection renewed', async () => {
    const [first, second] = [await selfSigned(), await selfSigned()]
    const { session, twin, until } = await connected({
      scheme: 'https',
      twin: { tls: first, terms: { outer: 'proven' } },
    })
    twin.useCertificate(second)
    const { id } = session.ask()
    expect(await session.frames.next()).toMatchObject({ type: 'failed', id, code: failedCodes.innerTls })
    expect(await until('waiting')).toMatchObject({ code: 'outer-certificate-changed' })
    expect(twin.presented.all).toEqual([])
    const renewed = await twin.sessions.next()
    expect(renewed.hello.resume?.session).toBe(session.welcome.session)
    expect(renewed.hello.outer).not.toEqual(session.hello.outer)
  })

  it('that changes does not matter where the gateway asks for TLS inside, as it does before it changes', async () => {
    const [first, second] = [await selfSigned(), await selfSigned()]
    const { session, twin, states } = await connected({
      scheme: 'https',
      twin: { tls: first, terms: { outer: 'proven' } },
    })
    twin.useCertificate(second)
    const { back } = await session.open({ innerTls: true })
    back.write('GET / HTTP/1.1\r\nHost: x\r\n\r\n')
    expect(String((await once(back, 'data'))[0])).toContain('200 OK')
    expect(states.all.at(-1)?.state).toBe('established')
  })

  it('that is the proven one lets the back-connection pass', async () => {
    const { session } = await connected({
      scheme: 'https',
      twin: { tls: await selfSigned(), terms: { outer: 'proven' } },
    })
    const { back } = await session.open()
    back.write('GET / HTTP/1.1\r\nHost: x\r\n\r\n')
    expect(String((await once(back, 'data'))[0])).toContain('200 OK')
  })

  it('that differs does not matter where it was not proven, as TLS inside protects', async () => {
    const { session, twin } = await connected({
      scheme: 'https',
      twin: { tls: await selfSigned(), terms: { outer: 'unproven' } },
    })
    twin.useCertificate(await selfSigned())
    const { back } = await session.open({ innerTls: true })
    back.write('GET / HTTP/1.1\r\nHost: x\r\n\r\n')
    expect(String((await once(back, 'data'))[0])).toContain('200 OK')
  })
})

describe('the TLS inside', () => {
  it('is resumed by later back-connections, still pinned and proven', async () => {
    const target = await startTarget(echo)
    const { session } = await connected({ target: target.url })
    const reused: boolean[] = []
    for (let i = 0; i < 3; i++) {
      const { back } = await session.open({ innerTls: true })
      reused.push((back as TLSSocket).isSessionReused())
      // TLS 1.3 hands its tickets out after the handshake: they come with the answer at the latest.
      back.write('x')
      await once(back, 'data')
    }
    expect(reused).toEqual([false, true, true])
  })
})

describe('an idle spare', () => {
  it('that the gateway closes leaves nothing behind', async () => {
    const { session, tunnel } = await connected()
    const { back } = await session.open()
    const closed = once(back, 'close')
    back.end()
    back.resume()
    await closed
    while (tunnel.status().open > 0) await new Promise(resolve => setImmediate(resolve))
    expect(tunnel.status().open).toBe(0)
  })
})
