/**
 * The agent's upgrade to a WebSocket, for middleboxes that let nothing else pass (docs/protocol.md, 1). The handshake and the
 * frames are the library's.
 */
import type { ClientRequest, IncomingMessage } from 'node:http'
import type { Duplex } from 'node:stream'
import { WebSocket } from 'ws'
import { TildegateError } from '../../shared/errors.ts'
import { protocolLimits } from '../../shared/protocol/limits.ts'
import { keepQuiet } from '../quiet.ts'
import { hostHeader, refusalOf, type UpgradeRequest } from './upgrade-request.ts'
import { halfCloseHeader, WebSocketCarrier, webSocketLimits, webSocketProtocol } from './websocket-carrier.ts'

/**
 * @returns what the protocol's bytes go through from now on; it owns the stream. On failure the stream is destroyed.
 * @throws TildegateError not-a-gateway, captive-portal, gateway-unavailable, handshake-timeout, connection-lost; or the signal's reason
 */
export function upgradeToWebSocket(stream: Duplex, request: UpgradeRequest): Promise<WebSocketCarrier> {
  const { clock, host, signal, ticketHeader, deadlineMs = protocolLimits.handshakeMs } = request
  const authority = hostHeader(request)
  keepQuiet(stream)
  return new Promise((resolve, reject) => {
    const settle = () => {
      deadline.cancel()
      signal?.removeEventListener('abort', onAbort)
    }
    const fail = (cause: unknown) => {
      settle()
      stream.destroy()
      reject(cause instanceof Error ? cause : new TildegateError('internal', {}, { cause }))
    }
    const onAbort = () => fail(signal?.reason)
    const deadline = clock.after(deadlineMs, () =>
      fail(new TildegateError('handshake-timeout', { seconds: Math.round(deadlineMs / 1000) })),
    )
    if (signal?.aborted) return onAbort()
    signal?.addEventListener('abort', onAbort, { once: true })
    const socket = new WebSocket(`ws://${authority}${request.path}`, webSocketProtocol, {
      ...webSocketLimits,
      createConnection: () => stream as never,
      headers: {
        Host: authority,
        [halfCloseHeader]: '1',
        ...(ticketHeader === undefined ? {} : { 'Tildegate-Ticket': ticketHeader }),
      },
      // The dial left the stream at rest.
      finishRequest: (own: ClientRequest) => {
        own.once('socket', () => stream.resume())
        own.end()
      },
    })
    let answer: IncomingMessage | undefined
    socket.once('upgrade', head => {
      answer = head
    })
    socket.once('unexpected-response', (_, head) => {
      const { statusCode = 0, headers } = head
      const isPage = isPageType(headers['content-type'])
      fail(refusalOf({ status: statusCode, isPage }, request))
    })
    socket.on('error', cause => fail(failureOf(cause, answer, request, host)))
    socket.once('open', () => {
      settle()
      const keepsHalfCloses = answer?.headers[halfCloseHeader.toLowerCase()] === '1'
      resolve(new WebSocketCarrier(socket, { keepsHalfCloses }))
    })
  })
}

/** Of the library, or of Node's HTTP under it. */
function failureOf(
  cause: Error & { code?: unknown },
  answer: IncomingMessage | undefined,
  request: UpgradeRequest,
  host: string,
): TildegateError {
  const isHttp = answer !== undefined || (typeof cause.code === 'string' && cause.code.startsWith('HPE_'))
  if (!isHttp) return new TildegateError('connection-lost', { host }, { cause })
  return refusalOf({ status: answer?.statusCode ?? 0, isPage: false }, request)
}

function isPageType(type: string | undefined): boolean {
  return /^text\/html/i.test(type ?? '')
}
