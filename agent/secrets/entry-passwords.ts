/**
 * The passwords that entries leave to the secret store. Each attempt of a tunnel asks the store anew, so that what the user has
 * mended counts. Back-connections do not: between two attempts the secrets of proxies are kept in memory, and they outlive a store
 * that fails, for a computer that is to be reached from afar has nobody to unlock its keychain again.
 */
import type { CredentialGuard, ResolvedLogin } from '../../net/auth/index.ts'
import type { HopLogin } from '../../shared/balance/index.ts'
import { TildegateError } from '../../shared/errors.ts'
import { said } from '../../shared/phrases.ts'
import type { Secret } from '../../shared/secret.ts'
import type { Log } from '../../shared/world.ts'
import {
  type PasswordSource,
  passwordFrom,
  type VisitorPasswordSource,
  visitorPasswordFrom,
} from '../entry.ts'
import { agentLimits } from '../limits.ts'
import {
  commandFor,
  labelOf,
  loginOf,
  proxyAccount,
  type SecretAccount,
  tunnelAccount,
  visitorsAccount,
  whose,
} from './account.ts'
import type { SecretStore } from './secret-store.ts'

export interface EntryPasswordsOptions {
  readonly store: SecretStore
  readonly environment: Readonly<Record<string, string | undefined>>
  /** Where a proxy has refused a login, the store is asked anew. */
  readonly guard: CredentialGuard
  readonly log: Log
}

interface Kept {
  readonly secret: Secret
  /** Given by the store since the latest attempt began, or the store has failed since. */
  isFresh: boolean
}

export class EntryPasswords {
  readonly #options: EntryPasswordsOptions
  readonly #kept = new Map<string, Kept>()

  constructor(options: EntryPasswordsOptions) {
    this.#options = options
  }

  /** For the agent's `passwordOf`; it is asked once at the beginning of each attempt. */
  readonly passwordOf: PasswordSource = async entry => {
    for (const kept of this.#kept.values()) kept.isFresh = false
    if (entry.password.kind === 'keychain') return this.#ask(tunnelAccount(entry))
    return passwordFrom(this.#options.environment)(entry)
  }

  /** For the agent's `visitorPasswordOf`, asked behind `passwordOf`. */
  readonly visitorPasswordOf: VisitorPasswordSource = async entry => {
    if (entry.visitors?.kind === 'keychain') return this.#ask(visitorsAccount(entry))
    return visitorPasswordFrom(this.#options.environment)(entry)
  }

  /** For the `keychainPassword` of `hopResolver`. */
  readonly keychainPassword = async (hop: string, login: HopLogin): Promise<Secret> => {
    const account = proxyAccount(hop, login)
    const kept = this.#kept.get(labelOf(account))
    const isRefused = kept && this.#options.guard.hasRefused(hop, { ...login, password: kept.secret })
    return kept?.isFresh && !isRefused ? kept.secret : this.#ask(account)
  }

  /** For the `keychainLogin` of `hopResolver`: the system names proxies without logins. Of several none is chosen. */
  readonly keychainLogin = async (hop: string): Promise<ResolvedLogin | undefined> => {
    const accounts = await this.#options.store.list()
    const [login, ...others] = accounts.flatMap(account =>
      account.kind === 'proxy' && account.proxy === hop.toLowerCase() ? [loginOf(account.login)] : [],
    )
    if (login === undefined || others.length > 0) return undefined
    const password = await this.keychainPassword(hop, { ...login, password: { kind: 'keychain' } })
    return { ...login, password }
  }

  /** @throws TildegateError password-missing, and those of the store where it never gave this one */
  async #ask(account: SecretAccount): Promise<Secret> {
    const { store, log } = this.#options
    const label = labelOf(account)
    const kept = this.#kept.get(label)
    let secret: Secret | undefined
    try {
      secret = await store.get(account, kept && agentLimits.keychainRenewMs)
    } catch (error) {
      if (kept === undefined || !(error instanceof TildegateError)) throw error
      kept.isFresh = true
      log.warn({ code: error.code }, `${error.message} The secret of ${label} that it gave before is used.`)
      return kept.secret
    }
    if (secret === undefined) {
      this.#kept.delete(label)
      throw missing(account, store)
    }
    this.#kept.set(label, { secret, isFresh: true })
    return secret
  }
}

function missing(account: SecretAccount, { kind }: SecretStore): TildegateError {
  const phrase = kind === 'keychain' ? 'keychain-has-none' : 'file-store-has-none'
  return new TildegateError('password-missing', {
    ...whose(account),
    ...said('reason', phrase, { command: commandFor(account, kind) }),
  })
}
