/** Direct lines over real sockets: which carrier is found out, and what each failure is called. */
import { once } from 'node:events'
import { createServer, type Socket } from 'node:net'
import { createServer as createTlsServer } from 'node:tls'
import { describe, expect, it, onTestFinished } from 'vitest'
import { createDialer, type DialerSettings, sha256Hex } from '../../../net/dial/index.ts'
import { systemClock, systemRandom } from '../../../net/world.ts'
import { TildegateError } from '../../../shared/errors.ts'
import { listening } from '../../support/listening.ts'
import { selfSigned } from '../../support/self-signed.ts'

type Gateway = { scheme?: 'http' | 'https'; host: string; port: number }

async function dial(gateway: Gateway, options: Partial<DialerSettings> = {}, carrier?: 'plain' | 'tls') {
  const dialer = createDialer({ clock: systemClock, random: systemRandom, silentTlsMs: 200, ...options })
  const { signal } = new AbortController()
  const line = await dialer.dial({ gateway, hops: [] }, { signal, ...(carrier ? { carrier } : {}) })
  onTestFinished(() => line.reset())
  return line
}

const loopback = (port: number) => ({ host: '127.0.0.1', port })
const plainServer = (answer: (socket: Socket) => void) => createServer(socket => answer(socket))
const httpLike = plainServer.bind(null, socket =>
  socket.once('data', data => {
    if (data[0] === 0x16) socket.end('HTTP/1.1 400 Bad Request\r\n\r\n')
    else socket.end(`plain ${data}`)
  }),
)

describe('a direct line without a scheme', () => {
  it('speaks TLS where the peer does, and tells the certificate', async () => {
    const { key, cert, der } = await selfSigned()
    const line = await dial(loopback(await listening(createTlsServer({ key, cert }))))
    expect(line.outer).toEqual({ tls: true, certSha256: sha256Hex(der), authorized: false })
  })

  it.each([
    ['answers in plain HTTP', httpLike],
    ['hangs up', () => plainServer(socket => socket.once('data', data => data[0] === 0x16 && socket.end()))],
    [
      'resets',
      () => plainServer(socket => socket.once('data', data => data[0] === 0x16 && socket.resetAndDestroy())),
    ],
    ['keeps silent', () => plainServer(socket => socket.resume())],
  ])('falls back to plain where the peer %s', async (_, create) => {
    const line = await dial(loopback(await listening(create())))
    expect(line.outer).toEqual({ tls: false })
    expect(line.socket.destroyed).toBe(false)
  })

  it('does not fall back where the peer speaks TLS and refuses', async () => {
    const { key, cert } = await selfSigned()
    const server = createTlsServer({ key, cert, ALPNProtocols: ['h2'] })
    server.on('tlsClientError', () => {})
    await expect(dial(loopback(await listening(server)))).rejects.toMatchObject({ code: 'outer-tls-failed' })
  })

  it('does not fall back once the peer is known to speak TLS', async () => {
    const port = await listening(httpLike())
    await expect(dial(loopback(port), {}, 'tls')).rejects.toMatchObject({ code: 'outer-tls-failed' })
  })

  it('does not fall back where a CA is demanded', async () => {
    const { cert } = await selfSigned()
    const port = await listening(httpLike())
    await expect(dial(loopback(port), { ca: cert })).rejects.toMatchObject({ code: 'outer-tls-failed' })
  })
})

describe('a direct line with a scheme', () => {
  it('https never falls back', async () => {
    const port = await listening(httpLike())
    await expect(dial({ ...loopback(port), scheme: 'https' })).rejects.toMatchObject({
      code: 'outer-tls-failed',
    })
  })

  it('http never tries TLS', async () => {
    const line = await dial({ ...loopback(await listening(httpLike())), scheme: 'http' })
    line.socket.write('hello')
    const [data] = await once(line.socket, 'data')
    expect(String(data)).toBe('plain hello')
  })
})

