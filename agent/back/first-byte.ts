/** Waiting for the first byte of a visitor on an idle back-connection, without taking it. */
import type { Duplex } from 'node:stream'
import type { Clock } from '../../shared/world.ts'

/** `true`: there is a byte to read. `false`: the other side ended or broke off, or nothing came within `idleMs`. */
export function firstByte(stream: Duplex, clock: Clock, idleMs: number): Promise<boolean> {
  return new Promise(resolve => {
    const settle = (hasCome: boolean) => {
      deadline.cancel()
      stream.off('readable', look)
      stream.off('end', none)
      stream.off('error', none)
      stream.off('close', none)
      resolve(hasCome)
    }
    const none = () => settle(false)
    const look = () => {
      if (stream.readableLength > 0) settle(true)
      // At the end of the stream a read of nothing brings 'end'.
      else stream.read()
    }
    const deadline = clock.after(idleMs, none)
    stream.on('readable', look)
    stream.on('end', none)
    stream.on('error', none)
    stream.on('close', none)
    if (stream.destroyed) none()
    else if (stream.readableLength > 0) settle(true)
  })
}
