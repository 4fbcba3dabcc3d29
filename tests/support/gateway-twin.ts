/**
 * The smallest gateway that an agent can be tested against, over real sockets: it proves agents, asks for back-connections,
 * and lets the test play the rest, also badly.
 */
import { once } from 'node:events'
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net'
import type { Duplex } from 'node:stream'
import {
  createSecureContext,
  createServer as createTlsServer,
  TLSSocket,
  type Server as TlsServer,
} from 'node:tls'
import { onTestFinished } from 'vitest'
import { openCarrier } from '../../gateway/control/carrier.ts'
import { sha256Hex } from '../../net/dial/index.ts'
import {
  type ControlFrame,
  CurveQueue,
  type Hello,
  innerProof,
  makeTicket,
  presentedTicket,
  proveAsGateway,
  type Refused,
  type SealedChannel,
  type Ticket,
  ticketMatches,
  type Welcome,
} from '../../net/seal/index.ts'
import { systemClock, systemRandom } from '../../net/world.ts'
import { Secret } from '../../shared/secret.ts'
import { selfSigned } from './self-signed.ts'

/** What the test has seen, in the order it came; a wait is for the first that has not been taken. */
export class Arrivals<T> {
  readonly all: T[] = []
  #taken = 0
  #wake: () => void = () => {}

  add(item: T): void {
    this.all.push(item)
    this.#wake()
  }

  async next(withinMs = 30_000): Promise<T> {
    const index = this.#taken++
    while (this.all.length <= index) {
      await new Promise<void>((resolve, reject) => {
        const late = setTimeout(() => reject(new Error('nothing arrived in time')), withinMs)
        this.#wake = () => {
          clearTimeout(late)
          resolve()
        }
      })
    }
    return this.all[index] as T
  }
}

export interface TwinSession {
  readonly hello: Hello
  readonly welcome: Welcome
  readonly channel: SealedChannel
  readonly frames: Arrivals<ControlFrame>
  readonly closed: Promise<unknown>
  /** OPEN, and the back-connection that comes for it. */
  open(options?: { kind?: 'http' | 'raw'; innerTls?: boolean }): Promise<{ ticket: Ticket; back: Duplex }>
  /** OPEN alone. */
  ask(options?: { kind?: 'http' | 'raw'; innerTls?: boolean }): Ticket
}

export interface TwinOptions {
  readonly password?: string
  readonly tls?: { readonly cert: string; readonly key: string }
  readonly port?: number
  readonly terms?: Partial<Pick<Welcome, 'aliveMs' | 'deadMs' | 'outer' | 'visitors' | 'visits'>>
  /** Another certificate than WELCOME names. */
  readonly wrongInnerCertificate?: boolean
  /** The status line's answer to /.tildegate/data in place of 101. */
  readonly dataAnswer?: string
  /** Back-connections are taken, and not answered; a test may change its mind. */
  isSilent?: boolean
  /** Upgrades are taken to WebSockets only, as behind a box that lets nothing else pass. */
  readonly isWebSocketOnly?: boolean
  /** False: PINGs are not answered. */
  readonly pongs?: boolean
  /** REFUSED in place of WELCOME. */
  refuse?(hello: Hello, exporter: Uint8Array): Refused | undefined
}

