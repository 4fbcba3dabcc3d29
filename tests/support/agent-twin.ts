/**
 * A small agent over real sockets, for tests of the gateway: registers, answers OPEN with a back-connection on
 * which a Node HTTP server speaks in the target's place. What it does with an OPEN can be replaced.
 */
import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { createServer, type IncomingMessage, type RequestListener } from 'node:http'
import { connect, type Socket } from 'node:net'
import type { Duplex } from 'node:stream'
import { connect as connectTls, type TLSSocket } from 'node:tls'
import {
  type ControlFrame,
  type Hello,
  innerProof,
  proveAsAgent,
  resumeProof,
  type SealedChannel,
  type Ticket,
  ticketHeader,
  upgradeToTildegate,
  type Welcome,
} from '../../net/seal/index.ts'
import { systemClock, systemRandom } from '../../net/world.ts'
import { Secret } from '../../shared/secret.ts'

export type OpenFrame = Extract<ControlFrame, { type: 'open' }>

export interface AgentTwinOptions {
  readonly port: number
  readonly name: string
  readonly password: string
  readonly hello?: Partial<Hello>
  /** The session to take over. */
  readonly resume?: AgentTwin
  readonly isTls?: boolean
  /** What the target answers; without it: its path. */
  readonly target?: RequestListener
  /** What the target does with upgrades. */
  readonly sockets?: (request: IncomingMessage, socket: Duplex, head: Buffer) => void
  /** In place of a back-connection. */
  readonly onOpen?: (frame: OpenFrame, agent: AgentTwin) => void
}

const world = { clock: systemClock, random: systemRandom }

export class AgentTwin {
  readonly welcome: Welcome
  readonly frames: ControlFrame[] = []
  readonly opened: Duplex[] = []
  readonly channel: SealedChannel
  readonly socket: Socket
  readonly #options: AgentTwinOptions
  #wake: () => void = () => {}
  #isClosed = false

  private constructor(options: AgentTwinOptions, socket: Socket, channel: SealedChannel, welcome: Welcome) {
    this.#options = options
    this.socket = socket
    this.channel = channel
    this.welcome = welcome
    const server = createServer(options.target ?? ((request, response) => void response.end(request.url)))
    if (options.sockets !== undefined) server.on('upgrade', options.sockets)
    const onOpen =
      options.onOpen ??
      (frame => {
        this.openBack(frame).then(
          stream => server.emit('connection', stream),
          () => {},
        )
      })
    channel.start({
      onFrame: frame => {
        this.frames.push(frame)
        if (frame.type === 'open') onOpen(frame, this)
        this.#wake()
      },
      onClose: () => {
        this.#isClosed = true
        this.#wake()
      },
    })
  }

  /** @throws TildegateError as `proveAsAgent` */
  static async connect(options: AgentTwinOptions): Promise<AgentTwin> {
    const { port, name, password, resume } = options
    const socket = await dial(options)
    await upgradeToTildegate(socket, { path: '/.tildegate/control', host: '127.0.0.1', port, ...world })
    const { channel, welcome } = await proveAsAgent(socket, {
      name,
      password: Secret.fromText(password),
      ...world,
      hello: exporter => ({
        agent: 'twin',
        os: 'test',
        outer: outerOf(socket),
        ended: true,
        ...(resume === undefined ? {} : { resume: resume.proofOfResume(exporter) }),
        ...options.hello,
      }),
    })
    return new AgentTwin(options, socket, channel, welcome)
  }

  proofOfResume(exporter: Uint8Array): { session: string; proof: string } {
    const secret = Secret.fromBytes(Buffer.from(this.welcome.resumeSecret, 'hex'))
    return { session: this.welcome.session, proof: resumeProof(secret, exporter).toString('hex') }
  }

  /** The first frame of this type, waiting for it; for the `at`-th one, counted from 0. */
  async frame<Type extends ControlFrame['type']>(
    type: Type,
    at = 0,
  ): Promise<Extract<ControlFrame, { type: Type }>> {
    for (;;) {
      const found = this.frames.filter(frame => frame.type === type)[at]
      if (found !== undefined) return found as Extract<ControlFrame, { type: Type }>
      if (this.#isClosed) throw new Error(`closed without ${type}`)
      await this.#change()
    }
  }

  async closed(): Promise<void> {
    while (!this.#isClosed) await this.#change()
  }

  get isClosed(): boolean {
    return this.#isClosed
  }

  async ping(): Promise<void> {
    const before = this.frames.filter(frame => frame.type === 'pong').length
    this.channel.send({ type: 'ping', id: BigInt(before) })
    await this.frame('pong', before)
  }

  /** The value of Tildegate-Ticket for an OPEN. */
  ticketHeader({ id, secret }: Ticket): string {
    return ticketHeader({ id, secret }, Buffer.from(this.welcome.session, 'hex'), systemRandom)
  }

  /** A back-connection up to the gateway's request. */
  async openBack(frame: OpenFrame): Promise<Duplex> {
    const raw = await this.presentTicket(this.ticketHeader(frame))
    const stream = frame.innerTls ? await this.secureInside(raw, frame) : raw
    this.opened.push(stream)
    return stream
  }

  /** Up to the 101. */
  async presentTicket(header: string): Promise<Socket> {
    const { port } = this.#options
    const socket = await dial(this.#options)
    await upgradeToTildegate(socket, {
      path: '/.tildegate/data',
      host: '127.0.0.1',
      port,
      ticketHeader: header,
      clock: systemClock,
    })
    return socket
  }

  async secureInside(raw: Socket, { secret }: Ticket): Promise<TLSSocket> {
    const inner = await secureBlindly(raw)
    const shown = digestOf(inner)
    if (shown !== this.welcome.innerTls.certSha256) throw new Error('not the pinned certificate')
    const exporter = inner.exportKeyingMaterial(32, 'EXPORTER-tildegate-1', Buffer.alloc(0))
    inner.write(innerProof(secret, exporter))
    return inner
  }

  destroy(): void {
    this.channel.destroy()
    for (const stream of this.opened) stream.destroy()
  }

  #change(): Promise<void> {
    const before = this.#wake
    return new Promise(resolve => {
      this.#wake = () => {
        before()
        resolve()
      }
    })
  }
}

/** TLS 1.3 without looking at the certificate. */
export async function secureBlindly(raw: Socket): Promise<TLSSocket> {
  const inner = connectTls({ socket: raw, minVersion: 'TLSv1.3', rejectUnauthorized: false })
  await once(inner, 'secureConnect')
  inner.on('error', () => {})
  return inner
}

async function dial({ port, isTls }: AgentTwinOptions): Promise<Socket> {
  const to = { port, host: '127.0.0.1' }
  const socket = isTls
    ? connectTls({ ...to, rejectUnauthorized: false, ALPNProtocols: ['http/1.1'] })
    : connect(to)
  await once(socket, isTls ? 'secureConnect' : 'connect')
  socket.on('error', () => {})
  socket.setNoDelay(true)
  return socket
}

function outerOf(socket: Socket): Hello['outer'] {
  return 'encrypted' in socket ? { tls: true, certSha256: digestOf(socket as TLSSocket) } : { tls: false }
}

function digestOf(socket: TLSSocket): string {
  return createHash('sha256').update(socket.getPeerCertificate().raw).digest('hex')
}
