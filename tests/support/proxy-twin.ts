/**
 * A proxy that a test plays, over real sockets: for what real ones are too well behaved to do. Each connection is served by the test's
 * script; what proxies have in common (reading a request, joining with the destination, TLS) is here.
 */
import { once } from 'node:events'
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net'
import type { Duplex } from 'node:stream'
import { createServer as createTlsServer } from 'node:tls'
import { onTestFinished } from 'vitest'

/** One connection to the proxy. */
export class ProxyPeer {
  readonly socket: Duplex
  /** Counted from 1. */
  readonly number: number
  /** All requests so far. */
  readonly heads: string[] = []
  readonly closed: Promise<void>
  readonly #opened: Set<Duplex>

  constructor(socket: Duplex, number: number, opened: Set<Duplex>) {
    this.socket = socket
    this.number = number
    this.#opened = opened
    socket.on('error', () => {})
    this.closed = new Promise(resolve => socket.once('close', () => resolve()))
  }

  /** The next request's head. Rejects where the connection ends before. */
  async head(): Promise<string> {
    let text = ''
    for (;;) {
      const bytes = this.socket.read() as Buffer | null
      text += bytes?.toString('latin1') ?? ''
      const end = text.indexOf('\r\n\r\n')
      if (end >= 0) {
        const rest = text.slice(end + 4)
        if (rest !== '') this.socket.unshift(Buffer.from(rest, 'latin1'))
        this.heads.push(text.slice(0, end))
        return text.slice(0, end)
      }
      if (this.socket.destroyed || this.socket.readableEnded) throw new Error('no request')
      await Promise.race([once(this.socket, 'readable'), once(this.socket, 'end'), this.closed])
    }
  }

  say(text: string): void {
    this.socket.write(Buffer.from(text, 'latin1'))
  }

  /** Each byte in a packet of its own. */
  async drip(text: string): Promise<void> {
    for (const byte of Buffer.from(text, 'latin1')) {
      this.socket.write(Buffer.of(byte))
      await new Promise(resolve => setImmediate(resolve))
    }
  }

  /** Resolves when the other side has ended the connection or broken it off. */
  async gone(): Promise<void> {
    const { socket } = this
    const ended = socket.readableEnded ? Promise.resolve() : once(socket, 'end').catch(() => {})
    socket.resume()
    await Promise.race([ended, this.closed])
    socket.destroy()
  }

  /** To where the latest CONNECT wants. */
  async dialDestination(): Promise<Socket> {
    const [, host = '', port] = /^CONNECT (?:\[?)([^\]\s]+?)\]?:(\d+) /.exec(this.heads.at(-1) ?? '') ?? []
    const socket = connect({ host, port: Number(port), allowHalfOpen: true, noDelay: true })
    this.#opened.add(socket)
    socket.on('error', () => {})
    await once(socket, 'connect')
    return socket
  }

  /** Joins the connection with its destination, until either ends. */
  async tunnel(): Promise<Socket> {
    const destination = await this.dialDestination()
    join(this.socket, destination)
    return destination
  }
}

/** Both ways, half-closes too; a break of one breaks the other. */
export function join(a: Duplex, b: Duplex): void {
  for (const [from, to] of [
    [a, b],
    [b, a],
  ] as const) {
    from.on('error', () => to.destroy())
    from.on('close', () => to.destroy())
    from.pipe(to)
  }
}

export interface ProxyTwin {
  readonly port: number
  /** `127.0.0.1:PORT` */
  readonly at: string
  readonly peers: readonly ProxyPeer[]
  /** Of all connections, in their order. */
  readonly heads: () => string[]
  /** The next connection that has not been taken. */
  next(): Promise<ProxyPeer>
  stop(): void
}

export const established = 'HTTP/1.1 200 Connection established\r\n\r\n'

/** What a proxy without a login does. */
export async function letThrough(peer: ProxyPeer): Promise<void> {
  await peer.head()
  const destination = await peer.dialDestination()
  peer.say(established)
  join(peer.socket, destination)
}

/** A script that fails ends its connection. */
export async function startProxyTwin(
  serve: (peer: ProxyPeer) => Promise<unknown> | undefined,
  tls?: { cert: string; key: string },
): Promise<ProxyTwin> {
  const peers: ProxyPeer[] = []
  const opened = new Set<Duplex>()
  let taken = 0
  let wake: () => void = () => {}
  const accept = (socket: Duplex) => {
    opened.add(socket)
    const peer = new ProxyPeer(socket, peers.length + 1, opened)
    peers.push(peer)
    wake()
    Promise.resolve(serve(peer)).catch(() => socket.destroy())
  }
  const options = { allowHalfOpen: true, noDelay: true }
  const server: Server = tls
    ? createTlsServer({ ...options, ...tls } as never, accept)
    : createServer(options, accept)
  server.on('tlsClientError', () => {})
  server.on('connection', socket => opened.add(socket))
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  const stop = () => {
    for (const socket of opened) socket.destroy()
    if (server.listening) server.close()
  }
  onTestFinished(stop)
  return {
    port,
    at: `127.0.0.1:${port}`,
    peers,
    heads: () => peers.flatMap(peer => peer.heads),
    async next() {
      const index = taken++
      while (peers.length <= index) {
        await new Promise<void>(resolve => {
          wake = resolve
        })
      }
      return peers[index] as ProxyPeer
    },
    stop,
  }
}
