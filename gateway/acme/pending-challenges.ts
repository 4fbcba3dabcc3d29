/**
 * The challenges that an authority has set us and not looked at yet: what plain listeners answer (HTTP-01, RFC 8555 §8.3) and what
 * TLS listeners show (TLS-ALPN-01, RFC 8737). Without one that is pending, neither answers anything.
 */
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Duplex } from 'node:stream'
import type { Clock, Random } from '../../shared/world.ts'
import { peekClientHello } from '../listen/client-hello.ts'
import type { CertificatePair } from '../listen/self-signed.ts'
import { TlsAcceptor } from '../listen/tls-acceptor.ts'

export const acmeProtocol = 'acme-tls/1'
const tokenPath = /^\/\.well-known\/acme-challenge\/([A-Za-z0-9_-]{1,256})$/

export interface PendingParts {
  readonly clock: Clock
  readonly random: Random
  readonly limits: { readonly tlsHandshakeMs: number; readonly tlsTicketKeyMs: number }
}

export class PendingChallenges {
  readonly #parts: PendingParts
  /** By token. */
  readonly #http = new Map<string, { readonly name: string; readonly keyAuthorization: string }>()
  /** By name. */
  readonly #tls = new Map<string, TlsAcceptor>()

  constructor(parts: PendingParts) {
    this.#parts = parts
  }

  /** @returns what takes it away again */
  addHttp(name: string, token: string, keyAuthorization: string): () => void {
    this.#http.set(token, { name, keyAuthorization })
    return () => void this.#http.delete(token)
  }

  /** @returns what takes it away again */
  addTls(name: string, { cert, key }: CertificatePair): () => void {
    const { limits } = this.#parts
    const acceptor = new TlsAcceptor(
      { cert, key, minVersion: 'TLSv1.2', ALPNProtocols: [acmeProtocol] },
      { handshakeMs: limits.tlsHandshakeMs, ticketKeyMs: limits.tlsTicketKeyMs },
      this.#parts,
    )
    this.#tls.set(name, acceptor)
    return () => {
      if (this.#tls.get(name) === acceptor) this.#tls.delete(name)
    }
  }

  /** Of a plain listener. False: it is no business of ours, and was not touched. */
  answer(request: IncomingMessage, response: ServerResponse): boolean {
    if (this.#http.size === 0 || (request.method !== 'GET' && request.method !== 'HEAD')) return false
    const token = tokenPath.exec(request.url ?? '')?.[1]
    const pending = token === undefined ? undefined : this.#http.get(token)
    if (pending === undefined || hostOf(request) !== pending.name) return false
    response.writeHead(200, {
      'Content-Type': 'application/octet-stream',
      'Content-Length': pending.keyAuthorization.length,
      'Cache-Control': 'no-store',
      Connection: 'close',
    })
    response.end(request.method === 'HEAD' ? undefined : pending.keyAuthorization)
    return true
  }

  /**
   * Takes a connection whose first bytes ask for a challenge of ours. False: it is a visitor's, all its bytes still before
   * it. While nothing is pending no byte is read.
   */
  async take(stream: Duplex): Promise<boolean> {
    if (this.#tls.size === 0) return false
    const { clock, limits } = this.#parts
    const hello = await peekClientHello(stream, limits.tlsHandshakeMs, clock)
    // RFC 8737 §3: the one protocol, and a name.
    if (hello?.protocols.length !== 1 || hello.protocols[0] !== acmeProtocol) return false
    const acceptor = this.#tls.get(hello.serverName?.toLowerCase() ?? '')
    if (acceptor === undefined) return false
    acceptor.secure(stream).then(
      secured => {
        // The certificate was all there is to see. Whoever stays is cut.
        const timer = clock.after(limits.tlsHandshakeMs, () => secured.destroy())
        secured.once('close', () => timer.cancel())
        secured.resume()
        secured.end()
      },
      () => {},
    )
    return true
  }
}

function hostOf({ headers }: IncomingMessage): string | undefined {
  return headers.host?.replace(/:\d*$/, '').replace(/\.$/, '').toLowerCase()
}
