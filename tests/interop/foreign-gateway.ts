/** A gateway on the second implementation: one tunnel, one control connection, requests over back-connections. */
import { createHmac, randomBytes, X509Certificate } from 'node:crypto'
import { once } from 'node:events'
import { type AddressInfo, createServer, type Socket } from 'node:net'
import * as tls from 'node:tls'
import { cpace, Frames, frameType, innerProof, message, Reader, readMessage } from './wire.ts'

const utf8 = (text: string) => Buffer.from(text, 'utf8')
const switching = 'HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: tildegate/1\r\n\r\n'

interface Upgraded {
  readonly socket: Socket
  readonly head: string
}

/** Listens, answers upgrades with 101 and hands them out by path in the order they come. */
export async function startForeignGateway(password: string, identity: { cert: string; key: string }) {
  const arrivals = new Map<string, Upgraded[]>()
  let wake = () => {}
  const server = createServer(socket => {
    socket.on('error', () => {})
    let text = ''
    const onData = (bytes: Buffer) => {
      text += bytes.toString('latin1')
      const end = text.indexOf('\r\n\r\n')
      if (end < 0) return
      socket.off('data', onData)
      socket.pause()
      const rest = text.slice(end + 4)
      if (rest) socket.unshift(Buffer.from(rest, 'latin1'))
      const path = text.split(' ')[1] ?? ''
      arrivals.set(path, [...(arrivals.get(path) ?? []), { socket, head: text.slice(0, end) }])
      socket.write(switching)
      wake()
    }
    socket.on('data', onData)
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')

  async function next(path: string): Promise<Upgraded> {
    for (;;) {
      const arrived = arrivals.get(path)?.shift()
      if (arrived) return arrived
      await new Promise<void>(resolve => {
        wake = resolve
      })
    }
  }

  /** Proves the next agent and reads its HELLO. */
  async function welcomeAgent(terms: { aliveMs?: number; deadMs?: number } = {}) {
    const { socket, head } = await next('/.tildegate/control')
    const reader = new Reader(socket)
    const m1 = await readMessage(reader)
    const name = m1.subarray(39).toString('utf8')
    const m2 = Buffer.concat([Buffer.from([0, 1, 1]), randomBytes(32)])
    socket.write(message(m2))
    const ya = await readMessage(reader)
    const own = cpace({ name, password, m1, m2 })
    socket.write(message(own.own))
    const keys = own.keys(ya, own.own, ya)
    const ta = await readMessage(reader)
    if (!ta.equals(keys.ta)) {
      socket.destroy()
      throw new Error('the agent did not prove itself')
    }
    socket.write(message(keys.tb))
    const frames = new Frames(socket, reader, keys.g2a, keys.a2g)
    const { type, payload } = await frames.receive()
    const hello = JSON.parse(payload.toString('utf8')) as Record<string, unknown>
    const session = randomBytes(16)
    frames.send(
      frameType.welcome,
      utf8(
        JSON.stringify({
          session: session.toString('hex'),
          resumeSecret: randomBytes(32).toString('hex'),
          aliveMs: 20_000,
          deadMs: 60_000,
          ...terms,
          url: 'http://foreign.example/~~x/',
          outer: 'plain',
          innerTls: {
            certSha256: new X509Certificate(identity.cert).fingerprint256.replaceAll(':', '').toLowerCase(),
          },
          gateway: 'foreign/1',
          anotherFutureMember: { deep: true },
        }),
      ),
    )
    return { socket, head, m1, name, frames, type, hello, session }
  }

  /** Sends OPEN and takes the back-connection in: ticket, inner TLS, proof. */
  async function openBack(frames: Frames, session: Buffer) {
    const id = randomBytes(16)
    const secret = randomBytes(32)
    frames.send(frameType.open, Buffer.concat([id, secret, Buffer.from([0, 1])]))
    const { socket, head } = await next('/.tildegate/data')
    const ticket = Buffer.from(/Tildegate-Ticket: (\S+)/i.exec(head)?.[1] ?? '', 'base64url')
    const mac = createHmac('sha512', secret)
      .update(Buffer.concat([utf8('tildegate/1 data'), id, ticket.subarray(16, 32), session]))
      .digest()
      .subarray(0, 32)
    const stream = new tls.TLSSocket(socket, { isServer: true, ...identity, minVersion: 'TLSv1.3' })
    stream.on('error', () => {})
    await once(stream, 'secure')
    const expected = innerProof(
      secret,
      stream.exportKeyingMaterial(32, 'EXPORTER-tildegate-1', Buffer.alloc(0)),
    )
    const reader = new Reader(stream)
    return {
      stream,
      reader,
      isTicketRight:
        ticket.length === 64 && ticket.subarray(0, 16).equals(id) && ticket.subarray(32).equals(mac),
      isProofRight: (await reader.take(32)).equals(expected),
    }
  }

  return {
    port: (server.address() as AddressInfo).port,
    welcomeAgent,
    openBack,
    close: () => server.close(),
  }
}
