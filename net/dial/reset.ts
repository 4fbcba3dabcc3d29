/** Ending a TCP socket as broken off (RST) rather than in order (FIN). */
import type { Socket } from 'node:net'

/**
 * At once, whatever waits to be written. `resetAndDestroy` alone would flush and send FIN first; the `destroy`
 * in the same turn makes it a bare RST. While a FIN is on its way the system refuses a reset: then a plain close.
 * Never for the socket under a TLSSocket: Node 24 crashes when both are destroyed in one turn.
 */
export function resetTcp(socket: Socket): void {
  const isEnding = socket.writableEnded && !socket.writableFinished
  if (!socket.destroyed && !socket.connecting && !isEnding) socket.resetAndDestroy()
  socket.destroy()
}
