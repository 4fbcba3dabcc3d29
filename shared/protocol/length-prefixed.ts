/**
 * Cuts a byte stream into bodies that are preceded by their length (big-endian): handshake messages and sealed frames.
 * Two states, "length" and "body", each of which knows how many bytes it wants; a length out of range is refused before
 * any of its body is kept.
 */
import { TildegateError } from '../errors.ts'

export interface LengthRule {
  /** Bytes of the length field. */
  readonly prefixBytes: 2 | 4
  readonly minBytes: number
  readonly maxBytes: number
}

export class LengthPrefixedDecoder {
  readonly #rule: LengthRule
  #state: 'length' | 'body' = 'length'
  #wanted: number
  #partial: Uint8Array
  #filled = 0
  /** Bytes that were pushed and not looked at yet. */
  #pending: Uint8Array = new Uint8Array(0)

  constructor(rule: LengthRule) {
    this.#rule = rule
    this.#wanted = rule.prefixBytes
    this.#partial = new Uint8Array(rule.prefixBytes)
  }

  push(bytes: Uint8Array): void {
    if (this.#pending.length === 0) this.#pending = bytes
    else {
      const joined = new Uint8Array(this.#pending.length + bytes.length)
      joined.set(this.#pending)
      joined.set(bytes, this.#pending.length)
      this.#pending = joined
    }
  }

  /**
   * The next whole body, or undefined until more bytes are pushed.
   * @throws TildegateError protocol-violation for a length out of range; the decoder is of no use afterwards
   */
  next(): Uint8Array | undefined {
    while (this.#pending.length > 0) {
      const taken = Math.min(this.#wanted - this.#filled, this.#pending.length)
      this.#partial.set(this.#pending.subarray(0, taken), this.#filled)
      this.#pending = this.#pending.subarray(taken)
      this.#filled += taken
      if (this.#filled < this.#wanted) return undefined
      const done = this.#partial
      if (this.#state === 'body') {
        this.#expect('length', this.#rule.prefixBytes)
        return done
      }
      this.#expect('body', this.#lengthIn(done))
    }
    return undefined
  }

  /** What was pushed behind the last body that `next` gave; the decoder forgets it. */
  rest(): Uint8Array {
    const partial = this.#state === 'length' ? this.#partial.subarray(0, this.#filled) : new Uint8Array(0)
    const rest = new Uint8Array(partial.length + this.#pending.length)
    rest.set(partial)
    rest.set(this.#pending, partial.length)
    this.#pending = new Uint8Array(0)
    this.#expect('length', this.#rule.prefixBytes)
    return rest
  }

  #expect(state: 'length' | 'body', wanted: number): void {
    this.#state = state
    this.#wanted = wanted
    this.#partial = new Uint8Array(wanted)
    this.#filled = 0
  }

  #lengthIn(prefix: Uint8Array): number {
    const length = prefix.reduce((value, byte) => value * 256 + byte, 0)
    const { minBytes, maxBytes } = this.#rule
    if (length < minBytes || length > maxBytes) {
      throw new TildegateError('protocol-violation', {
        reason: `a length of ${length}, not ${minBytes} to ${maxBytes}`,
      })
    }
    return length
  }
}

/** The body with its length before it. */
export function withLength(body: Uint8Array, prefixBytes: 2 | 4): Uint8Array<ArrayBuffer> {
  const whole = new Uint8Array(prefixBytes + body.length)
  const view = new DataView(whole.buffer)
  if (prefixBytes === 2) view.setUint16(0, body.length)
  else view.setUint32(0, body.length)
  whole.set(body, prefixBytes)
  return whole
}
