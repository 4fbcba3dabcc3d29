/**
 * The server's side of TLS on any stream, one at a time, with a deadline: for the gateway's TLS listeners
 * and for the inner TLS of back-connections. Sessions are resumed by tickets, which the server only signs and seals: whoever
 * had the key of tickets could read what resumed TLS 1.2 sessions said. So that key is replaced on a schedule.
 */
import { AsyncLocalStorage } from 'node:async_hooks'
import type { Duplex } from 'node:stream'
import { createServer, type Server, type TLSSocket, type TlsOptions } from 'node:tls'
import type { Clock, Random } from '../../shared/world.ts'

interface Waiting {
  resolve(socket: TLSSocket): void
  reject(cause: Error): void
}

/** Node's own deadline runs in real time; ours decides, this one is only behind it. */
const behindOurDeadlineMs = 600_000
/** Of Node's ticket keys: a name, a key to seal and one to sign. */
const ticketKeyBytes = 48

export interface AcceptorLimits {
  readonly handshakeMs: number
  /** How long tickets are made and taken with one key. */
  readonly ticketKeyMs: number
}

interface World {
  readonly clock: Clock
  readonly random: Random
}

export class TlsAcceptor {
  readonly #server: Server
  readonly #clock: Clock
  readonly #random: Random
  readonly #limits: AcceptorLimits
  #ticketKeySince: number
  /** Which `secure` call a finished handshake belongs to: Node hands out the TLS socket without the stream under it. */
  readonly #waiting = new AsyncLocalStorage<Waiting>()

  constructor(options: TlsOptions, limits: AcceptorLimits, { clock, random }: World) {
    this.#clock = clock
    this.#random = random
    this.#limits = limits
    this.#ticketKeySince = clock.now()
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

  /** New certificates for handshakes that begin from now on. Its ticket key is new too: a session under the old one is not resumed. */
  replaceContext(options: TlsOptions): void {
    this.#server.setSecureContext(options)
    this.#ticketKeySince = this.#clock.now()
  }

  /** The stream belongs to the TLS socket from then on. Rejects, with the stream destroyed, on any failure. */
  secure(stream: Duplex): Promise<TLSSocket> {
    if (stream.destroyed || stream.readableEnded) {
      stream.destroy()
      return Promise.reject(new Error('closed before the TLS handshake'))
    }
    this.#renewTicketKey()
    return new Promise((resolve, reject) => {
      const fail = (cause: Error) => {
        settle()
        stream.destroy()
        reject(cause)
      }
      const onClose = () => fail(new Error('closed within the TLS handshake'))
      const timer = this.#clock.after(this.#limits.handshakeMs, () =>
        fail(new Error('TLS handshake too slow')),
      )
      const settle = () => {
        timer.cancel()
        stream.off('close', onClose)
      }
      stream.on('close', onClose)
      stream.on('error', () => {})
      const waiting: Waiting = {
        resolve: socket => {
          settle()
          socket.allowHalfOpen = keepsHalfClosed
          resolve(socket)
        },
        reject: fail,
      }
      // A client that closes its half within the handshake has left. The TLS socket takes the property over as it stands.
      const keepsHalfClosed = stream.allowHalfOpen
      stream.allowHalfOpen = false
      this.#waiting.run(waiting, () => this.#server.emit('connection', stream))
      stream.allowHalfOpen = keepsHalfClosed
    })
  }

  /** Node knows one key at a time: who comes with a ticket of the one before makes a whole handshake. */
  #renewTicketKey(): void {
    const now = this.#clock.now()
    if (now - this.#ticketKeySince < this.#limits.ticketKeyMs) return
    this.#server.setTicketKeys(Buffer.from(this.#random.bytes(ticketKeyBytes)))
    this.#ticketKeySince = now
  }
}
