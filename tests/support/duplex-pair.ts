/**
 * Two byte streams joined in memory, with what a network does to bytes: any split, delay, silence, a change, a cut.
 * `end()` of one side is the 'end' of the other (half-close); `destroy()` before that is its ECONNRESET, as is
 * `cut()` for both. Everything written is kept for tests that look at the wire.
 */
import { Duplex } from 'node:stream'
import type { Clock } from '../../shared/world.ts'

export interface PairOptions {
  readonly aToB?: DirectionOptions
  readonly bToA?: DirectionOptions
  /** Default true, as the sockets of an HTTP server. False: the end of one side ends the other. */
  readonly allowHalfOpen?: boolean
}

export interface DirectionOptions {
  /** Offsets in the stream of bytes at which a chunk ends, or every byte a chunk of its own. */
  readonly splitAt?: readonly number[] | 'every-byte'
  /** Arrives so much later, by this clock. */
  readonly delay?: { readonly clock: Clock; readonly ms: number }
  /** What becomes of each byte on its way; `offset` counts from 0. */
  readonly change?: (byte: number, offset: number) => number
  /** The line is cut when so many bytes have arrived. */
  readonly cutAfter?: number
  /** What comes after so many bytes vanishes, and nobody is told. */
  readonly silentAfter?: number
}

export interface DuplexPair {
  readonly a: Duplex
  readonly b: Duplex
  /** What each side has written so far, before any change. */
  readonly written: { readonly byA: () => Buffer; readonly byB: () => Buffer }
  /** Both sides see ECONNRESET. */
  cut(): void
  /** From now on nothing arrives any more, in both directions, and nobody is told. */
  silence(): void
}

export function duplexPair(options: PairOptions = {}): DuplexPair {
  const { allowHalfOpen = true } = options
  const cut = () => {
    a.destroy(resetError())
    b.destroy(resetError())
  }
  const aToB = new Direction(options.aToB ?? {}, cut)
  const bToA = new Direction(options.bToA ?? {}, cut)
  const a = new PairEnd(aToB, bToA, allowHalfOpen)
  const b = new PairEnd(bToA, aToB, allowHalfOpen)
  aToB.receiver = b
  bToA.receiver = a
  return {
    a,
    b,
    written: { byA: () => aToB.written, byB: () => bToA.written },
    cut,
    silence: () => {
      aToB.isSilent = true
      bToA.isSilent = true
    },
  }
}

function resetError(): Error {
  return Object.assign(new Error('read ECONNRESET'), { code: 'ECONNRESET', errno: -104, syscall: 'read' })
}

type Parcel =
  | { readonly kind: 'bytes'; readonly bytes: Buffer; readonly done: (() => void) | undefined }
  | { readonly kind: 'end'; readonly done: () => void }

class Direction {
  receiver: PairEnd | undefined
  isSilent = false
  readonly #options: DirectionOptions
  readonly #cut: () => void
  readonly #arrived: Parcel[] = []
  readonly #written: Buffer[] = []
  #sent = 0
  /** What is sent from here on vanishes; what was sent before still arrives. */
  #isMute = false
  #delivered = 0
  #wantsBytes = false

  constructor(options: DirectionOptions, cut: () => void) {
    this.#options = options
    this.#cut = cut
  }

  get written(): Buffer {
    return Buffer.concat(this.#written)
  }

  send(bytes: Buffer, done: () => void): void {
    const kept = Buffer.from(bytes)
    this.#written.push(kept)
    const { change, silentAfter = Number.POSITIVE_INFINITY } = this.#options
    const changed =
      change === undefined ? kept : Buffer.from(kept.map((byte, i) => change(byte, this.#sent + i)))
    const heard = changed.subarray(0, Math.max(0, silentAfter - this.#sent))
    const pieces = this.#split(heard)
    this.#sent += bytes.length
    pieces.forEach((piece, i) => {
      this.#travel({ kind: 'bytes', bytes: piece, done: i === pieces.length - 1 ? done : undefined })
    })
    if (heard.length < bytes.length) this.#isMute = true
    if (pieces.length === 0) done()
  }

  end(done: () => void): void {
    this.#travel({ kind: 'end', done })
  }

  /** Overtakes what has not been read. */
  reset(): void {
    if (!this.#isMute) this.#later(() => this.receiver?.destroy(resetError()))
  }

  /** The receiver has room. */
  wantMore(): void {
    this.#wantsBytes = true
    this.#deliver()
  }

  #travel(parcel: Parcel): void {
    if (this.isSilent || this.#isMute) {
      parcel.done?.()
      return
    }
    this.#later(() => {
      this.#arrived.push(parcel)
      this.#deliver()
    })
  }

  #later(arrive: () => void): void {
    const { delay } = this.#options
    if (delay === undefined) process.nextTick(arrive)
    else delay.clock.after(delay.ms, arrive)
  }

  #deliver(): void {
    for (;;) {
      const next = this.#arrived[0]
      const { receiver } = this
      if (next === undefined || receiver === undefined || receiver.destroyed || this.isSilent) return
      if (next.kind === 'end') {
        this.#arrived.shift()
        receiver.push(null)
        next.done()
        return
      }
      if (!this.#wantsBytes) return
      this.#arrived.shift()
      this.#delivered += next.bytes.length
      this.#wantsBytes = false
      if (receiver.push(next.bytes)) this.#wantsBytes = true
      next.done?.()
      const { cutAfter } = this.#options
      if (cutAfter !== undefined && this.#delivered >= cutAfter) this.#cut()
    }
  }

  #split(bytes: Buffer): Buffer[] {
    const { splitAt = [], cutAfter } = this.#options
    const begin = this.#sent
    const places =
      splitAt === 'every-byte' ? [...bytes.keys()].slice(1) : splitAt.map(offset => offset - begin)
    if (cutAfter !== undefined) places.push(cutAfter - begin)
    const inside = [...new Set(places)]
      .filter(place => place > 0 && place < bytes.length)
      .sort((x, y) => x - y)
    const edges = [0, ...inside, bytes.length]
    return edges
      .slice(1)
      .map((edge, i) => bytes.subarray(edges[i], edge))
      .filter(piece => piece.length > 0)
  }
}

class PairEnd extends Duplex {
  readonly #out: Direction
  readonly #in: Direction

  constructor(out: Direction, incoming: Direction, allowHalfOpen: boolean) {
    super({ allowHalfOpen })
    this.#out = out
    this.#in = incoming
  }

  override _write(chunk: Buffer, _: BufferEncoding, done: (error?: Error | null) => void): void {
    if (this.#out.receiver?.destroyed === true && !this.#out.isSilent) done(resetError())
    else this.#out.send(chunk, done)
  }

  override _final(done: (error?: Error | null) => void): void {
    this.#out.end(done)
  }

  override _read(): void {
    this.#in.wantMore()
  }

  override _destroy(error: Error | null, done: (error?: Error | null) => void): void {
    if (!this.writableFinished && !this.#out.isSilent) this.#out.reset()
    done(error)
  }
}
