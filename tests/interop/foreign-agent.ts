/** An agent on the second implementation: registers, answers OPEN with a back-connection, speaks on it for the test. */
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import type { Duplex } from 'node:stream'
import * as tls from 'node:tls'
import { cpace, Frames, frameType, innerProof, message, Reader, readMessage, ticketHeader } from './wire.ts'

const utf8 = (text: string) => Buffer.from(text, 'utf8')

export type Dial = (port: number) => Promise<Duplex>

export async function overTcp(port: number): Promise<Socket> {
  const socket = connect(port, '127.0.0.1')
  socket.on('error', () => {})
  await once(socket, 'connect')
  return socket
}

/** Whatever certificate is shown. */
export async function overTls(port: number): Promise<tls.TLSSocket> {
  const socket = tls.connect({
    port,
    host: '127.0.0.1',
    rejectUnauthorized: false,
    ALPNProtocols: ['http/1.1'],
  })
  socket.on('error', () => {})
  await once(socket, 'secureConnect')
  return socket
}

/** `early` goes out with the head. */
export async function upgrade(
  port: number,
  path: string,
  headers: readonly string[] = [],
  { dial = overTcp as Dial, early = Buffer.alloc(0) as Buffer } = {},
) {
  const socket = await dial(port)
  const reader = new Reader(socket)
  const lines = [`GET ${path} HTTP/1.1`, `Host: 127.0.0.1:${port}`, 'Connection: Upgrade']
  const head = Buffer.from([...lines, 'Upgrade: tildegate/1', ...headers, '', ''].join('\r\n'))
  socket.write(Buffer.concat([head, early]))
  const answer = await reader.head()
  return { socket, reader, head: answer, status: Number(answer.split(' ')[1]) }
}

/** The upgrade, then M1 to M6. Rejects where the gateway closes. */
export async function prove(port: number, name: string, password: string, dial?: Dial) {
  const { socket, reader, status } = await upgrade(port, '/.tildegate/control', [], dial ? { dial } : {})
  if (status !== 101) throw new Error(`upgrade: ${status}`)
  return proveOn(socket, reader, name, password)
}

export function firstMessage(name: string): Buffer {
  const nonce = randomBytes(32)
  return Buffer.concat([utf8('TLDG'), Buffer.from([1, 1]), nonce, Buffer.from([name.length]), utf8(name)])
}

/** `m1`: it has been sent already. */
export async function proveOn(
  socket: Duplex,
  reader: Reader,
  name: string,
  password: string,
  sent?: { readonly m1: Buffer },
) {
  const m1 = sent?.m1 ?? firstMessage(name)
  if (sent === undefined) socket.write(message(m1))
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
  readonly visitors?: boolean
  readonly visits?: boolean
}

export async function register(
  port: number,
  name: string,
  password: string,
  hello: object = {},
  dial?: Dial,
) {
  const { socket, keys, frames } = await prove(port, name, password, dial)
  const { type, answer } = await introduce(frames, hello)
  return { socket, keys, frames, type, answer }
}

/** HELLO, and the gateway's answer to it. */
export async function introduce(frames: Frames, hello: object) {
  const whole = { agent: 'foreign/1', os: 'none', outer: { tls: false }, futureMember: [1], ...hello }
  frames.send(frameType.hello, utf8(JSON.stringify(whole)))
  const { type, payload } = await frames.receive()
  return { type, answer: JSON.parse(payload.toString('utf8')) as Welcome & { code?: string } }
}

/** The value of `Tildegate-Ticket` for an OPEN frame. */
export function ticketFor(open: Buffer, welcome: Welcome): string {
  return ticketHeader(open.subarray(0, 16), open.subarray(16, 48), Buffer.from(welcome.session, 'hex'))
}

/** A back-connection for an OPEN frame: ticket, inner TLS, proof; ready for the gateway's request. `carrier`: up to the 101 already. */
export async function openBack(
  port: number,
  open: Buffer,
  welcome: Welcome,
  carrier?: Duplex,
): Promise<{ stream: tls.TLSSocket; raw: Duplex }> {
  const [secret, kind, flags] = [open.subarray(16, 48), open[48], open[49]]
  if (kind !== 0 || flags !== 1) throw new Error(`kind ${kind}, flags ${flags}`)
  const socket = carrier ?? (await presentTicket(port, ticketFor(open, welcome)))
  const stream = tls.connect({ socket, rejectUnauthorized: false, minVersion: 'TLSv1.3' })
  stream.on('error', () => {})
  await once(stream, 'secureConnect')
  const shown = stream.getPeerCertificate().fingerprint256.replaceAll(':', '').toLowerCase()
  if (shown !== welcome.innerTls.certSha256) throw new Error('another inner certificate')
  stream.write(innerProof(secret, stream.exportKeyingMaterial(32, 'EXPORTER-tildegate-1', Buffer.alloc(0))))
  return { stream, raw: socket }
}

/** As `upgrade`, but leaves the socket without listeners of ours: TLS comes next. */
async function presentTicket(port: number, header: string): Promise<Socket> {
  const socket = connect(port, '127.0.0.1')
  socket.on('error', () => {})
  await once(socket, 'connect')
  socket.write(
    [
      'GET /.tildegate/data HTTP/1.1',
      'Host: x',
      'Connection: Upgrade',
      'Upgrade: tildegate/1',
      `Tildegate-Ticket: ${header}`,
      '',
      '',
    ].join('\r\n'),
  )
  const [bytes] = (await once(socket, 'data')) as [Buffer]
  socket.pause()
  const end = bytes.indexOf('\r\n\r\n') + 4
  if (bytes.length > end) socket.unshift(bytes.subarray(end))
  const status = Number(bytes.toString('latin1').split(' ')[1])
  if (status !== 101) throw new Error(`ticket: ${status}`)
  return socket
}
