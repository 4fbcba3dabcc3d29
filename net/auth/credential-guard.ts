/**
 * Keeps us from locking anybody's account: the same rejected login is tried at most twice, by all tunnels and sessions of this
 * process together, until it changes. Remembers keyed hashes only.
 */
import { createHmac } from 'node:crypto'
import type { Random } from '../../shared/world.ts'
import type { ResolvedLogin } from './authenticator.ts'

export const maxRefusals = 2
const maxRemembered = 1024

export class CredentialGuard {
  readonly #key: Uint8Array
  /** In order of their latest refusal. */
  readonly #refusals = new Map<string, number>()

  constructor(random: Random) {
    this.#key = random.bytes(32)
  }

  mayTry(hop: string, login: ResolvedLogin): boolean {
    return this.refusals(hop, login) < maxRefusals
  }

  refusals(hop: string, login: ResolvedLogin): number {
    return this.#refusals.get(this.#nameOf(hop, login)) ?? 0
  }

  /** @returns how often it has been refused now */
  refused(hop: string, login: ResolvedLogin): number {
    const name = this.#nameOf(hop, login)
    const count = (this.#refusals.get(name) ?? 0) + 1
    this.#refusals.delete(name)
    this.#refusals.set(name, count)
    const [oldest] = this.#refusals.keys()
    if (this.#refusals.size > maxRemembered && oldest !== undefined) this.#refusals.delete(oldest)
    return count
  }

  accepted(hop: string, login: ResolvedLogin): void {
    this.#refusals.delete(this.#nameOf(hop, login))
  }

  #nameOf(hop: string, { scheme, domain = '', user, password }: ResolvedLogin): string {
    return password.use(bytes =>
      createHmac('sha256', this.#key)
        .update(JSON.stringify([hop, scheme, domain, user]))
        .update(bytes)
        .digest('base64'),
    )
  }
}
