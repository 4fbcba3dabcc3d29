/**
 * The sealed control connection: frames both ways over a stream that it owns. Any violation closes at once. The first frame
 * of the other side is taken with `first`; `start` begins the rest.
 */
import type { Duplex } from 'node:stream'
import { TildegateError } from '../../shared/errors.ts'
import { said } from '../../shared/phrases.ts'
import { type ControlFrame, decodeFrame, encodeFrame } from '../../shared/protocol/frames.ts'
import { LengthPrefixedDecoder } from '../../shared/protocol/length-prefixed.ts'
import { wire } from '../../shared/protocol/limits.ts'
import type { Clock, Timer } from '../../shared/world.ts'
import { FrameOpener, FrameSealer } from './frame-cipher.ts'
import type { SessionKeys } from './key-schedule.ts'

/** Frames that the stream has not taken yet. Frames are small: this much means that the other side does not read. */
const maxUnsentBytes = 1024 * 1024
/** For the last frame to leave after `close`. */
const closeMs = 5_000

export interface ChannelHandlers {
  onFrame(frame: ControlFrame): void
  /** Once, last of all. `undefined`: ended in order, after a CLOSE or REFUSED of either side. */
  onClose(cause: TildegateError | undefined): void
}

export interface ChannelParts {
  readonly role: 'agent' | 'gateway'
  readonly keys: SessionKeys
  readonly clock: Clock
}

export class SealedChannel {
  /** 32 bytes that only the two ends of this very handshake know. */
  readonly exporter: Uint8Array
  readonly #stream: Duplex
  readonly #role: 'agent' | 'gateway'
  readonly #clock: Clock
  readonly #sealer: FrameSealer
  readonly #opener: FrameOpener
  readonly #decoder = new LengthPrefixedDecoder({
    prefixBytes: 4,
    minBytes: wire.frameMinBytes,
    maxBytes: wire.frameMaxBytes,
  })
  #handlers: ChannelHandlers | undefined
  #hasFirst = false
  #isFarewell = false
  #isClosed = false
  #cause: TildegateError | undefined
  #closing: Timer | undefined

  constructor(stream: Duplex, { role, keys, clock }: ChannelParts) {
    this.#stream = stream
    this.#role = role
    this.#clock = clock
    this.exporter = keys.exporter
    this.#sealer = new FrameSealer(role === 'agent' ? keys.a2g : keys.g2a)
    this.#opener = new FrameOpener(role === 'agent' ? keys.g2a : keys.a2g)
  }

  /** Takes the reading of the stream over. `early` is what was read with the handshake and belongs to the frames. */
  listen(early: Uint8Array): void {
    const stream = this.#stream
    this.#decoder.push(early)
    stream.on('error', cause => this.#ended(this.#isFarewell ? undefined : lost(cause)))
    stream.on('end', () => this.#ended(this.#isFarewell ? undefined : lost()))
    stream.on('close', () => this.#ended(this.#isFarewell ? undefined : lost()))
    stream.on('data', (bytes: Buffer) => this.#received(bytes))
    stream.pause()
  }

  get isClosed(): boolean {
    return this.#isClosed
  }

  /**
   * The other side's first frame: HELLO for a gateway, WELCOME or REFUSED for an agent. Further ones wait for `start`.
   * @throws TildegateError protocol-violation, connection-lost, or what `destroy` was given
   */
  first(): Promise<ControlFrame> {
    return new Promise((resolve, reject) => {
      this.start({
        onFrame: frame => {
          this.#handlers = undefined
          this.#stream.pause()
          resolve(frame)
        },
        onClose: cause => reject(cause ?? lost()),
      })
    })
  }

  /** Frames that are there already are delivered before it returns. */
  start(handlers: ChannelHandlers): void {
    this.#handlers = handlers
    if (this.#isClosed) {
      handlers.onClose(this.#cause)
      return
    }
    this.#deliver()
    if (this.#handlers === undefined || this.#isClosed) return
    // It may have ended while the handshake was read: there is no further event then.
    if (this.#stream.readableEnded || this.#stream.destroyed)
      this.#ended(this.#isFarewell ? undefined : lost())
    else this.#stream.resume()
  }

  /** Without effect once the channel is closed. A side that does not read is given up. */
  send(frame: ControlFrame): void {
    if (this.#isClosed || !this.#stream.writable) return
    if (frame.type === 'close' || frame.type === 'refused') this.#isFarewell = true
    try {
      this.#stream.write(this.#sealer.seal(encodeFrame(frame)))
    } catch (cause) {
      if (!(cause instanceof TildegateError)) throw cause
      this.destroy(cause)
      return
    }
    if (this.#stream.writableLength > maxUnsentBytes) this.destroy(violation('the other side does not read'))
  }

  /** Sends CLOSE, unless REFUSED has said it all, and ends; after 5 s it is cut. Idempotent. */
  close(code: number, text = ''): void {
    if (this.#isClosed || this.#closing !== undefined) return
    if (!this.#isFarewell) this.send({ type: 'close', code, text })
    this.#finish()
  }

  /** Closes now. `cause` is what `onClose` is told. Idempotent. */
  destroy(cause?: TildegateError): void {
    this.#ended(cause ?? (this.#isFarewell ? undefined : lost()))
  }

  #received(bytes: Buffer): void {
    // After a farewell the stream is read to its end, and nothing of it kept.
    if (this.#isClosed || this.#closing !== undefined) return
    this.#decoder.push(bytes)
    this.#deliver()
  }

  /** Everything is said: ends, waits for the other side's end, cuts after 5 s. */
  #finish(): void {
    if (this.#isClosed || this.#closing !== undefined) return
    this.#isFarewell = true
    this.#closing = this.#clock.after(closeMs, () => this.#stream.destroy())
    this.#stream.end()
    this.#stream.resume()
  }

  #deliver(): void {
    try {
      while (this.#handlers !== undefined && !this.#isClosed && this.#closing === undefined) {
        const sealed = this.#decoder.next()
        if (sealed === undefined) return
        const frame = decodeFrame(this.#opener.open(sealed), this.#role === 'agent' ? 'g2a' : 'a2g')
        // Before HELLO and WELCOME an extension says nothing, and is no violation either.
        if (frame === undefined || (isExtension(frame) && !this.#hasFirst)) continue
        this.#checkPlace(frame)
        if (frame.type === 'close' || frame.type === 'refused') this.#isFarewell = true
        this.#handlers.onFrame(frame)
        if (frame.type === 'close') this.#finish()
      }
    } catch (cause) {
      if (!(cause instanceof TildegateError)) throw cause
      this.#ended(cause)
    }
  }

  /** A frame out of place is a violation (docs/protocol.md, 3). CLOSE has its place everywhere. */
  #checkPlace({ type }: ControlFrame): void {
    const isOpening = type === 'hello' || type === 'welcome' || type === 'refused'
    if (type !== 'close' && isOpening === this.#hasFirst) throw violation(`${type} out of place`)
    this.#hasFirst = true
  }

  #ended(cause: TildegateError | undefined): void {
    if (this.#isClosed) return
    this.#isClosed = true
    this.#cause = cause
    this.#closing?.cancel()
    this.#stream.destroy()
    this.#handlers?.onClose(cause)
    this.#handlers = undefined
  }
}

function isExtension({ type }: ControlFrame): boolean {
  return type === 'ended' || type === 'visits' || type === 'seen'
}

function lost(cause?: Error): TildegateError {
  return new TildegateError('connection-lost', said('host', 'the-other-side'), { cause })
}

function violation(reason: string): TildegateError {
  return new TildegateError('protocol-violation', { reason })
}