export async function startGatewayTwin(options: TwinOptions = {}) {
  const inner = await selfSigned()
  const served = options.wrongInnerCertificate ? await selfSigned() : inner
  // One for all, so that TLS sessions can be resumed.
  const innerContext = createSecureContext({ cert: served.cert, key: served.key, minVersion: 'TLSv1.3' })
  const sessions = new Arrivals<TwinSession>()
  const attempts = new Arrivals<number>()
  const sockets = new Set<Socket>()
  const waiting = new Map<string, (back: Duplex) => void>()
  const tickets = new Map<string, { ticket: Ticket; session: Uint8Array; innerTls: boolean }>()
  const presented = new Arrivals<string>()
  const curveQueue = new CurveQueue(systemClock)
  const processSecret = Secret.fromBytes(systemRandom.bytes(32))

  async function control(line: Duplex, head: string): Promise<void> {
    attempts.add(performance.now())
    const socket = switched(line, head)
    if (socket === undefined) return
    const { channel, hello } = await proveAsGateway(socket, {
      passwordOf: () => Secret.fromText(options.password ?? 'pw'),
      processSecret,
      mayGuess: () => true,
      guessBegins: () => true,
      guessFailed: () => {},
      curveQueue,
      clock: systemClock,
      random: systemRandom,
    })
    const refused = options.refuse?.(hello, channel.exporter)
    if (refused !== undefined) {
      channel.send({ type: 'refused', refused })
      channel.start({ onFrame() {}, onClose() {} })
      channel.close(0)
      return
    }
    const welcome: Welcome = {
      session: Buffer.from(systemRandom.bytes(16)).toString('hex'),
      resumeSecret: Buffer.from(systemRandom.bytes(32)).toString('hex'),
      aliveMs: 20_000,
      deadMs: 60_000,
      url: 'http://twin.example/~~a/',
      outer: 'plain',
      innerTls: { certSha256: sha256Hex(inner.der) },
      gateway: 'twin',
      ...options.terms,
    }
    channel.send({ type: 'welcome', welcome })
    sessions.add(sessionOf(hello, welcome, channel))
  }

  function sessionOf(hello: Hello, welcome: Welcome, channel: SealedChannel): TwinSession {
    const frames = new Arrivals<ControlFrame>()
    const session = Buffer.from(welcome.session, 'hex')
    const closed = new Promise<unknown>(resolve => {
      channel.start({
        onFrame(frame) {
          if (frame.type === 'ping' && options.pongs !== false) channel.send({ type: 'pong', id: frame.id })
          frames.add(frame)
        },
        onClose: resolve,
      })
    })
    const ask: TwinSession['ask'] = ({ kind = 'http', innerTls = false } = {}) => {
      const ticket = makeTicket(systemRandom)
      tickets.set(Buffer.from(ticket.id).toString('hex'), { ticket, session, innerTls })
      channel.send({ type: 'open', id: ticket.id, secret: ticket.secret, kind, innerTls })
      return ticket
    }
    const open: TwinSession['open'] = async wish => {
      const ticket = ask(wish)
      const back = await new Promise<Duplex>(resolve =>
        waiting.set(Buffer.from(ticket.id).toString('hex'), resolve),
      )
      return { ticket, back }
    }
    return { hello, welcome, channel, frames, closed, open, ask }
  }

  /** Undefined: refused, as the box does. */
  function switched(line: Duplex, head: string): Duplex | undefined {
    if (options.isWebSocketOnly && !/^Upgrade: websocket$/im.test(head)) {
      line.end('HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\nConnection: close\r\n\r\n')
      return undefined
    }
    const lines = head.split('\r\n').slice(1)
    const headers = Object.fromEntries(
      lines.map(one => [one.split(':', 1)[0]?.toLowerCase(), one.slice(one.indexOf(':') + 1).trim()]),
    )
    return openCarrier({ method: 'GET', url: '/', headers } as never, line, Buffer.alloc(0))
  }

  async function data(line: Duplex, head: string, header: string): Promise<void> {
    presented.add(header)
    if (options.isSilent) return
    if (options.dataAnswer !== undefined) {
      line.end(options.dataAnswer)
      return
    }
    const presentation = presentedTicket(header)
    const id = Buffer.from(presentation?.id ?? []).toString('hex')
    const known = tickets.get(id)
    tickets.delete(id)
    if (
      presentation === undefined ||
      known === undefined ||
      !ticketMatches(presentation, known.ticket, known.session)
    ) {
      line.end('HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\nConnection: close\r\n\r\n')
      return
    }
    const carried = switched(line, head)
    if (carried === undefined) return
    const back = known.innerTls ? await secured(carried, known.ticket) : carried
    back.on('error', () => {})
    waiting.get(id)?.(back)
    waiting.delete(id)
  }

  async function secured(socket: Duplex, ticket: Ticket): Promise<Duplex> {
    const back = new TLSSocket(socket as Socket, { isServer: true, secureContext: innerContext })
    await once(back, 'secure')
    const exporter = back.exportKeyingMaterial(32, 'EXPORTER-tildegate-1', Buffer.alloc(0))
    let first: Buffer | null = null
    while (first === null) {
      await once(back, 'readable')
      first = back.read(32) as Buffer | null
    }
    if (!first.equals(innerProof(ticket.secret, exporter))) throw new Error('wrong inner proof')
    return back
  }

  function accept(socket: Socket): void {
    sockets.add(socket)
    socket.on('error', () => {})
    let head = ''
    // By 'readable': a stream that was never paused by name flows as soon as somebody listens.
    const read = () => {
      head += (socket.read() as Buffer | null)?.toString('latin1') ?? ''
      const end = head.indexOf('\r\n\r\n')
      if (end < 0) {
        if (head !== '' && !head.startsWith('GET ')) socket.destroy()
        return
      }
      socket.off('readable', read)
      const ticket = /^Tildegate-Ticket: (.*)$/im.exec(head)?.[1]
      const rest = Buffer.from(head.slice(end + 4), 'latin1')
      if (rest.length > 0) socket.unshift(rest)
      const served =
        ticket === undefined
          ? control(socket, head.slice(0, end))
          : data(socket, head.slice(0, end), ticket.trim())
      served.catch(() => socket.destroy())
    }
    socket.on('readable', read)
  }

  const server: Server = options.tls
    ? createTlsServer({ ...options.tls, allowHalfOpen: true } as never, accept)
    : createServer({ allowHalfOpen: true }, accept)
  server.on('tlsClientError', () => {})
  // Under TLS too: a connection may end before its TLS has begun.
  server.on('connection', socket => sockets.add(socket))
  server.listen(options.port ?? 0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  const stop = async () => {
    for (const socket of sockets) socket.destroy()
    if (server.listening) await new Promise(resolve => server.close(resolve))
  }
  onTestFinished(stop)
  const useCertificate = (pair: { cert: string; key: string }) => {
    if ('setSecureContext' in server) (server as TlsServer).setSecureContext(pair)
  }
  return { port, sessions, attempts, presented, stop, useCertificate }
}
