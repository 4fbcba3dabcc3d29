/** Seals and opens frames of one direction: AES-256-GCM, the length as associated data, a counter as nonce (protocol.md, 3). */
import { createCipheriv, createDecipheriv } from 'node:crypto'
import { TildegateError } from '../../shared/errors.ts'
import { wire } from '../../shared/protocol/limits.ts'
import type { FrameKey } from './key-schedule.ts'

const tagBytes = 16
const algorithm = 'aes-256-gcm'

class NonceCounter {
  readonly #iv: Buffer
  #next: number

  constructor(iv: Buffer, first: number) {
    this.#iv = iv
    this.#next = first
  }

  /** iv XOR (4 zero bytes, u64 counter). */
  take(): Buffer {
    if (this.#next >= wire.counterMax) throw violation('the frame counter is used up')
    const nonce = Buffer.alloc(this.#iv.length)
    nonce.writeBigUInt64BE(BigInt(this.#next++), 4)
    for (let i = 0; i < nonce.length; i++) nonce[i] = (nonce[i] ?? 0) ^ (this.#iv[i] ?? 0)
    return nonce
  }
}

export class FrameSealer {
  readonly #key: Buffer
  readonly #nonces: NonceCounter

  /** `first`: the counter of the first frame; other than 0 only in tests. */
  constructor({ key, iv }: FrameKey, first = 0) {
    this.#key = key
    this.#nonces = new NonceCounter(iv, first)
  }

  /** The frame as it goes on the wire. @throws TildegateError protocol-violation past 2^48 frames or the size limit */
  seal(plaintext: Uint8Array): Uint8Array {
    const sealedBytes = plaintext.length + tagBytes
    if (sealedBytes > wire.frameMaxBytes) throw violation('a frame too long to be sent')
    const length = lengthField(sealedBytes)
    const cipher = createCipheriv(algorithm, this.#key, this.#nonces.take(), { authTagLength: tagBytes })
    cipher.setAAD(length)
    return Buffer.concat([length, cipher.update(plaintext), cipher.final(), cipher.getAuthTag()])
  }
}

export class FrameOpener {
  readonly #key: Buffer
  readonly #nonces: NonceCounter

  constructor({ key, iv }: FrameKey, first = 0) {
    this.#key = key
    this.#nonces = new NonceCounter(iv, first)
  }

  /**
   * The plaintext of ciphertext and tag.
   * @throws TildegateError protocol-violation where the tag does not fit
   */
  open(sealed: Uint8Array): Buffer {
    const decipher = createDecipheriv(algorithm, this.#key, this.#nonces.take(), { authTagLength: tagBytes })
    decipher.setAAD(lengthField(sealed.length))
    decipher.setAuthTag(sealed.subarray(-tagBytes))
    try {
      return Buffer.concat([decipher.update(sealed.subarray(0, -tagBytes)), decipher.final()])
    } catch (cause) {
      throw new TildegateError('protocol-violation', { reason: 'a frame that does not open' }, { cause })
    }
  }
}

function lengthField(bytes: number): Uint8Array {
  const field = Buffer.alloc(4)
  field.writeUInt32BE(bytes)
  return field
}

function violation(reason: string): TildegateError {
  return new TildegateError('protocol-violation', { reason })
}
