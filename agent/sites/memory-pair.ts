/**
 * Two ends of a connection within the process, as a socket pair: backpressure, half-closes, and an end that is destroyed
 * before it has ended its stream breaks the other off.
 */
import { Duplex } from 'node:stream'

type Done = (error?: Error | null) => void

class MemoryEnd extends Duplex {
  peer: MemoryEnd | undefined
  #writer: Done | undefined

  /** The peer has written; `done` is called when there is room for more. */
  accept(chunk: Uint8Array, done: Done): void {
    if (this.destroyed || this.push(chunk)) done()
    else this.#writer = done
  }

  override _read(): void {
    const writer = this.#writer
    this.#writer = undefined
    writer?.()
  }

  override _write(chunk: Uint8Array, _encoding: BufferEncoding, done: Done): void {
    this.peer?.accept(chunk, done)
  }

  override _final(done: Done): void {
    if (this.peer?.destroyed === false) this.peer.push(null)
    done()
  }

  override _destroy(error: Error | null, done: Done): void {
    const { peer } = this
    this._read()
    if (!this.writableFinished && peer !== undefined) setImmediate(() => peer.breakOff())
    done(error)
  }

  breakOff(): void {
    if (!this.destroyed)
      this.destroy(Object.assign(new Error('the other end broke off'), { code: 'ECONNRESET' }))
  }
}

export function memoryPair(): [Duplex, Duplex] {
  const ends: [MemoryEnd, MemoryEnd] = [new MemoryEnd(), new MemoryEnd()]
  ends[0].peer = ends[1]
  ends[1].peer = ends[0]
  for (const end of ends) end.on('error', () => {})
  return ends
}
