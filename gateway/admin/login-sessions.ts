/** Who has shown the token and has a cookie for it. Remembered by digest, bounded, each for a while. */
import { createHash } from 'node:crypto'
import type { Clock, Random } from '../../shared/world.ts'

const idBytes = 32

export class LoginSessions {
  readonly #clock: Clock
  readonly #random: Random
  readonly #max: number
  readonly #lifeMs: number
  /** When each ends; in the order of their beginning, which is that of their end. */
  readonly #ends = new Map<string, number>()

  constructor(world: { clock: Clock; random: Random }, bounds: { max: number; lifeMs: number }) {
    this.#clock = world.clock
    this.#random = world.random
    this.#max = bounds.max
    this.#lifeMs = bounds.lifeMs
  }

  /** What the cookie is to hold. The oldest session ends where there are too many. */
  begin(): string {
    this.#expire()
    const id = Buffer.from(this.#random.bytes(idBytes)).toString('base64url')
    this.#ends.set(digestOf(id), this.#clock.now() + this.#lifeMs)
    for (const oldest of this.#ends.keys()) {
      if (this.#ends.size <= this.#max) break
      this.#ends.delete(oldest)
    }
    return id
  }

  has(id: string): boolean {
    this.#expire()
    return this.#ends.has(digestOf(id))
  }

  end(id: string): void {
    this.#ends.delete(digestOf(id))
  }

  #expire(): void {
    for (const [key, end] of this.#ends) {
      if (end > this.#clock.now()) break
      this.#ends.delete(key)
    }
  }
}

/** Looking one up by its digest tells nothing by its time. */
function digestOf(id: string): string {
  return createHash('sha256').update(id).digest('hex')
}
