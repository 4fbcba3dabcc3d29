/** Reads a paused stream chunk by chunk, and gives back what was read too far: the next protocol on the stream finds it. */
import type { Duplex } from 'node:stream'
import { keepQuiet } from '../quiet.ts'

/** The other side closed or the line broke where bytes were due. */
export class StreamEnded extends Error {
  override readonly name = 'StreamEnded'
}

export class StreamReader {
  readonly #stream: Duplex
  readonly #signal: AbortSignal
  #wake: () => void = () => {}
  #failure: Error | undefined
  readonly #onReadable = () => this.#wake()
  readonly #onEnd = () => this.#fail(new StreamEnded('closed'))
  readonly #onError = (cause: Error) => this.#fail(new StreamEnded('broken', { cause }))
  readonly #onAbort = () => this.#fail(this.#signal.reason as Error)

  /** The signal's reason ends all waits. */
  constructor(stream: Duplex, signal: AbortSignal) {
    this.#stream = stream
    this.#signal = signal
    stream.on('readable', this.#onReadable)
    stream.on('end', this.#onEnd)
    stream.on('close', this.#onEnd)
    stream.on('error', this.#onError)
    signal.addEventListener('abort', this.#onAbort)
    if (signal.aborted) this.#onAbort()
    else if (stream.destroyed || stream.readableEnded) this.#onEnd()
  }

  /** @throws StreamEnded; the signal's reason */
  async next(): Promise<Buffer> {
    for (;;) {
      this.#signal.throwIfAborted()
      const bytes = this.#read()
      if (bytes !== undefined) return bytes
      if (this.#failure !== undefined) throw this.#failure
      await new Promise<void>(resolve => {
        this.#wake = resolve
      })
    }
  }

  /** What is there, or comes while `pause` lasts. Undefined: nothing, or the end. */
  async nextWithin(pause: Promise<void>): Promise<Buffer | undefined> {
    const here = this.#read()
    if (here !== undefined) return here
    await Promise.race([
      pause,
      new Promise<void>(resolve => {
        this.#wake = resolve
      }),
    ])
    return this.#read()
  }

  unread(bytes: Uint8Array): void {
    if (bytes.length > 0) this.#stream.unshift(bytes)
  }

  /** Lets go of the stream. */
  release(): void {
    keepQuiet(this.#stream)
    this.#signal.removeEventListener('abort', this.#onAbort)
    this.#stream.off('readable', this.#onReadable)
    this.#stream.off('end', this.#onEnd)
    this.#stream.off('close', this.#onEnd)
    this.#stream.off('error', this.#onError)
  }

  #read(): Buffer | undefined {
    const bytes = this.#stream.read() as Buffer | null
    return bytes === null || bytes.length === 0 ? undefined : bytes
  }

  #fail(cause: Error): void {
    this.#failure ??= cause
    this.#wake()
  }
}
