/**
 * Logins by HTTP Basic come with each request and are slow to check: what came out is remembered for a while. Kept is a keyed hash of
 * name, verifier and password, of which nothing can be learnt without the key of this process.
 */
import { createHmac } from 'node:crypto'
import type { VisitorVerifier } from '../../shared/protocol/visitor-verifier.ts'
import { Secret } from '../../shared/secret.ts'
import type { Clock, Random } from '../../shared/world.ts'

export class RememberedLogins {
  readonly #clock: Clock
  readonly #key: Secret
  readonly #max: number
  readonly #lifeMs: number
  /** Oldest first. */
  readonly #known = new Map<string, { readonly isRight: boolean; readonly until: number }>()

  constructor(world: { clock: Clock; random: Random }, max: number, lifeMs: number) {
    this.#clock = world.clock
    this.#key = Secret.fromBytes(world.random.bytes(32))
    this.#max = max
    this.#lifeMs = lifeMs
  }

  keyOf(tunnel: string, { salt, hash }: VisitorVerifier, password: Secret): string {
    return this.#key.use(key => {
      const hmac = createHmac('sha256', key).update(`${tunnel}\0${salt}${hash}\0`)
      return password.use(bytes => hmac.update(bytes)).digest('base64')
    })
  }

  /** Undefined: it must be checked. */
  find(key: string): boolean | undefined {
    const known = this.#known.get(key)
    return known !== undefined && this.#clock.now() < known.until ? known.isRight : undefined
  }

  keep(key: string, isRight: boolean): void {
    this.#known.delete(key)
    this.#known.set(key, { isRight, until: this.#clock.now() + this.#lifeMs })
    for (const oldest of this.#known.keys()) {
      if (this.#known.size <= this.#max) break
      this.#known.delete(oldest)
    }
  }
}
