/**
 * What visitors meet: the handlers that a listener's HTTP server calls for everything that is not the
 * gateway's own (`/.tildegate/…`, metrics).
 */
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Duplex } from 'node:stream'
import { TildegateError } from '../../shared/errors.ts'
import type { Clock, Log } from '../../shared/world.ts'
import type { HostMode } from '../host-mode.ts'
import type { Http2Request } from '../http2/http2-request.ts'
import type { Http2Response } from '../http2/http2-response.ts'
import { Http2Visit } from '../http2/http2-visit.ts'
import type { TunnelDirectory } from '../upstream.ts'
import { silentCounters, type VisitorCounters } from './counters.ts'
import type { VisitorEnvironment } from './environment.ts'
import { workFor } from './finding.ts'
import type { VisitorGate } from './gated.ts'
import { Http1Visit } from './http1-visit.ts'
import { type VisitorLimits, visitorLimits } from './limits.ts'
import { refuse } from './refusing.ts'
import { LoginLost } from './relay.ts'
import type { VisitorContext } from './request-mapping.ts'
import type { RequestRates } from './request-rates.ts'
import { refuseConnection } from './server-options.ts'
import { traceIdOf } from './trace-context.ts'
import { noTransportSecurity, type TransportSecurity } from './transport-security.ts'
import { shouldUpgrade } from './upgrading.ts'
import { originOf } from './url-mapping.ts'
import { NeedsHttp11, type Visit } from './visit.ts'

export interface VisitorSideParts {
  readonly directory: TunnelDirectory
  readonly clock: Clock
  readonly log: Log
  readonly limits?: Partial<VisitorLimits>
  /** The origin under which visitors reach the gateway, where it differs from what they say. */
  readonly publicOrigin?: string
  readonly hostMode?: HostMode
  readonly transport?: TransportSecurity
  readonly counters?: VisitorCounters
  readonly gate?: VisitorGate
  readonly rates?: RequestRates
}

export interface VisitorSide {
  /** For `request`. */
  request(request: IncomingMessage, response: ServerResponse, context: VisitorContext): void
  /** For `checkContinue`: the visitor waits for 100 before it sends its body. */
  checkContinue(request: IncomingMessage, response: ServerResponse, context: VisitorContext): void
  /** For a request that came by HTTP/2. */
  stream(request: Http2Request, response: Http2Response, context: VisitorContext): void
  /** For `upgrade`. */
  upgrade(request: IncomingMessage, socket: Duplex, head: Buffer, context: VisitorContext): void
  /** For `connect`: refused, the gateway is no proxy for visitors. */
  connect(request: IncomingMessage, socket: Duplex, head: Buffer, context: VisitorContext): void
  /** For `clientError`. */
  clientError(cause: Error, socket: Duplex, address: string): void
  /** For what is against the protocol before there is a request. */
  violated(reason: string, address: string): void
  /** For `shouldUpgradeCallback`. */
  shouldUpgrade(request: IncomingMessage): boolean
  /** Requests in work, waiting pipelined ones and open upgraded connections included. */
  readonly activeRequests: number
  /** Answers say `Connection: close` from now on; resolves when no request is in work any more. Idempotent. */
  close(): Promise<void>
  /** Ends every request now. Idempotent. */
  destroy(cause?: Error): void
}

export function createVisitorSide(parts: VisitorSideParts): VisitorSide {
  const active = new Set<Visit>()
  const idle: (() => void)[] = []
  let isStopping = false
  const { directory, clock, log, publicOrigin } = parts
  const environment: VisitorEnvironment = {
    directory,
    clock,
    log,
    limits: { ...visitorLimits, ...parts.limits },
    publicOrigin: publicOrigin === undefined ? undefined : originOf(publicOrigin),
    hostMode: parts.hostMode,
    transport: parts.transport ?? noTransportSecurity,
    counters: parts.counters ?? silentCounters,
    gate: parts.gate,
    rates: parts.rates,
    isStopping: () => isStopping,
  }
  const { limits } = environment

  const begin = (visit: Visit) => {
    active.add(visit)
    void visit.over.then(() => {
      active.delete(visit)
      if (active.size === 0) for (const tell of idle.splice(0)) tell()
    })
    if (visit.connection.take(visit, () => serve(visit, environment), limits.pipelinedRequests)) return
    // What follows the last answer of a connection, or more than a visitor may have waiting.
    if (!visit.connection.isClosing)
      environment.counters.protocolViolation('pipelined-requests', visit.context.address)
    visit.drop()
  }

  return {
    request: (request, response, context) => begin(new Http1Visit(request, response, context, false)),
    checkContinue: (request, response, context) => begin(new Http1Visit(request, response, context, true)),
    stream: (request, response, context) => begin(new Http2Visit(request, response, context)),
    upgrade: (request, socket, head, context) =>
      begin(new Http1Visit(request, { socket, head, earlyMax: limits.earlyBytes }, context, false)),
    connect: (_, socket, __, { address }) =>
      refuseConnection(
        Object.assign(new Error('CONNECT'), { code: 'HPE_INVALID_METHOD' }),
        socket,
        address,
        environment,
      ),
    clientError: (cause, socket, address) => refuseConnection(cause, socket, address, environment),
    violated: (reason, address) => environment.counters.protocolViolation(reason, address),
    shouldUpgrade,
    get activeRequests() {
      return active.size
    },
    close() {
      isStopping = true
      return new Promise(resolve => {
        if (active.size === 0) resolve()
        else idle.push(resolve)
      })
    },
    destroy(cause = new TildegateError('gateway-stopping')) {
      isStopping = true
      for (const visit of active) {
        visit.end(cause)
        visit.drop()
      }
    },
  }
}

/** Serves one request to its end; never throws. */
async function serve(visit: Visit, environment: VisitorEnvironment): Promise<void> {
  const { counters, clock, limits } = environment
  const began = clock.now()
  try {
    const work = workFor(visit, environment)
    counters.requestStarted(visit.tunnel)
    await work()
  } catch (error) {
    if (error instanceof LoginLost || error instanceof NeedsHttp11) visit.drop(error)
    else tryToRefuse(visit, environment, error)
  }
  // The rest of an answer that nobody reads is not kept forever.
  const timer = clock.after(limits.stalledVisitorMs, () => visit.drop())
  await visit.over
  timer.cancel()
  counters.requestFinished(visit.tunnel, {
    status: visit.status,
    receivedBytes: visit.receivedBytes,
    sentBytes: visit.sentBytes,
    durationMs: clock.now() - began,
    isBroken: visit.isBroken,
    isSurplus: visit.isSurplus,
    address: visit.context.address,
    method: visit.request.method ?? '',
    path: visit.request.url?.split('?', 1)[0] ?? '',
    http: visit.http,
    traceId: traceIdOf(visit.request.rawHeaders),
  })
}

function tryToRefuse(visit: Visit, environment: VisitorEnvironment, cause: unknown): void {
  try {
    refuse(visit, environment, cause)
  } catch (error) {
    environment.log.error({ err: error }, 'a page of our own could not be sent')
    visit.drop()
  }
}
