/**
 * The secrets of an entry that is about to change. The store writes each and reads it back before the file is touched, and what
 * belonged to the entry as it was goes only when the file has changed: whatever fails in between, nothing is lost.
 */
import { labelOf, type SecretAccount, type SecretStore } from '../../../agent/index.ts'
import type { Secret } from '../../../shared/secret.ts'

export class SecretChange {
  readonly #store: SecretStore
  /** Of accounts that had none before. */
  readonly #made: SecretAccount[] = []

  constructor(store: SecretStore) {
    this.#store = store
  }

  /** @throws TildegateError of the store */
  async keep(account: SecretAccount, secret: Secret): Promise<void> {
    const label = labelOf(account)
    const isNew = (await this.#store.list()).every(other => labelOf(other) !== label)
    if (isNew) this.#made.push(account)
    await this.#store.set(account, secret)
  }

  /** The file has changed, and asks for these no more. What the store keeps all the same is shown as not used. */
  async forget(accounts: readonly SecretAccount[]): Promise<void> {
    for (const account of accounts) await this.#store.delete(account).catch(() => false)
  }

  /** The file is as it was. */
  async undo(): Promise<void> {
    for (const account of this.#made) await this.#store.delete(account).catch(() => false)
  }
}
