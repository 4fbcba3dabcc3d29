/**
 * A secret value (a password, a key) that no log, template string, JSON text or inspection shows.
 * The bytes come out only inside `use`; a function that needs none is never given one.
 */
const MASK = '[secret]'

export class Secret {
  readonly #bytes: Uint8Array

  private constructor(bytes: Uint8Array) {
    this.#bytes = bytes
  }

  /** UTF-8 of the text, byte for byte, no normalisation. */
  static fromText(text: string): Secret {
    return new Secret(new TextEncoder().encode(text))
  }

  /** Takes a copy. */
  static fromBytes(bytes: Uint8Array): Secret {
    return new Secret(bytes.slice())
  }

  /** The one way to the bytes. The callee must not keep them. */
  use<T>(callee: (bytes: Uint8Array) => T): T {
    return callee(this.#bytes)
  }

  get isEmpty(): boolean {
    return this.#bytes.length === 0
  }

  toString(): string {
    return MASK
  }

  toJSON(): string {
    return MASK
  }

  /** What `util.inspect`, and so `console.log`, prints. */
  [Symbol.for('nodejs.util.inspect.custom')](): string {
    return MASK
  }
}
