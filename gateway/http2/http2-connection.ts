/**
 * One visitor's connection that speaks HTTP/2. Node and nghttp2 do the protocol; here are its deadlines and what is
 * too much of a thing.
 */
import {
  constants,
  performServerHandshake,
  type ServerHttp2Session,
  type ServerHttp2Stream,
  type ServerOptions,
} from 'node:http2'
import type { TLSSocket } from 'node:tls'
import type { Clock, Timer } from '../../shared/world.ts'
import type { VisitorLimits } from '../http/limits.ts'

export interface Http2ConnectionParts {
  readonly limits: VisitorLimits
  readonly clock: Clock
  /** `reason`: one of a small fixed set of words. */
  violated(reason: string): void
  /** @param fields as they came, pseudo-headers included */
  serve(stream: ServerHttp2Stream, fields: readonly string[]): void
}

const MINUTE_MS = 60_000
/**
 * Node's own bound of a connection's memory never forgets what was waiting for a visitor that took its request back
 * (Node 24.21): a browser's connection would be refused everything after some hundred of those. We count ourselves.
 */
const UNBOUNDED_MB = 4_000
/** As many fields as HTTP/1.1 may have here; their size is the limit. */
const FIELDS_MAX = 1000

export class Http2Connection {
  /** Resolves when it is closed. */
  readonly closed: Promise<void>
  readonly #session: ServerHttp2Session
  readonly #socket: TLSSocket
  readonly #parts: Http2ConnectionParts
  readonly #streams = new Set<ServerHttp2Stream>()
  #waiting: Timer | undefined
  #isDraining = false
  #isOver = false
  #controlFrames = 0
  #countedSince: number

  constructor(socket: TLSSocket, parts: Http2ConnectionParts) {
    const { limits, clock } = parts
    this.#parts = parts
    this.#socket = socket
    this.#countedSince = clock.now()
    this.#session = performServerHandshake(socket, sessionOptions(limits))
    // Node takes what comes off this window at once; the windows of the streams are what holds a visitor back.
    this.#session.setLocalWindowSize(4 * limits.http2WindowBytes)
    this.closed = new Promise(resolve => {
      socket.once('close', () => {
        this.#waiting?.cancel()
        resolve()
      })
    })
    // The listener's sockets may be half open; nobody reads answers who has ended a connection of HTTP/2.
    socket.once('end', () => socket.destroy())
    this.#session.on('error', (cause: NodeJS.ErrnoException) => {
      if (cause.code?.startsWith('ERR_HTTP2')) parts.violated('http2-protocol')
    })
    this.#session.on('stream', (stream, _headers, _flags, fields) => this.#begin(stream, fields))
    this.#session.on('ping', () => this.#count())
    this.#session.on('remoteSettings', () => this.#count())
    // As for HTTP/1.1, the first head has to come soon.
    this.#closeAfter(limits.headMs)
  }

  /** Takes no more requests, and ends when those under way have. Idempotent. */
  close(): void {
    if (this.#session.destroyed) {
      this.destroy()
      return
    }
    this.#session.close()
    if (this.#streams.size === 0) this.#destroyAfter(this.#parts.limits.lingerMs)
  }

  /**
   * As `close`; but one that rests waits for one more request, which may be on its way. What crosses our GOAWAY is turned down by it, and
   * its visitor may send it again elsewhere, whatever it is (RFC 9113 §6.8). Idempotent.
   */
  drain(): void {
    this.#isDraining = true
    if (this.#streams.size > 0) this.close()
  }

  /** Ends it now; what Node has still to send has a moment for it. Idempotent. */
  destroy(): void {
    if (!this.#session.destroyed) this.#session.destroy()
    if (this.#isOver) return
    this.#isOver = true
    this.#waiting?.cancel()
    // Where its last write failed, Node never hears of it and leaves the socket open for good (Node 24.21).
    this.#waiting = this.#parts.clock.after(this.#parts.limits.lingerMs, () => this.#socket.destroy())
  }

  #begin(stream: ServerHttp2Stream, fields: readonly string[]): void {
    stream.on('error', () => {})
    // It was taken back in the same breath.
    if (stream.destroyed) return
    this.#waiting?.cancel()
    const waitingBytes = this.#waitingBytes()
    this.#streams.add(stream)
    stream.once('close', () => {
      this.#streams.delete(stream)
      if (this.#streams.size > 0) return
      if (this.#session.closed) this.#destroyAfter(this.#parts.limits.lingerMs)
      else this.#closeAfter(this.#parts.limits.keepAliveIdleMs)
    })
    // Not within this breath: GOAWAY names the last request that was taken, and others may have come with this one.
    if (this.#isDraining) setImmediate(() => this.close())
    const { limits } = this.#parts
    // Nothing of it was done: the visitor may try again (RFC 9113 §8.7).
    if (waitingBytes > limits.http2MemoryBytes) stream.close(constants.NGHTTP2_REFUSED_STREAM)
    else if (sizeOf(fields) > limits.headBytes) this.#refuseHead(stream)
    else this.#parts.serve(stream, fields)
  }

  #refuseHead(stream: ServerHttp2Stream): void {
    this.#parts.violated('head-too-large')
    stream.respond({ ':status': 431, 'cache-control': 'no-store' }, { endStream: true })
    stream.close(constants.NGHTTP2_NO_ERROR)
  }

  /** Received and not read, or written and not taken by the visitor. */
  #waitingBytes(): number {
    let sum = 0
    for (const { readableLength, writableLength } of this.#streams) sum += readableLength + writableLength
    return sum
  }

  #closeAfter(ms: number): void {
    if (this.#isOver) return
    this.#waiting?.cancel()
    this.#waiting = this.#parts.clock.after(ms, () => this.close())
  }

  /** A visitor that reads nothing would not even take our goodbye. */
  #destroyAfter(ms: number): void {
    if (this.#isOver) return
    this.#waiting?.cancel()
    this.#waiting = this.#parts.clock.after(ms, () => this.destroy())
  }

  #count(): void {
    const { clock, limits, violated } = this.#parts
    if (clock.now() - this.#countedSince >= MINUTE_MS) {
      this.#countedSince = clock.now()
      this.#controlFrames = 0
    }
    if (++this.#controlFrames <= limits.http2ControlFramesPerMinute || this.#session.destroyed) return
    violated('http2-control-frames')
    this.#session.destroy(new Error('too many frames'), constants.NGHTTP2_ENHANCE_YOUR_CALM)
    this.destroy()
  }
}

function sessionOptions(limits: VisitorLimits): ServerOptions {
  return {
    settings: {
      maxConcurrentStreams: limits.http2Streams,
      initialWindowSize: limits.http2WindowBytes,
      // Counts 32 bytes more for each field; a head between both is answered, one above is not.
      maxHeaderListSize: 4 * limits.headBytes,
      // A WebSocket comes by HTTP/1.1, where it has a connection of its own (RFC 8441 is not offered).
      enableConnectProtocol: false,
    },
    maxHeaderListPairs: FIELDS_MAX,
    maxSessionMemory: UNBOUNDED_MB,
    maxSessionInvalidFrames: limits.http2InvalidFrames,
    streamResetBurst: limits.http2ResetBurst,
    streamResetRate: Math.ceil(limits.http2ResetsPerMinute / 60),
    strictSingleValueFields: false,
  }
}

function sizeOf(fields: readonly string[]): number {
  return fields.reduce((sum, text) => sum + text.length + 2, 0)
}
