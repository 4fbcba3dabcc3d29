/**
 * What carries the bytes after the 101 (protocol.md, section 1): the connection itself, or binary messages of a
 * WebSocket for middleboxes that know only those.
 */
import type { IncomingMessage } from 'node:http'
import type { Duplex } from 'node:stream'
import { WebSocketServer } from 'ws'
import {
  halfCloseHeader,
  WebSocketCarrier,
  webSocketLimits,
  webSocketProtocol,
} from '../../net/seal/index.ts'

export const protocol = 'tildegate/1'
const switching = `HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: ${protocol}\r\n\r\n`

const sockets = new WebSocketServer({
  ...webSocketLimits,
  noServer: true,
  clientTracking: false,
  handleProtocols: () => webSocketProtocol,
})
sockets.on('headers', (lines, request) => {
  if (keepsHalfCloses(request)) lines.push(`${halfCloseHeader}: 1`)
})

/** Undefined: the request asks for nothing that is spoken here. */
export function carrierOf({ headers }: Pick<IncomingMessage, 'headers'>): 'plain' | 'websocket' | undefined {
  const upgrade = headers.upgrade?.toLowerCase()
  if (upgrade === protocol) return 'plain'
  const offered = (headers['sec-websocket-protocol'] ?? '').split(',').map(one => one.trim())
  return upgrade === 'websocket' && offered.includes(webSocketProtocol) ? 'websocket' : undefined
}

/** Answers 101. Undefined: a WebSocket handshake that is malformed; it has been answered, the connection closes. */
export function openCarrier(request: IncomingMessage, stream: Duplex, head: Buffer): Duplex | undefined {
  if (carrierOf(request) === 'plain') {
    if (head.length > 0) stream.unshift(head)
    stream.write(switching)
    return stream
  }
  let carried: Duplex | undefined
  sockets.handleUpgrade(request, stream, head, socket => {
    carried = new WebSocketCarrier(socket, { keepsHalfCloses: keepsHalfCloses(request) })
  })
  return carried
}

function keepsHalfCloses({ headers }: IncomingMessage): boolean {
  return headers[halfCloseHeader.toLowerCase()] === '1'
}
