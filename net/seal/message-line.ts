/**
 * Reads and writes handshake messages on a stream, one at a time. Deadlines are the caller's, by `fail`. When the handshake is over, `release`
 * gives back what arrived behind it: those bytes belong to the sealed frames.
 */
import type { Duplex } from 'node:stream'
import { LengthPrefixedDecoder, withLength } from '../../shared/protocol/length-prefixed.ts'
import { wire } from '../../shared/protocol/limits.ts'

/** The other side closed where a message was due. */
export class LineEnded extends Error {
  override readonly name = 'LineEnded'
}

export class MessageLine {
  readonly #stream: Duplex
  readonly #decoder = new LengthPrefixedDecoder({
    prefixBytes: 2,
    minBytes: wire.messageMinBytes,
    maxBytes: wire.messageMaxBytes,
  })
  #failure: Error | undefined
  #wake: () => void = () => {}
  readonly #onData = (bytes: Buffer) => {
    // One message at a time: the rest waits in the stream.
    this.#stream.pause()
    this.#decoder.push(bytes)
    this.#wake()
  }
  readonly #onEnd = () => this.fail(new LineEnded('the other side closed'))
  readonly #onError = (cause: Error) => this.fail(new LineEnded('the line broke', { cause }))

  constructor(stream: Duplex) {
    this.#stream = stream
    stream.on('data', this.#onData)
    stream.on('end', this.#onEnd)
    stream.on('close', this.#onEnd)
    stream.on('error', this.#onError)
    stream.pause()
    if (stream.destroyed) this.#onEnd()
  }

  /** @throws LineEnded; TildegateError protocol-violation; what `fail` was given */
  async receive(): Promise<Uint8Array> {
    for (;;) {
      const body = this.#decoder.next()
      if (body !== undefined) return body
      if (this.#failure !== undefined) throw this.#failure
      await new Promise<void>(resolve => {
        this.#wake = resolve
        this.#stream.resume()
      })
    }
  }

  send(body: Uint8Array): void {
    if (!this.#stream.writable) return
    this.#stream.write(withLength(body, 2))
  }

  /** Ends a wait that is under way, and all to come. */
  fail(cause: Error): void {
    this.#failure ??= cause
    this.#wake()
  }

  /** Lets go of the stream, which stays paused. @returns what was read too far */
  release(): Uint8Array {
    const stream = this.#stream
    stream.off('data', this.#onData)
    stream.off('end', this.#onEnd)
    stream.off('close', this.#onEnd)
    stream.off('error', this.#onError)
    return this.#decoder.rest()
  }
}
