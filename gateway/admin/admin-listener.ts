/**
 * The admin's own port: `/metrics`, `/healthz`, `/readyz`. At a loopback address it is open to this computer;
 * anywhere else it asks for a bearer token. Visitors and agents never meet it.
 */
import { createHash, timingSafeEqual } from 'node:crypto'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { TildegateError } from '../../shared/errors.ts'
import type { Secret } from '../../shared/secret.ts'
import { isLoopback } from '../listen/address-ranges.ts'
import { listenError } from '../listen/listener.ts'

export interface AdminAddress {
  readonly host: string
  /** 0 picks a free one. */
  readonly port: number
  /** Needed beyond loopback, asked for wherever it is given. */
  readonly token?: Secret
}

export interface AdminSubject {
  metrics(): Promise<string>
  readonly metricsType: string
  /** Takes visitors and agents, and has settings without errors to work with. */
  isReady(): boolean
}

const tokenMinBytes = 16

export class AdminListener {
  readonly #server: Server

  private constructor(server: Server) {
    this.#server = server
  }

  /** @throws TildegateError admin-needs-token, admin-token-weak, listen-in-use, listen-denied, listen-address */
  static async open(address: AdminAddress, subject: AdminSubject): Promise<AdminListener> {
    const token = address.token === undefined ? undefined : checkedToken(address.token)
    if (token === undefined && !isLoopback(address.host)) {
      throw new TildegateError('admin-needs-token', { host: address.host })
    }
    const server = createServer(
      { maxHeaderSize: 8192, headersTimeout: 5_000, requestTimeout: 10_000, keepAliveTimeout: 5_000 },
      (request, response) => answer(request, response, subject, token),
    )
    server.maxConnections = 64
    await new Promise<void>((resolve, reject) => {
      const onError = (cause: NodeJS.ErrnoException) => reject(listenError(cause, address.host, address.port))
      server.once('error', onError)
      server.listen({ host: address.host, port: address.port }, () => {
        server.off('error', onError)
        server.on('error', () => {})
        resolve()
      })
    })
    return new AdminListener(server)
  }

  get url(): string {
    const { address, port, family } = this.#server.address() as AddressInfo
    return `http://${family === 'IPv6' ? `[${address}]` : address}:${port}`
  }

  /** Idempotent. */
  close(): Promise<void> {
    return new Promise(resolve => {
      this.#server.close(() => resolve())
      this.#server.closeAllConnections()
    })
  }
}

interface Reply {
  readonly status: number
  readonly text: string
  readonly headers?: Readonly<Record<string, string>>
}

function answer(
  request: IncomingMessage,
  response: ServerResponse,
  subject: AdminSubject,
  token: Secret | undefined,
): void {
  const say = ({ status, text, headers }: Reply) => {
    response.writeHead(status, {
      'Content-Type': 'text/plain; charset=utf-8',
      'Cache-Control': 'no-store',
      'X-Content-Type-Options': 'nosniff',
      ...headers,
    })
    response.end(text)
  }
  replyTo(request, subject, token).then(say, () =>
    say({ status: 500, text: 'the reply could not be made\n' }),
  )
}

async function replyTo(
  request: IncomingMessage,
  subject: AdminSubject,
  token: Secret | undefined,
): Promise<Reply> {
  // A page of the web that knows this port is not the admin.
  if (request.headers.origin !== undefined) return { status: 403, text: 'forbidden\n' }
  if (!isAllowed(request, token)) {
    const headers = { 'WWW-Authenticate': 'Bearer realm="tildegate"' }
    return { status: 401, text: 'the token is missing or wrong\n', headers }
  }
  if (request.method !== 'GET' && request.method !== 'HEAD') return { status: 405, text: 'only GET\n' }
  switch ((request.url ?? '').split('?', 1)[0]) {
    case '/healthz':
      return { status: 200, text: 'ok\n' }
    case '/readyz':
      return subject.isReady() ? { status: 200, text: 'ready\n' } : { status: 503, text: 'not ready\n' }
    case '/metrics':
      return { status: 200, text: await subject.metrics(), headers: { 'Content-Type': subject.metricsType } }
    default:
      return { status: 404, text: 'not found\n' }
  }
}

function isAllowed(request: IncomingMessage, token: Secret | undefined): boolean {
  if (token === undefined) return isLoopbackHost(request.headers.host)
  const given = /^Bearer +(\S+)$/i.exec(request.headers.authorization ?? '')?.[1] ?? ''
  // Digests have one length, so the comparison tells nothing of the token's.
  return token.use(bytes => timingSafeEqual(digest(bytes), digest(given)))
}

/** Without a token only names of this computer are answered, so that no foreign name can be rebound to it. */
function isLoopbackHost(host: string | undefined): boolean {
  return host !== undefined && isLoopback(host.replace(/:\d+$/, '').replace(/^\[|\]$/g, ''))
}

function digest(value: string | Uint8Array): Buffer {
  return createHash('sha256').update(value).digest()
}

function checkedToken(token: Secret): Secret {
  const isFit = token.use(
    bytes => bytes.length >= tokenMinBytes && !/\s/.test(Buffer.from(bytes).toString('utf8')),
  )
  if (isFit) return token
  throw new TildegateError('admin-token-weak', { bytes: tokenMinBytes })
}
