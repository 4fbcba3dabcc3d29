/**
 * The server's side of TLS on any stream, one at a time, with a deadline: for the gateway's TLS listeners
 * and for the inner TLS of back-connections.
 */
import { AsyncLocalStorage } from 'node:async_hooks'
import type { Duplex } from 'node:stream'
import { createServer, type Server, type TLSSocket, type TlsOptions } from 'node:tls'
import type { Clock } from '../../shared/world.ts'

interface Waiting {
  resolve(socket: TLSSocket): void
  reject(cause: Error): void
}

/** Node's own deadline runs in real time; ours decides, this one is only behind it. */
const behindOurDeadlineMs = 600_000

export class TlsAcceptor {
  readonly #server: Server
  readonly #clock: Clock
  readonly #deadlineMs: number
  /** Which `secure` call a finished handshake belongs to: Node hands out the TLS socket without the stream under it. */
  readonly #waiting = new AsyncLocalStorage<Waiting>()

  constructor(options: TlsOptions, deadlineMs: number, clock: Clock) {
    this.#clock = clock
    this.#deadlineMs = deadlineMs
    this.#server = createServer({ ...options, handshakeTimeout: behindOurDeadlineMs })
    this.#server.on('secureConnection', socket => {
      socket.on('error', () => {})
      const waiting = this.#waiting.getStore()
      if (waiting === undefined) socket.destroy()
      else waiting.resolve(socket)
    })
    this.#server.on('tlsClientError', (cause, socket) => {
      this.#waiting.getStore()?.reject(cause)
      socket.destroy()
    })
    this.#server.on('error', () => {})
  }

  /** New certificates for handshakes that begin from now on. */
  replaceContext(options: TlsOptions): void {
    this.#server.setSecureContext(options)
  }

  /** The stream belongs to the TLS socket from then on. Rejects, with the stream destroyed, on any failure. */
  secure(stream: Duplex): Promise<TLSSocket> {
    if (stream.destroyed) return Promise.reject(new Error('closed before the TLS handshake'))
    return new Promise((resolve, reject) => {
      const fail = (cause: Error) => {
        settle()
        stream.destroy()
        reject(cause)
      }
      const onClose = () => fail(new Error('closed within the TLS handshake'))
      const timer = this.#clock.after(this.#deadlineMs, () => fail(new Error('TLS handshake too slow')))
      const settle = () => {
        timer.cancel()
        stream.off('close', onClose)
      }
      stream.on('close', onClose)
      stream.on('error', () => {})
      const waiting: Waiting = {
        resolve: socket => {
          settle()
          resolve(socket)
        },
        reject: fail,
      }
      this.#waiting.run(waiting, () => this.#server.emit('connection', stream))
    })
  }
}
