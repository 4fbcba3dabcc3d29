/** Reads a paused stream chunk by chunk, and gives back what was read too far: the next protocol on the stream finds it. */
import type { Duplex } from 'node:stream'

/** The other side closed or the line broke where bytes were due. */
export class StreamEnded extends Error {
  override readonly name = 'StreamEnded'
}

export class StreamReader {
  readonly #stream: Duplex
  #wake: () => void = () => {}
  #failure: Error | undefined
  readonly #onReadable = () => this.#wake()
  readonly #onEnd = () => this.fail(new StreamEnded('closed'))
  readonly #onError = (cause: Error) => this.fail(new StreamEnded('broken', { cause }))

  constructor(stream: Duplex) {
    this.#stream = stream
    stream.on('readable', this.#onReadable)
    stream.on('end', this.#onEnd)
    stream.on('close', this.#onEnd)
    stream.on('error', this.#onError)
  }

  /** @throws StreamEnded, or what `fail` was given */
  async next(): Promise<Buffer> {
    for (;;) {
      const bytes = this.#stream.read() as Buffer | null
      if (bytes !== null && bytes.length > 0) return bytes
      if (this.#failure !== undefined) throw this.#failure
      await new Promise<void>(resolve => {
        this.#wake = resolve
      })
    }
  }

  unread(bytes: Uint8Array): void {
    if (bytes.length > 0) this.#stream.unshift(bytes)
  }

  /** Ends a wait that is under way, and all to come. */
  fail(cause: Error): void {
    this.#failure ??= cause
    this.#wake()
  }

  /** Lets go of the stream, which keeps a listener for late errors. */
  release(): void {
    this.#stream.on('error', () => {})
    this.#stream.off('readable', this.#onReadable)
    this.#stream.off('end', this.#onEnd)
    this.#stream.off('close', this.#onEnd)
    this.#stream.off('error', this.#onError)
  }
}
