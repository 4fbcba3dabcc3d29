/** Requests that ask for another protocol (WebSocket and others): which are, and what follows a 101. */
import type { IncomingMessage } from 'node:http'
import { splice } from '../../net/splice.ts'
import { TildegateError } from '../../shared/errors.ts'
import { reset } from './breaking-off.ts'
import { fieldsOf, type RawHeaders, tokensOf, valuesOf } from './header-list.ts'
import { Http1Connection } from './http1-connection.ts'
import type { Http1Visit } from './http1-visit.ts'
import type { Relay } from './relay.ts'
import { mapResponseHead } from './response-mapping.ts'
import type { TargetAnswer, TargetExchange } from './target-exchange.ts'

/** HTTP/2 and TLS begun within HTTP/1.1 would end the gateway's view of single requests; nobody uses them. */
const neverFollowed = /^(?:h2c?|http\/.*|tls\/.*)$/

/**
 * Whether a request with an `Upgrade` header is to be treated as such, for `shouldUpgradeCallback` of a Node
 * server. Any other is an ordinary request, its `Upgrade` is dropped (RFC 9110 §7.8).
 */
export function shouldUpgrade(request: IncomingMessage): boolean {
  const { rawHeaders } = request
  const protocols = tokensOf(rawHeaders, 'upgrade')
  const hasBody =
    valuesOf(rawHeaders, 'transfer-encoding').length > 0 ||
    valuesOf(rawHeaders, 'content-length').some(length => Number(length) !== 0)
  return (
    request.httpVersion === '1.1' &&
    tokensOf(rawHeaders, 'connection').includes('upgrade') &&
    protocols.length > 0 &&
    !protocols.some(protocol => neverFollowed.test(protocol)) &&
    !hasBody &&
    // An answer to an earlier, pipelined request is still to be written on this connection.
    !Http1Connection.of(request.socket).isBusy
  )
}

/** @throws TildegateError target-broke-off for a protocol that nobody asked for */
export async function passUpgraded(
  { views, environment }: Relay,
  visit: Http1Visit,
  exchange: TargetExchange,
  { message, socket, head }: TargetAnswer & { kind: 'switched' },
): Promise<void> {
  const asked = tokensOf(visit.request.rawHeaders, 'upgrade')
  const given = tokensOf(message.rawHeaders, 'upgrade')
  if (given.length === 0 || !given.every(protocol => asked.includes(protocol))) {
    throw new TildegateError('target-broke-off')
  }
  visit.status = 101
  const { rawHeaders, httpVersion } = message
  const headers = mapResponseHead({ statusCode: 101, httpVersion, rawHeaders }, 'none', views)
  for (const value of valuesOf(rawHeaders, 'upgrade')) headers.push('Upgrade', value)
  headers.push('Connection', 'Upgrade')
  const early = visit.takeEarlyBytes()
  visit.socket.write(headText(message.statusMessage ?? '', headers), 'latin1')
  if (head.length > 0) visit.socket.write(head)
  if (early.length > 0) socket.write(early)
  const { clock, limits } = environment
  const joined = splice(
    { stream: visit.socket, reset: () => reset(visit.socket) },
    { stream: socket, reset: cause => exchange.fail(cause) },
    { clock, halfClosedIdleMs: limits.halfClosedMs },
  )
  const end = await joined.ended
  exchange.fail()
  visit.receivedBytes = joined.bytes.fromA + early.length
  visit.sentBytes = joined.bytes.fromB + head.length
  visit.isBroken = end !== 'order'
}

function headText(statusMessage: string, headers: RawHeaders): string {
  const lines = [...fieldsOf(headers)].map(([name, value]) => `${name}: ${value}\r\n`)
  return `HTTP/1.1 101 ${statusMessage}\r\n${lines.join('')}\r\n`
}
