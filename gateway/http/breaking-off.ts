/** Ways to end a visitor's connection so that it sees what happened. */
import type { IncomingMessage } from 'node:http'
import { Socket } from 'node:net'
import type { Duplex } from 'node:stream'
import { TLSSocket } from 'node:tls'
import type { Clock } from '../../shared/world.ts'

/** Whether `reset` can be told from an end in order: plain TCP. TLS has its own end mark, and no reset here. */
export function canReset(socket: Duplex): socket is Socket {
  return socket instanceof Socket && !(socket instanceof TLSSocket) && socket.remoteFamily !== undefined
}

/** Cuts the connection; over plain TCP with a reset, so that nobody takes the end for the end of a body. */
export function reset(socket: Duplex): void {
  if (socket.destroyed) return
  if (canReset(socket)) socket.resetAndDestroy()
  else socket.destroy()
}

/**
 * When Node closes the connection after this answer, it first ends its own half only and goes on reading for a
 * while: closing at once under a visitor that still sends would reset the connection, and the visitor would
 * never read the answer (RFC 9112 §9.6).
 */
export function lingerAfterAnswer(request: IncomingMessage, clock: Clock, lingerMs: number): void {
  const { socket } = request
  socket.destroySoon = () => {
    request.resume()
    linger(socket, clock, lingerMs)
  }
}

/** Ends our half now, and the connection when the other side ends its own, at the latest after `lingerMs`. */
export function linger(socket: Duplex, clock: Clock, lingerMs: number): void {
  socket.on('error', () => {})
  socket.end()
  socket.resume()
  const timer = clock.after(lingerMs, () => socket.destroy())
  socket.once('end', () => socket.destroy())
  socket.once('close', () => timer.cancel())
}
