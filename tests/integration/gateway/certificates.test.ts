import { X509Certificate } from 'node:crypto'
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { connect as connectTcp, createServer, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { duplexPair } from 'node:stream'
import { connect } from 'node:tls'
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest'
import { keptSelfSigned, loadCertificate, ownNames } from '../../../gateway/listen/certificate-store.ts'
import { certificateDigest, makeSelfSigned } from '../../../gateway/listen/self-signed.ts'
import { TlsAcceptor } from '../../../gateway/listen/tls-acceptor.ts'
import { systemClock, systemRandom } from '../../../net/world.ts'
import { silentLog } from '../../../shared/world.ts'
import { listening } from '../../support/listening.ts'
import { VirtualClock } from '../../support/virtual-clock.ts'

const world = { clock: systemClock, random: systemRandom, log: silentLog }
const limits = { handshakeMs: 5_000, ticketKeyMs: 60_000 }
let folder: string

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'tildegate-'))
})
afterAll(() => rmSync(folder, { recursive: true }))

describe('self-signed certificates', () => {
  test('hold what was asked for and are signed by their own key', async () => {
    const { cert, key } = await makeSelfSigned(['localhost', 'gw.example', '127.0.0.1', '::1'], 800, world)
    const parsed = new X509Certificate(cert)
    expect(parsed.subjectAltName).toBe(
      'DNS:localhost, DNS:gw.example, IP Address:127.0.0.1, IP Address:0:0:0:0:0:0:0:1',
    )
    expect(parsed.verify(parsed.publicKey)).toBe(true)
    expect(parsed.checkHost('gw.example')).toBe('gw.example')
    expect(parsed.ca).toBe(false)
    expect(parsed.fingerprint256.replaceAll(':', '').toLowerCase()).toBe(certificateDigest(cert))
    expect(key).toContain('PRIVATE KEY')
    const days = (Date.parse(parsed.validTo) - Date.parse(parsed.validFrom)) / 86_400_000
    expect(days).toBe(801)
  })

  test('are valid beyond 2050 too', async () => {
    const { cert } = await makeSelfSigned([], 10_000, world)
    expect(new Date(new X509Certificate(cert).validTo).getUTCFullYear()).toBeGreaterThan(2050)
  })

  test('are kept, 0600, and used again at the next start', async () => {
    const state = join(folder, '.tildegate')
    const first = await keptSelfSigned(state, ['localhost'], world)
    const second = await keptSelfSigned(state, ['localhost'], world)
    expect(second).toEqual(first)
    expect(statSync(join(state, 'self-signed.key')).mode & 0o777).toBe(0o600)
    expect(statSync(join(state, 'self-signed.crt')).mode & 0o777).toBe(0o600)
    expect(statSync(state).mode & 0o777).toBe(0o700)
  })

  test('are made anew when the kept one is broken or runs out', async () => {
    const state = join(folder, 'renewed')
    const first = await keptSelfSigned(state, ['localhost'], world)
    const later = { ...systemClock, wall: () => Date.now() + 790 * 86_400_000 }
    const second = await keptSelfSigned(state, ['localhost'], { ...world, clock: later })
    expect(second.cert).not.toBe(first.cert)
    writeFileSync(join(state, 'self-signed.key'), 'half a k')
    const third = await keptSelfSigned(state, ['localhost'], world)
    expect(third.cert).not.toBe(second.cert)
    expect(readFileSync(join(state, 'self-signed.crt'), 'utf8')).toBe(third.cert)
  })

  test('are made anew for host mode, once', async () => {
    const state = join(folder, 'hosts')
    const first = await keptSelfSigned(state, ['localhost'], world)
    const names = ownNames('https://gw.example:8443/', 'gw.example')
    const second = await keptSelfSigned(state, names, world)
    expect(second.cert).not.toBe(first.cert)
    expect(new X509Certificate(second.cert).checkHost('home.gw.example')).toBe('*.gw.example')
    expect(await keptSelfSigned(state, names, world)).toEqual(second)
  })

  test('serve although they could not be kept', async () => {
    const file = join(folder, 'a-file')
    writeFileSync(file, '')
    const warnings: string[] = []
    const log = { ...silentLog, warn: (_: object, text: string) => void warnings.push(text) }
    const made = await keptSelfSigned(join(file, 'below'), ['localhost'], { ...world, log })
    expect(made.cert).toContain('CERTIFICATE')
    expect(warnings).toHaveLength(1)
  })
})

