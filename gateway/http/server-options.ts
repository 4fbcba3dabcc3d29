/** How a Node HTTP server must be set up for visitors, and what it answers to what is no HTTP. */
import { type ServerOptions, STATUS_CODES } from 'node:http'
import type { Duplex } from 'node:stream'
import { TildegateError } from '../../shared/errors.ts'
import type { Clock } from '../../shared/world.ts'
import { linger } from './breaking-off.ts'
import type { VisitorCounters } from './counters.ts'
import { Http1Connection } from './http1-connection.ts'
import type { VisitorLimits } from './limits.ts'
import { shouldUpgrade } from './upgrading.ts'

/** For `http.createServer` and `https.createServer`. */
export function visitorServerOptionsFor(limits: VisitorLimits): ServerOptions {
  return {
    maxHeaderSize: limits.headBytes,
    requireHostHeader: true,
    // Said explicitly, so that no flag of Node and no NODE_OPTIONS loosens it.
    insecureHTTPParser: false,
    headersTimeout: limits.headMs,
    // A body may take as long as it likes while it moves; `uploadIdleMs` watches that it does.
    requestTimeout: 0,
    keepAliveTimeout: limits.keepAliveIdleMs,
    connectionsCheckingInterval: Math.min(5_000, limits.headMs),
    noDelay: true,
    // Notices visitors that vanished without a word during an answer that may be silent for hours.
    keepAlive: true,
    keepAliveInitialDelay: 60_000,
    joinDuplicateHeaders: true,
    shouldUpgradeCallback: shouldUpgrade,
  }
}

/** Connections that have had their last word. */
const refused = new WeakSet<Duplex>()

/** For `clientError`: a minimal answer where one can be given without confusion, then the end. */
export function refuseConnection(
  cause: Error & { code?: string },
  socket: Duplex,
  address: string,
  environment: { clock: Clock; limits: VisitorLimits; counters: VisitorCounters },
): void {
  // What still comes is thrown away while the connection lingers.
  if (refused.has(socket)) return
  refused.add(socket)
  const status = statusOf(cause.code)
  if (status === undefined) {
    socket.destroy()
    return
  }
  const connection = Http1Connection.of(socket)
  const code = status === 408 ? 'request-timeout' : 'request-malformed'
  const ending = connection.breakOff(new TildegateError(code, { reason: 'syntax' }))
  if (ending === 'answered') return
  environment.counters.protocolViolation(reasonOf(status), address)
  if (ending === 'lost' || !socket.writable) socket.destroy()
  else if (ending === 'kept') socket.once('end', () => socket.destroy())
  else answerBriefly(status, socket, environment)
}

function answerBriefly(
  status: number,
  socket: Duplex,
  { clock, limits }: { clock: Clock; limits: VisitorLimits },
): void {
  const text = `${STATUS_CODES[status] ?? ''}\n`
  socket.write(
    `HTTP/1.1 ${status} ${STATUS_CODES[status] ?? ''}\r\nContent-Type: text/plain; charset=utf-8\r\n` +
      `Content-Length: ${text.length}\r\nCache-Control: no-store\r\nConnection: close\r\n\r\n${text}`,
  )
  linger(socket, clock, limits.lingerMs)
}

/** Undefined: the line broke, there is nobody to answer to. */
function statusOf(code: string | undefined): 400 | 408 | 413 | 431 | undefined {
  switch (code) {
    case 'ERR_HTTP_REQUEST_TIMEOUT':
      return 408
    case 'HPE_CHUNK_EXTENSIONS_OVERFLOW':
      return 413
    case 'HPE_HEADER_OVERFLOW':
      return 431
    case 'HPE_INVALID_EOF_STATE':
      return undefined
    default:
      return code?.startsWith('HPE_') ? 400 : undefined
  }
}

function reasonOf(status: 400 | 408 | 413 | 431): string {
  return status === 408 ? 'head-timeout' : status === 400 ? 'request-malformed' : 'head-too-large'
}
