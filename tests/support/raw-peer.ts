/** One end of a TCP connection whose bytes a test writes and reads literally (Latin-1), and a server of such. */
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net'

const PATIENCE_MS = 30_000

export class RawPeer {
  readonly socket: Socket
  /** All that has come so far. */
  received = ''
  hasEnded = false
  errorCode: string | undefined
  /** Says how the connection ended; never rejects. */
  readonly closed: Promise<'end' | 'reset' | 'cut'>
  #watchers: (() => void)[] = []

  constructor(socket: Socket) {
    this.socket = socket
    socket.on('data', bytes => {
      this.received += bytes.toString('latin1')
      this.#tell()
    })
    socket.on('end', () => {
      this.hasEnded = true
      this.#tell()
    })
    socket.on('error', (cause: NodeJS.ErrnoException) => {
      this.errorCode = cause.code
    })
    this.closed = new Promise(resolve => {
      socket.once('close', () => {
        this.#tell()
        resolve(this.hasEnded ? 'end' : this.errorCode === 'ECONNRESET' ? 'reset' : 'cut')
      })
    })
  }

  /** `localAddress`: another one of this computer, 127.0.0.2 for example. */
  static async connect(port: number, allowHalfOpen = false, localAddress = '127.0.0.1'): Promise<RawPeer> {
    const socket = connect({ port, host: '127.0.0.1', noDelay: true, allowHalfOpen, localAddress })
    await new Promise<void>((resolve, reject) => {
      socket.once('connect', resolve)
      socket.once('error', reject)
    })
    return new RawPeer(socket)
  }

  send(text: string): void {
    this.socket.write(text, 'latin1')
  }

  /** Resolves with all received so far, once it holds `wanted`. */
  until(wanted: string | RegExp | ((received: string) => boolean)): Promise<string> {
    const holds = (text: string) =>
      typeof wanted === 'string'
        ? text.includes(wanted)
        : typeof wanted === 'function'
          ? wanted(text)
          : wanted.test(text)
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => reject(this.#gaveUp(wanted)), PATIENCE_MS)
      const look = () => {
        const isDone = holds(this.received)
        if (!isDone && !this.hasEnded && !this.socket.destroyed) return
        this.#watchers = this.#watchers.filter(watcher => watcher !== look)
        clearTimeout(timer)
        if (isDone) resolve(this.received)
        else reject(this.#gaveUp(wanted))
      }
      this.#watchers.push(look)
      look()
    })
  }

  /** Forgets what has come. */
  clear(): string {
    const { received } = this
    this.received = ''
    return received
  }

  reset(): void {
    this.socket.resetAndDestroy()
  }

  #tell(): void {
    for (const watcher of [...this.#watchers]) watcher()
  }

  #gaveUp(wanted: unknown): Error {
    return new Error(`${String(wanted)} did not come; got ${JSON.stringify(this.received.slice(0, 2000))}`)
  }
}

/** A server whose connections a test takes one after another. */
export class RawTarget {
  readonly port: number
  readonly peers: RawPeer[] = []
  readonly #server: Server
  #taken = 0
  #waiting: (() => void)[] = []

  private constructor(server: Server) {
    this.#server = server
    this.port = (server.address() as AddressInfo).port
    server.on('connection', socket => {
      this.peers.push(new RawPeer(socket))
      for (const tell of this.#waiting.splice(0)) tell()
    })
  }

  static async open(): Promise<RawTarget> {
    const server = createServer({ noDelay: true, allowHalfOpen: true })
    await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
    return new RawTarget(server)
  }

  /** The next connection, once it is there. */
  async next(): Promise<RawPeer> {
    for (;;) {
      const peer = this.peers[this.#taken]
      if (peer !== undefined) {
        this.#taken++
        return peer
      }
      await new Promise<void>((resolve, reject) => {
        const timer = setTimeout(() => reject(new Error('nobody connected')), PATIENCE_MS)
        this.#waiting.push(() => {
          clearTimeout(timer)
          resolve()
        })
      })
    }
  }

  async close(): Promise<void> {
    for (const peer of this.peers) peer.socket.destroy()
    await new Promise(resolve => this.#server.close(resolve))
  }
}
