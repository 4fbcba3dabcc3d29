/**
 * The connections of a tunnel that are in use, and for which address: none has more than its share. Else a few hundred uploads that never end,
 * from one computer, would keep every other visitor out.
 */
import { Counts } from '../control/counts.ts'
import type { PooledConnection } from './pooled-connection.ts'

export class BusyConnections {
  readonly #addresses = new Map<PooledConnection, string>()
  readonly #held = new Counts()
  readonly #share: number

  constructor(share: number) {
    this.#share = share
  }

  get size(): number {
    return this.#addresses.size
  }

  get all(): PooledConnection[] {
    return [...this.#addresses.keys()]
  }

  /** How many more an address may have now. */
  roomOf(address: string): number {
    return this.#share - this.#held.count(address)
  }

  add(connection: PooledConnection, address: string): void {
    this.#addresses.set(connection, address)
    this.#held.raise(address)
  }

  /** Idempotent. */
  delete(connection: PooledConnection): void {
    const address = this.#addresses.get(connection)
    if (address === undefined) return
    this.#addresses.delete(connection)
    this.#held.lower(address)
  }
}

/** What one address may have of so many: at least one. */
export function shareOf(whole: number, percent: number): number {
  return Math.max(1, Math.ceil((whole * percent) / 100))
}
