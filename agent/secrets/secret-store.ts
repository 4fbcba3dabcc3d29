/** Where passwords are kept that do not stand in backbalance.bin. */
import type { Secret } from '../../shared/secret.ts'
import type { SecretAccount } from './account.ts'

export const secretStoreKinds = ['keychain', 'file'] as const
export type SecretStoreKind = (typeof secretStoreKinds)[number]

/** Every call rejects with a TildegateError of the category store where the store cannot do its work. */
export interface SecretStore {
  readonly kind: SecretStoreKind
  /** @returns undefined where there is none. `withinMs`: shorter than the store's own deadline */
  get(account: SecretAccount, withinMs?: number): Promise<Secret | undefined>
  /** Replaces what was there. Resolves when the secret has been read back and is the same. */
  set(account: SecretAccount, secret: Secret): Promise<void>
  /** @returns whether there was one */
  delete(account: SecretAccount): Promise<boolean>
  /** Whose secrets are kept; works while the keychain is locked. */
  list(): Promise<readonly SecretAccount[]>
  /** Resolves where secrets can be kept and had now. Asks its user for nothing. */
  probe(): Promise<void>
  /** Lets a keychain ask its user to unlock it, or to make one. Resolves when secrets can be kept. */
  unlock(): Promise<void>
  close(): void
}

export function isSameSecret(one: Secret, other: Secret | undefined): boolean {
  return other?.use(a => one.use(b => Buffer.compare(a, b) === 0)) ?? false
}
