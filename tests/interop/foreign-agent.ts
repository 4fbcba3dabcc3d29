/** An agent on the second implementation: registers, answers OPEN with a back-connection, speaks on it for the test. */
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import * as tls from 'node:tls'
import { cpace, Frames, frameType, innerProof, message, Reader, readMessage, ticketHeader } from './wire.ts'

const utf8 = (text: string) => Buffer.from(text, 'utf8')

export async function upgrade(port: number, path: string, headers: readonly string[] = []) {
  const socket = connect(port, '127.0.0.1')
  const reader = new Reader(socket)
  await once(socket, 'connect')
  socket.write(
    [
      `GET ${path} HTTP/1.1`,
      `Host: 127.0.0.1:${port}`,
      'Connection: Upgrade',
      'Upgrade: tildegate/1',
      ...headers,
      '',
      '',
    ].join('\r\n'),
  )
  const head = await reader.head()
  return { socket, reader, head, status: Number(head.split(' ')[1]) }
}

/** M1 to M6. Rejects where the gateway closes. */
export async function prove(port: number, name: string, password: string) {
  const { socket, reader, status } = await upgrade(port, '/.tildegate/control')
  if (status !== 101) throw new Error(`upgrade: ${status}`)
  const m1 = Buffer.concat([
    utf8('TLDG'),
    Buffer.from([1, 1]),
    randomBytes(32),
    Buffer.from([name.length]),
    utf8(name),
  ])
  socket.write(message(m1))
  const m2 = await readMessage(reader)
  if (m2.length === 2) throw new Error(`status ${m2[0]}`)
  const own = cpace({ name, password, m1, m2 })
  socket.write(message(own.own))
  const yb = await readMessage(reader)
  const keys = own.keys(own.own, yb, yb)
  socket.write(message(keys.ta))
  const tb = await readMessage(reader)
  if (!tb.equals(keys.tb)) throw new Error('the gateway did not prove itself')
  return { socket, keys, frames: new Frames(socket, reader, keys.a2g, keys.g2a) }
}

export interface Welcome {
  readonly session: string
  readonly resumeSecret: string
  readonly aliveMs: number
  readonly deadMs: number
  readonly url: string
  readonly outer: string
  readonly innerTls: { readonly certSha256: string }
  readonly gateway: string
  readonly inUse?: boolean
}

export async function register(port: number, name: string, password: string, hello: object = {}) {
  const { socket, keys, frames } = await prove(port, name, password)
  frames.send(
    frameType.hello,
    utf8(
      JSON.stringify({ agent: 'foreign/1', os: 'none', outer: { tls: false }, futureMember: [1], ...hello }),
    ),
  )
  const { type, payload } = await frames.receive()
  const answer = JSON.parse(payload.toString('utf8')) as Welcome & { code?: string }
  return { socket, keys, frames, type, answer }
}

/** A back-connection for an OPEN frame: ticket, inner TLS, proof; ready for the gateway's request. */
export async function openBack(
  port: number,
  open: Buffer,
  welcome: Welcome,
): Promise<{ stream: tls.TLSSocket; raw: Socket }> {
  const [id, secret, kind, flags] = [open.subarray(0, 16), open.subarray(16, 48), open[48], open[49]]
  if (kind !== 0 || flags !== 1) throw new Error(`kind ${kind}, flags ${flags}`)
  const header = ticketHeader(id, secret, Buffer.from(welcome.session, 'hex'))
  const { socket, status } = await upgradeKeepingBytes(port, `Tildegate-Ticket: ${header}`)
  if (status !== 101) throw new Error(`ticket: ${status}`)
  const stream = tls.connect({ socket, rejectUnauthorized: false, minVersion: 'TLSv1.3' })
  stream.on('error', () => {})
  await once(stream, 'secureConnect')
  const shown = stream.getPeerCertificate().fingerprint256.replaceAll(':', '').toLowerCase()
  if (shown !== welcome.innerTls.certSha256) throw new Error('another inner certificate')
  stream.write(innerProof(secret, stream.exportKeyingMaterial(32, 'EXPORTER-tildegate-1', Buffer.alloc(0))))
  return { stream, raw: socket }
}

/** As `upgrade`, but leaves the socket without listeners of ours: TLS comes next. */
async function upgradeKeepingBytes(port: number, header: string) {
  const socket = connect(port, '127.0.0.1')
  socket.on('error', () => {})
  await once(socket, 'connect')
  socket.write(
    [
      'GET /.tildegate/data HTTP/1.1',
      'Host: x',
      'Connection: Upgrade',
      'Upgrade: tildegate/1',
      header,
      '',
      '',
    ].join('\r\n'),
  )
  const [bytes] = (await once(socket, 'data')) as [Buffer]
  socket.pause()
  const end = bytes.indexOf('\r\n\r\n') + 4
  if (bytes.length > end) socket.unshift(bytes.subarray(end))
  return { socket, status: Number(bytes.toString('latin1').split(' ')[1]) }
}
