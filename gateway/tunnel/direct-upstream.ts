/** A direct entry: the gateway itself dials the target, with TLS where the entry says `SSL`. */
import { connect as connectTcp, type Socket } from 'node:net'
import { connect as connectTls } from 'node:tls'
import type { DirectEntry } from '../../shared/balance/index.ts'
import { type ErrorCode, TildegateError } from '../../shared/errors.ts'
import type { Clock } from '../../shared/world.ts'
import type { LimitReports } from '../control/limit-reports.ts'
import type { GatewayLimits } from '../limits.ts'
import { canonicalAddress, isLoopback } from '../listen/address-ranges.ts'
import type { AcquireOptions, TargetAddress, Upstream, UpstreamConnection } from '../upstream.ts'
import { ConnectionPool, overShare } from './connection-pool.ts'
import type { OpenedConnection } from './pooled-connection.ts'

export interface DirectWorld {
  readonly limits: GatewayLimits
  readonly clock: Clock
  readonly reports: LimitReports
}

export class DirectUpstream implements Upstream {
  readonly name: string
  readonly target: TargetAddress
  readonly #pool: ConnectionPool

  constructor(entry: DirectEntry, { limits, clock, reports }: DirectWorld) {
    this.name = entry.name
    this.target = addressOf(entry)
    this.#pool = new ConnectionPool({
      clock,
      limits: {
        maxConnections: limits.directConnections,
        maxOpening: limits.directConnections,
        maxWaiters: limits.poolWaiters,
        sharePercent: limits.addressSharePercent,
        waitMs: limits.poolWaitMs,
        idleMs: limits.idleConnectionMs,
        // Dialling it costs little, and a spare would hold a connection at the target.
        sparesMin: 0,
        sparesMax: 0,
        spareDecayMs: limits.spareDecayMs,
        spareRetryMs: limits.spareRetryMs,
      },
      exceeded(limit, visitor) {
        if (limit === 'share') reports.exceeded('share-of-address', visitor, overShare)
        // The address is the target's: it is the one that is asked for too much.
        else
          reports.exceeded('direct-connections', entry.host, 'all connections of a direct entry are in use')
      },
      open: signal => dial(entry, limits.directDialMs, clock, signal),
    })
  }

  acquire(options: AcquireOptions): Promise<UpstreamConnection> {
    return this.#pool.acquire(options)
  }

  get counts(): ConnectionPool['counts'] {
    return this.#pool.counts
  }

  /** The entry is gone or changed: what is under way ends with its exchange. */
  close(): void {
    this.#pool.close()
  }

  destroy(): void {
    this.#pool.destroy()
  }
}

function addressOf(entry: DirectEntry): TargetAddress {
  const scheme = entry.isSsl ? 'https' : 'http'
  const host = entry.host.includes(':') && !entry.host.startsWith('[') ? `[${entry.host}]` : entry.host
  const isDefaultPort = entry.port === (entry.isSsl ? 443 : 80)
  return { scheme, authority: isDefaultPort ? host : `${host}:${entry.port}`, base: '/', keepsHost: false }
}

/**
 * Certificates are verified, except at a loopback address: what listens there has no name to be certified,
 * and who could listen in its place has this computer already. The agent decides the same.
 * @throws TildegateError target-refused, target-dns, target-tls, target-timeout
 */
function dial(
  entry: DirectEntry,
  deadlineMs: number,
  clock: Clock,
  signal: AbortSignal,
): Promise<OpenedConnection> {
  const host = entry.host.replace(/^\[|\]$/g, '')
  return new Promise((resolve, reject) => {
    const socket: Socket = entry.isSsl
      ? connectTls({
          host,
          port: entry.port,
          ALPNProtocols: ['http/1.1'],
          rejectUnauthorized: !isLoopback(host),
          ...(canonicalAddress(host) === undefined ? { servername: host } : {}),
        })
      : connectTcp({ host, port: entry.port })
    const fail = (cause: Error) => {
      settle()
      socket.destroy()
      reject(cause)
    }
    const onAbort = () => fail(new TildegateError('tunnel-offline'))
    const onClose = () => fail(new TildegateError('target-refused'))
    const timer = clock.after(deadlineMs, () => fail(new TildegateError('target-timeout')))
    const settle = () => {
      timer.cancel()
      signal.removeEventListener('abort', onAbort)
      socket.off('close', onClose)
    }
    socket.setNoDelay(true)
    socket.setKeepAlive(true, 30_000)
    socket.on('close', onClose)
    socket.on('error', cause => fail(new TildegateError(codeOf(cause), {}, { cause })))
    signal.addEventListener('abort', onAbort, { once: true })
    socket.once(entry.isSsl ? 'secureConnect' : 'connect', () => {
      settle()
      // The gateway has the connection itself: its end is the target's own, unless it broke.
      let hasFailed = false
      socket.on('error', () => {
        hasFailed = true
      })
      resolve({ socket, endedInOrder: () => Promise.resolve(!hasFailed) })
    })
  })
}

function codeOf(cause: NodeJS.ErrnoException): ErrorCode {
  switch (cause.code) {
    case 'ENOTFOUND':
    case 'EAI_AGAIN':
      return 'target-dns'
    case 'ETIMEDOUT':
      return 'target-timeout'
    case 'ECONNREFUSED':
    case 'ECONNRESET':
    case 'EHOSTUNREACH':
    case 'ENETUNREACH':
    case 'EPIPE':
      return 'target-refused'
    default:
      // What is left of a TLS dial are OpenSSL's and the verification's own codes.
      return cause.code?.startsWith('E') === true && !cause.code.startsWith('ERR_')
        ? 'target-refused'
        : 'target-tls'
  }
}
