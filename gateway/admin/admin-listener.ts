/**
 * The admin's own port: the dashboard with its API, `/metrics`, `/healthz`, `/readyz`. At a loopback address it is open to this
 * computer; anywhere else it asks for a token. Visitors and agents never meet it.
 */
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { TildegateError } from '../../shared/errors.ts'
import type { Secret } from '../../shared/secret.ts'
import type { Clock, Log, Random } from '../../shared/world.ts'
import type { LimitReports } from '../control/limit-reports.ts'
import type { GatewayLimits } from '../limits.ts'
import { isLoopback } from '../listen/address-ranges.ts'
import { listenError } from '../listen/listener.ts'
import { descriptorOf, type OpenSocket } from '../listen/open-socket.ts'
import { AdminAccess } from './admin-access.ts'
import { dashboardFolder } from './dashboard-files.ts'
import { LiveStreams } from './live-streams.ts'
import { send, textReply } from './reply.ts'
import { type AdminSubject, replyTo } from './routes.ts'

export interface AdminAddress {
  readonly host: string
  /** 0 picks a free one. */
  readonly port: number
  /** A socket that listens there already. */
  readonly fd?: number
  /** Needed beyond loopback, asked for wherever it is given. */
  readonly token?: Secret
}

export interface AdminWorld {
  readonly clock: Clock
  readonly random: Random
  readonly log: Log
  readonly limits: GatewayLimits
  readonly reports: LimitReports
}

const tokenMinBytes = 16
/** Browsers hold one for each dashboard, and a few for its files. */
const maxConnections = 64

export class AdminListener {
  readonly #server: Server
  readonly #address: AdminAddress
  readonly #access: AdminAccess
  readonly #streams: LiveStreams

  private constructor(server: Server, address: AdminAddress, access: AdminAccess, streams: LiveStreams) {
    this.#server = server
    this.#address = address
    this.#access = access
    this.#streams = streams
  }

  /** @throws TildegateError admin-needs-token, admin-token-weak, listen-in-use, listen-denied, listen-address */
  static async open(address: AdminAddress, subject: AdminSubject, world: AdminWorld): Promise<AdminListener> {
    const { clock, limits, log, reports } = world
    const token = address.token === undefined ? undefined : checkedToken(address.token)
    if (token === undefined && !isLoopback(address.host)) {
      throw new TildegateError('admin-needs-token', { host: address.host })
    }
    const access = new AdminAccess({ token, ...world })
    const streams = new LiveStreams({
      clock,
      reports,
      maxStreams: limits.dashboardStreams,
      stalledMs: limits.dashboardStalledMs,
      state: () => subject.state(access.asksForToken),
      visits: tunnel => subject.visits(tunnel),
      failed: cause => log.error({ err: cause }, 'the dashboard could not be told'),
    })
    const folder = dashboardFolder()
    const server = createServer(
      { maxHeaderSize: 8192, headersTimeout: 5_000, requestTimeout: 10_000, keepAliveTimeout: 5_000 },
      (request, response) => {
        replyTo(request, response, { subject, access, streams, folder }).then(
          reply => {
            if (reply !== undefined) send(response, reply)
          },
          (cause: unknown) => {
            log.error({ err: cause }, 'the admin could not be answered')
            if (response.headersSent) response.destroy()
            else send(response, textReply(500, 'the reply could not be made'))
          },
        )
      },
    )
    server.maxConnections = maxConnections
    await new Promise<void>((resolve, reject) => {
      const onError = (cause: NodeJS.ErrnoException) => reject(listenError(cause, address.host, address.port))
      server.once('error', onError)
      const { host, port, fd } = address
      server.listen(fd === undefined ? { host, port } : { fd }, () => {
        server.off('error', onError)
        server.on('error', () => {})
        resolve()
      })
    })
    return new AdminListener(server, address, access, streams)
  }

  get url(): string {
    const { address, port, family } = this.#server.address() as AddressInfo
    return `http://${family === 'IPv6' ? `[${address}]` : address}:${port}`
  }

  /** Undefined once it is closed. */
  get socket(): OpenSocket | undefined {
    const { host, port } = this.#address
    const fd = descriptorOf(this.#server)
    return fd === undefined ? undefined : { kind: 'admin', host, port, fd }
  }

  /** Idempotent. */
  close(): Promise<void> {
    this.#streams.close()
    this.#access.close()
    return new Promise(resolve => {
      this.#server.close(() => resolve())
      this.#server.closeAllConnections()
    })
  }
}

function checkedToken(token: Secret): Secret {
  const isFit = token.use(
    bytes => bytes.length >= tokenMinBytes && !/\s/.test(Buffer.from(bytes).toString('utf8')),
  )
  if (isFit) return token
  throw new TildegateError('admin-token-weak', { bytes: tokenMinBytes })
}
