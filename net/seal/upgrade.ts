/** The agent's HTTP Upgrade on a fresh connection (docs/protocol.md, 1). Bytes that come with the 101 stay in the stream. */
import type { Duplex } from 'node:stream'
import { TildegateError } from '../../shared/errors.ts'
import { protocolLimits } from '../../shared/protocol/limits.ts'
import {
  BadResponseHead,
  headerValues,
  isWebPage,
  type ResponseHead,
  ResponseHeadDecoder,
} from '../response-head.ts'
import { hostHeader, refusalOf, type UpgradeRequest } from './upgrade-request.ts'

const protocol = 'tildegate/1'
/** 100, 102, 103 before the answer; more is no HTTP server that we know. */
const maxInterim = 8

/**
 * Resolves when the bytes belong to the protocol; the stream is paused then, with early bytes put back. On failure it is destroyed.
 * @throws TildegateError not-a-gateway (the detail `status` is 0 for what is not HTTP), captive-portal, gateway-unavailable,
 *   handshake-timeout, connection-lost; or the signal's reason
 */
export function upgradeToTildegate(stream: Duplex, request: UpgradeRequest): Promise<void> {
  const { clock, host, signal, deadlineMs = protocolLimits.handshakeMs } = request
  const decoder = new ResponseHeadDecoder(protocolLimits.headBytes)
  const notAGateway = (status: number, isPage = false) => refusalOf({ status, isPage }, request)
  return new Promise((resolve, reject) => {
    let interim = 0
    const settle = () => {
      deadline.cancel()
      signal?.removeEventListener('abort', onAbort)
      stream.off('data', onData)
      stream.off('end', onEnd)
      stream.off('close', onEnd)
      stream.pause()
    }
    const fail = (cause: unknown) => {
      settle()
      stream.destroy()
      reject(cause instanceof Error ? cause : new TildegateError('internal', {}, { cause }))
    }
    const onEnd = () => fail(new TildegateError('connection-lost', { host }))
    const onAbort = () => fail(signal?.reason)
    const onError = (cause: Error) => fail(new TildegateError('connection-lost', { host }, { cause }))
    const onData = (bytes: Uint8Array) => {
      try {
        for (let more = bytes; ; ) {
          const decoded = decoder.push(more)
          if (decoded === undefined) return
          const { head, rest } = decoded
          if (head.status < 200 && head.status !== 101) {
            if (++interim > maxInterim) return fail(notAGateway(head.status))
            more = rest
            continue
          }
          if (!isOurs(head)) return fail(notAGateway(head.status, isWebPage(head)))
          settle()
          stream.off('error', onError)
          stream.on('error', () => {})
          if (rest.length > 0) stream.unshift(rest)
          return resolve()
        }
      } catch (cause) {
        fail(cause instanceof BadResponseHead ? notAGateway(0, cause.isPage) : cause)
      }
    }
    const deadline = clock.after(deadlineMs, () =>
      fail(new TildegateError('handshake-timeout', { seconds: Math.round(deadlineMs / 1000) })),
    )
    stream.on('error', onError)
    stream.on('data', onData)
    stream.on('end', onEnd)
    stream.on('close', onEnd)
    if (signal?.aborted) return onAbort()
    signal?.addEventListener('abort', onAbort, { once: true })
    stream.write(requestHead(request))
    stream.resume()
  })
}

function requestHead(request: UpgradeRequest): string {
  const { path, ticketHeader } = request
  const lines = [
    `GET ${path} HTTP/1.1`,
    `Host: ${hostHeader(request)}`,
    'Connection: Upgrade',
    `Upgrade: ${protocol}`,
  ]
  if (ticketHeader !== undefined) lines.push(`Tildegate-Ticket: ${ticketHeader}`)
  return `${lines.join('\r\n')}\r\n\r\n`
}

function isOurs(head: ResponseHead): boolean {
  return head.status === 101 && headerValues(head, 'upgrade').some(value => value.toLowerCase() === protocol)
}
