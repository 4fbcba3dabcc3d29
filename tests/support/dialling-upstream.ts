/**
 * A small real `Upstream`: dials a target on 127.0.0.1 and keeps idle connections, as a pool does, so that the
 * visitors' side can be tested without agents.
 */
import { connect, type Socket } from 'node:net'
import type { TargetAddress, Upstream, UpstreamConnection } from '../../gateway/upstream.ts'
import { TildegateError } from '../../shared/errors.ts'

export class DiallingUpstream implements Upstream {
  readonly name: string
  readonly target: TargetAddress
  readonly #port: number
  readonly #idle: DialledConnection[] = []
  readonly #open = new Set<DialledConnection>()
  dials = 0

  constructor(name: string, port: number, target: Partial<TargetAddress> = {}) {
    this.name = name
    this.#port = port
    this.target = { scheme: 'http', authority: `127.0.0.1:${port}`, base: '/', keepsHost: false, ...target }
  }

  get idleConnections(): number {
    return this.#idle.length
  }

  get openConnections(): number {
    return this.#open.size
  }

  async acquire({ fresh, signal }: { fresh: boolean; signal: AbortSignal }): Promise<UpstreamConnection> {
    signal.throwIfAborted()
    const idle = fresh ? undefined : this.#idle.pop()
    if (idle !== undefined) {
      idle.wake()
      return idle
    }
    this.dials++
    const socket = await dial(this.#port, signal)
    const connection = new DialledConnection(socket, {
      release: released => this.#idle.push(released),
      gone: gone => {
        this.#open.delete(gone)
        if (this.#idle.includes(gone)) this.#idle.splice(this.#idle.indexOf(gone), 1)
      },
    })
    this.#open.add(connection)
    return connection
  }

  destroy(): void {
    for (const connection of this.#open) connection.destroy()
  }
}

interface Keeper {
  release(connection: DialledConnection): void
  gone(connection: DialledConnection): void
}

class DialledConnection implements UpstreamConnection {
  readonly socket: Socket
  isReused = false
  readonly #keeper: Keeper
  #sawEnd = false
  #sawError = false

  constructor(socket: Socket, keeper: Keeper) {
    this.socket = socket
    this.#keeper = keeper
    socket.on('error', () => {
      this.#sawError = true
    })
    socket.once('end', () => {
      this.#sawEnd = true
    })
    socket.once('close', () => keeper.gone(this))
  }

  readonly #drop = () => this.destroy()

  release(): void {
    this.isReused = true
    this.socket.on('data', this.#drop)
    this.socket.on('end', this.#drop)
    this.#keeper.release(this)
  }

  wake(): void {
    this.socket.off('data', this.#drop)
    this.socket.off('end', this.#drop)
    this.socket.pause()
  }

  destroy(): void {
    this.#keeper.gone(this)
    this.socket.destroy()
  }

  async endedInOrder(): Promise<boolean> {
    return this.#sawEnd && !this.#sawError
  }
}

function dial(port: number, signal: AbortSignal): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const socket = connect({ port, host: '127.0.0.1', allowHalfOpen: true, noDelay: true })
    const leave = () => {
      socket.destroy()
      reject(signal.reason as Error)
    }
    signal.addEventListener('abort', leave, { once: true })
    socket.once('error', cause => reject(new TildegateError('target-refused', {}, { cause })))
    socket.once('connect', () => {
      signal.removeEventListener('abort', leave)
      socket.removeAllListeners('error')
      resolve(socket)
    })
  })
}