describe('a CA', () => {
  it('that signed the certificate lets the line pass, as authorized', async () => {
    const { key, cert } = await selfSigned()
    const port = await listening(createTlsServer({ key, cert }))
    const line = await dial(loopback(port), { ca: cert })
    expect(line.outer).toMatchObject({ tls: true, authorized: true })
  })

  it('that did not sign it refuses the line, without a fallback', async () => {
    const [{ key, cert }, other] = [await selfSigned(), await selfSigned()]
    const port = await listening(createTlsServer({ key, cert }))
    await expect(dial(loopback(port), { ca: other.cert })).rejects.toMatchObject({ code: 'outer-tls-failed' })
  })

  it('does not help a certificate for another host', async () => {
    const { key, cert } = await selfSigned('other.example')
    const port = await listening(createTlsServer({ key, cert }))
    await expect(dial(loopback(port), { ca: cert })).rejects.toMatchObject({ code: 'outer-tls-failed' })
  })
})

describe('a dial', () => {
  it('that nothing accepts is refused', async () => {
    const server = createServer()
    const port = await listening(server)
    server.close()
    await once(server, 'close')
    await expect(dial(loopback(port))).rejects.toMatchObject({ code: 'dial-refused', details: { port } })
  })

  it('to a name that does not exist says so', async () => {
    await expect(dial({ host: 'no.such.name.invalid', port: 443 })).rejects.toMatchObject({
      code: 'gateway-name-unknown',
    })
  })

  it('that is aborted ends with the reason and leaves no socket', async () => {
    const server = plainServer(socket => socket.resume())
    const port = await listening(server)
    const dialer = createDialer({ clock: systemClock, random: systemRandom })
    const controller = new AbortController()
    const accepted = once(server, 'connection') as Promise<[Socket]>
    const dialled = dialer.dial({ gateway: loopback(port), hops: [] }, { signal: controller.signal })
    const [socket] = await accepted
    controller.abort(new Error('stop'))
    await expect(dialled).rejects.toThrow('stop')
    await once(socket, 'close')
  })

  it('asks for the proxies of the route anew each time, and passes on why there are none', async () => {
    const asked: string[] = []
    const dialer = createDialer({
      clock: systemClock,
      random: systemRandom,
      async resolveHops(route) {
        asked.push(route.gateway.host)
        throw new TildegateError('system-proxy-unavailable', { reason: 'a test' })
      },
    })
    const route = { gateway: loopback(1), hops: [{ kind: 'system' as const }] }
    const { signal } = new AbortController()
    for (let i = 0; i < 2; i++) {
      await expect(dialer.dial(route, { signal })).rejects.toMatchObject({ code: 'system-proxy-unavailable' })
    }
    expect(asked).toHaveLength(2)
  })

  it('that is reset is seen by the peer as broken off, without an end, even with bytes on the way', async () => {
    const server = createServer(socket => socket.pause())
    const port = await listening(server)
    const accepted = once(server, 'connection') as Promise<[Socket]>
    const line = await dial({ ...loopback(port), scheme: 'http' })
    const [peer] = await accepted
    line.socket.write(Buffer.alloc(16 * 2 ** 20))
    await once(peer, 'readable')
    let hasEnded = false
    peer.on('end', () => {
      hasEnded = true
    })
    const broke = once(peer, 'error')
    line.reset()
    peer.resume()
    expect((await broke)[0]).toMatchObject({ code: 'ECONNRESET' })
    expect(hasEnded).toBe(false)
  })

  it('that is reset closes over TLS too, however often asked', async () => {
    const { key, cert } = await selfSigned()
    const server = createTlsServer({ key, cert })
    const port = await listening(server)
    const secured = once(server, 'secureConnection')
    const line = await dial(loopback(port))
    const [peer] = await secured
    const closed = once(peer.resume(), 'close')
    line.reset()
    line.reset()
    await closed
  })
})
