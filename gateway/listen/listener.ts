/**
 * One listening port: accepts connections, finds out who they are from (PROXY header, where a trusted front
 * proxy sends one), does TLS where it is a TLS listener, and hands the stream on. Knows nothing of HTTP.
 */
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net'
import type { Duplex } from 'node:stream'
import { TildegateError } from '../../shared/errors.ts'
import type { Clock } from '../../shared/world.ts'
import type { LimitReports } from '../control/limit-reports.ts'
import type { GatewayLimits } from '../limits.ts'
import type { AddressConnections } from './address-connections.ts'
import { type AddressRanges, canonicalAddress } from './address-ranges.ts'
import type { ConnectionOrigin } from './connection-peer.ts'
import { descriptorOf, type OpenSocket } from './open-socket.ts'
import { ProxyHeaderDecoder } from './proxy-header.ts'
import type { SecuredStream } from './served-certificate.ts'

export interface ListenAddress {
  readonly host: string
  /** 0 picks a free one. */
  readonly port: number
  readonly tls: boolean
  /** A socket that listens already, opened by the service manager or handed over; host and port are then its. */
  readonly fd?: number
}

export interface ListenerParts {
  /** Present on a TLS listener. */
  readonly tls: { secure(stream: Duplex): Promise<SecuredStream | undefined> } | undefined
  readonly proxyProtocolFrom: AddressRanges
  /** Of all listeners. */
  readonly addresses: AddressConnections
  readonly limits: GatewayLimits
  readonly reports: LimitReports
  readonly clock: Clock
  /** Takes the stream over. */
  accept(stream: Duplex, origin: ConnectionOrigin): void
}

/**
 * Connections that the system keeps until we take them; it may allow fewer itself (net.core.somaxconn). With Node's 511 a burst from one address fills
 * the queue, and whoever else comes then tries again a second later.
 */
const backlog = 4_096

export class Listener {
  readonly #server: Server
  readonly #address: ListenAddress
  readonly #parts: ListenerParts
  /** What has been accepted and not closed yet. */
  readonly #sockets = new Set<Socket>()
  #url = ''