describe('certificate files', () => {
  const file = (name: string, text: string) => {
    writeFileSync(join(folder, name), text)
    return join(folder, name)
  }

  test('of one pair are taken', async () => {
    const pair = await makeSelfSigned(['a.example'], 10, world)
    const files = { certFile: file('a.crt', pair.cert), keyFile: file('a.key', pair.key) }
    expect(await loadCertificate(files)).toEqual(pair)
  })

  test.each([
    [
      'a key of another certificate',
      (a: string) => a,
      (_: string, other: string) => other,
      /belongs to another/,
    ],
    ['no certificate', () => 'nothing', (key: string) => key, /holds no PEM certificate/],
    ['no key', (cert: string) => cert, () => 'nothing', /holds no PEM private key/],
  ])('with %s are refused with one sentence', async (_, certText, keyText, sentence) => {
    const [one, other] = [await makeSelfSigned([], 10, world), await makeSelfSigned([], 10, world)]
    const files = {
      certFile: file('b.crt', certText(one.cert)),
      keyFile: file('b.key', keyText(one.key, other.key)),
    }
    await expect(loadCertificate(files)).rejects.toThrow(sentence)
  })

  test('that do not exist are refused', async () => {
    const files = { certFile: join(folder, 'none.crt'), keyFile: join(folder, 'none.key') }
    await expect(loadCertificate(files)).rejects.toMatchObject({ code: 'certificate-unusable' })
  })
})

const pair = await makeSelfSigned(['localhost'], 10, world)

describe('TLS on any stream', () => {
  test('many handshakes at once each get their own stream, over sockets and over streams', async () => {
    const acceptor = new TlsAcceptor(pair, limits, world)
    const streams = Array.from({ length: 8 }, () => duplexPair())
    const secured = await Promise.all(
      streams.map(async ([near, far], at) => {
        const client = connect({ socket: far, rejectUnauthorized: false })
        client.write(`hello ${at}`)
        const server = await acceptor.secure(near)
        const said = await new Promise<string>(resolve =>
          server.once('data', bytes => resolve(String(bytes))),
        )
        client.destroy()
        server.destroy()
        return said
      }),
    )
    expect(secured).toEqual(streams.map((_, at) => `hello ${at}`))
  })

  test('bytes that were read before and given back belong to the handshake', async () => {
    const acceptor = new TlsAcceptor(pair, limits, world)
    const accepted = new Promise<string>((resolve, reject) => {
      const server = createServer(socket => {
        socket.once('data', bytes => {
          socket.pause()
          socket.unshift(bytes)
          acceptor.secure(socket).then(secured => {
            secured.once('data', text => {
              resolve(String(text))
              secured.destroy()
              server.close()
            })
          }, reject)
        })
      }).listen(0, '127.0.0.1', () => {
        const { port } = server.address() as { port: number }
        const client = connect({ port, host: '127.0.0.1', rejectUnauthorized: false })
        client.on('error', () => {})
        client.write('given back')
      })
    })
    expect(await accepted).toBe('given back')
  })

  test('garbage is refused and the stream destroyed', async () => {
    const acceptor = new TlsAcceptor(pair, limits, world)
    const [near, far] = duplexPair()
    far.on('error', () => {})
    far.write('GET / HTTP/1.1\r\n\r\n')
    await expect(acceptor.secure(near)).rejects.toThrow()
    expect(near.destroyed).toBe(true)
  })

  test('a silent peer is cut at the deadline', async () => {
    const clock = new VirtualClock()
    const acceptor = new TlsAcceptor(pair, { ...limits, handshakeMs: 10_000 }, { ...world, clock })
    const [near] = duplexPair()
    const refused = expect(acceptor.secure(near)).rejects.toThrow('too slow')
    await clock.pass(10_000)
    await refused
    expect(near.destroyed).toBe(true)
    expect(clock.waiting).toBe(0)
  })

  test.each<[when: string, leave: (client: Socket) => void]>([
    ['before its first byte', client => client.end()],
    ['within its first message', client => client.end(Buffer.from([22, 3, 1, 2, 0, 1]))],
    [
      'because it does not trust the certificate',
      client => connect({ socket: client }).on('error', () => client.end()),
    ],
  ])('a peer that leaves %s ends the wait, although half-closed connections are kept', async (_, leave) => {
    // In virtual time no deadline comes: the peer's end alone must do.
    const acceptor = new TlsAcceptor(pair, limits, { ...world, clock: new VirtualClock() })
    const server = createServer({ allowHalfOpen: true })
    const refused = new Promise<Socket>((resolve, reject) => {
      server.on('connection', (socket: Socket) => {
        acceptor.secure(socket).then(
          () => reject(new Error('secured')),
          () => resolve(socket),
        )
      })
    })
    const client = connectTcp(await listening(server), '127.0.0.1', () => leave(client))
    onTestFinished(() => void client.destroy())
    expect((await refused).destroyed).toBe(true)
  })

  test('a peer may close its half once the handshake is over', async () => {
    const acceptor = new TlsAcceptor(pair, limits, world)
    const server = createServer({ allowHalfOpen: true }, socket => {
      acceptor.secure(socket).then(
        secured => secured.resume().once('end', () => setImmediate(() => secured.end('still here'))),
        () => {},
      )
    })
    const socket = connectTcp({ port: await listening(server), host: '127.0.0.1', allowHalfOpen: true })
    const client = connect({ socket, rejectUnauthorized: false })
    onTestFinished(() => void client.destroy())
    client.once('secureConnect', () => client.end())
    const said = await client.setEncoding('utf8').reduce((all: string, piece: string) => all + piece, '')
    expect(said).toBe('still here')
  })
})