  private constructor(server: Server, address: ListenAddress, parts: ListenerParts) {
    this.#server = server
    this.#address = address
    this.#parts = parts
    server.on('connection', socket => this.#welcome(socket))
    server.on('drop', dropped => {
      parts.reports.exceeded('connections', dropped?.remoteAddress ?? 'unknown', 'too many connections')
    })
  }

  /** @throws TildegateError listen-in-use, listen-denied, listen-address, passed-sockets-unusable */
  static async open(address: ListenAddress, parts: ListenerParts): Promise<Listener> {
    // As node:http has it: HTTP decides itself what a half-closed connection means.
    const server = createServer({ allowHalfOpen: true, noDelay: true, keepAlive: true })
    server.maxConnections = parts.limits.connections
    const listener = new Listener(server, address, parts)
    await listen(server, address)
    listener.#url = urlOf(server.address() as AddressInfo, parts.tls === undefined ? 'http' : 'https')
    return listener
  }

  /** `http://HOST:PORT` or `https://HOST:PORT`, with the real port; where it listened, once it has stopped. */
  get url(): string {
    return this.#url
  }

  /** Undefined once it has stopped. */
  get socket(): OpenSocket | undefined {
    const { host, port, tls } = this.#address
    const fd = descriptorOf(this.#server)
    return fd === undefined ? undefined : { kind: tls ? 'https' : 'http', host, port, fd }
  }

  get openConnections(): number {
    return this.#sockets.size
  }

  /** Accepts no more; what is open stays. Idempotent. */
  stopAccepting(): void {
    if (this.#server.listening) this.#server.close()
  }

  /** Closes all at once. Idempotent. */
  async destroy(): Promise<void> {
    const closed = new Promise<void>(resolve => {
      if (this.#server.listening) this.#server.close(() => resolve())
      else resolve()
    })
    const ended = [...this.#sockets].map(
      socket =>
        new Promise<void>(resolve => {
          socket.once('close', () => resolve())
          socket.destroy()
        }),
    )
    await Promise.all([closed, ...ended])
  }

  #welcome(socket: Socket): void {
    this.#sockets.add(socket)
    socket.once('close', () => this.#sockets.delete(socket))
    socket.on('error', () => {})
    const address = canonicalAddress(socket.remoteAddress ?? '')
    // It is gone already.
    if (address === undefined) {
      socket.destroy()
      return
    }
    const origin = { address, port: socket.remotePort ?? 0, isTls: this.#parts.tls !== undefined }
    if (this.#parts.proxyProtocolFrom.has(address)) this.#readProxyHeader(socket, origin)
    else this.#secure(socket, origin)
  }

  #readProxyHeader(socket: Socket, origin: ConnectionOrigin): void {
    const { limits, reports, clock } = this.#parts
    const decoder = new ProxyHeaderDecoder(limits.proxyHeaderBytes)
    const fail = (reason: string) => {
      settle()
      reports.exceeded('proxy-header', origin.address, reason)
      socket.destroy()
    }
    const timer = clock.after(limits.proxyHeaderMs, () => fail('no whole PROXY header in time'))
    const onEnd = () => fail('ended within the PROXY header')
    const onData = (bytes: Buffer) => {
      try {
        const header = decoder.push(bytes)
        if (header === undefined) return
        settle()
        socket.pause()
        if (header.rest.length > 0) socket.unshift(header.rest)
        this.#secure(socket, { ...origin, ...header.source })
      } catch (cause) {
        fail(cause instanceof Error ? cause.message : String(cause))
      }
    }
    const settle = () => {
      timer.cancel()
      socket.off('data', onData)
      socket.off('end', onEnd)
      socket.off('close', settle)
    }
    socket.on('data', onData)
    socket.on('end', onEnd)
    socket.on('close', settle)
  }

  #secure(socket: Socket, origin: ConnectionOrigin): void {
    const { tls, accept, reports, addresses } = this.#parts
    if (!addresses.admit(socket, origin.address)) return
    if (tls === undefined) {
      accept(socket, origin)
      return
    }
    tls.secure(socket).then(
      secured => {
        if (secured !== undefined) accept(secured.stream, { ...origin, certSha256: secured.certSha256 })
      },
      (cause: Error) => reports.refused('tls-handshake', origin.address, cause.message),
    )
  }
}

function listen(server: Server, { host, port, fd }: ListenAddress): Promise<void> {
  return new Promise((resolve, reject) => {
    const onError = (cause: NodeJS.ErrnoException) =>
      reject(fd === undefined ? listenError(cause, host, port) : passedError(cause, fd))
    server.once('error', onError)
    server.listen({ ...(fd === undefined ? { host, port } : { fd }), backlog }, () => {
      server.off('error', onError)
      // Out of file descriptors while accepting: the connection is lost, the listener is not.
      server.on('error', () => {})
      resolve()
    })
  })
}

function passedError(cause: NodeJS.ErrnoException, fd: number): TildegateError {
  const reason = `number ${fd} is no TCP socket that listens (${cause.code ?? cause.message})`
  return new TildegateError('passed-sockets-unusable', { reason }, { cause })
}

function urlOf({ address, port, family }: AddressInfo, scheme: 'http' | 'https'): string {
  return `${scheme}://${family === 'IPv6' ? `[${address}]` : address}:${port}`
}

export function listenError(cause: NodeJS.ErrnoException, host: string, port: number): TildegateError {
  switch (cause.code) {
    case 'EADDRINUSE':
      return new TildegateError('listen-in-use', { host, port }, { cause })
    case 'EACCES':
    case 'EPERM':
      return new TildegateError('listen-denied', { host, port }, { cause })
    default:
      return new TildegateError('listen-address', { host, port, reason: cause.code ?? 'unknown' }, { cause })
  }
}
