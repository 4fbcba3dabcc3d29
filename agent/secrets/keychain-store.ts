/**
 * Secrets in the keychain of the system: Keychain on macOS, Credential Manager on Windows, on Linux whatever speaks the Secret
 * Service (gnome-keyring, KWallet, KeePassXC). Which accounts it holds is kept beside, in files that hold no secret: asking
 * the keychain for all of them would unlock and read every one, and a locked one could not be listed.
 */
import { TildegateError } from '../../shared/errors.ts'
import { said } from '../../shared/phrases.ts'
import { Secret } from '../../shared/secret.ts'
import type { Clock, Random, Timer } from '../../shared/world.ts'
import { labelOf, type SecretAccount, whose } from './account.ts'
import { AccountFiles } from './account-files.ts'
import { keychainFailure } from './keychain-failure.ts'
import type { Keychain, KeychainAnswer, KeychainQuestion } from './keychain-words.ts'
import type { KeyringLock } from './keyring-lock.ts'
import { isSameSecret, type SecretStore } from './secret-store.ts'

/** For whoever has clicked and looks at the keychain's window now. */
const unlockMs = 50_000

export interface KeychainStoreOptions {
  readonly keychain: Keychain
  readonly clock: Clock
  /** Of the files that say which accounts there are. */
  readonly folder: string
  readonly random: Random
  /** How long a caller waits for an answer; the keychain may go on waiting for its user. */
  readonly answerMs: number
  /** Absent on systems whose keychain says itself that it is locked. */
  lock?(): Promise<KeyringLock>
  /** The keychain has given out a secret, but later than its caller waited: it is unlocked now. */
  onLateAnswer?(): void
}

/** Whose secret is asked for to see whether the keychain answers, and written to have it unlocked. */
const nobody: SecretAccount = { kind: 'tunnel', name: 'tildegate-probe', gateway: 'probe.invalid:1' }

export class KeychainStore implements SecretStore {
  readonly kind = 'keychain'
  readonly #keychain: Keychain
  readonly #clock: Clock
  readonly #files: AccountFiles
  readonly #answerMs: number
  readonly #lock: () => Promise<KeyringLock>
  readonly #late: (answer: KeychainAnswer) => void
  /** One for each account at most, so that one locked keychain asks its user once. */
  readonly #reading = new Map<string, Promise<KeychainAnswer>>()

  constructor(options: KeychainStoreOptions) {
    this.#keychain = options.keychain
    this.#clock = options.clock
    this.#files = new AccountFiles(options.folder, options.random)
    this.#answerMs = options.answerMs
    this.#lock = async () => (await options.lock?.()) ?? 'unknown'
    this.#late = answer => {
      if (answer.kind === 'secret' && answer.secret !== null) options.onLateAnswer?.()
    }
  }

  async get(account: SecretAccount, withinMs = this.#answerMs): Promise<Secret | undefined> {
    const label = labelOf(account)
    const answer = await this.#within(withinMs, this.#read(label))
    const secret = answer.kind === 'secret' ? answer.secret : null
    if (answer.kind === 'failed') throw keychainFailure(answer.step, answer.message, account)
    if (secret !== null) return Secret.fromText(secret)
    // The Secret Service says "there is none" of what it does not unlock. Of an unlocked one it is true: another program took it.
    const isKept = process.platform === 'linux' && (await this.#files.read(account)) !== undefined
    if (isKept && (await this.#lock()) !== 'unlocked')
      throw new TildegateError('keychain-locked', whose(account))
    return undefined
  }

  async set(account: SecretAccount, secret: Secret): Promise<void> {
    const label = labelOf(account)
    const text = secret.use(bytes => Buffer.from(bytes).toString('utf8'))
    await this.#do(account, { task: 'set', account: label, secret: text })
    await this.#files.write({ account })
    if (isSameSecret(secret, await this.get(account))) return
    throw new TildegateError('keychain-failed', said('reason', 'gives-back-another'))
  }

  async delete(account: SecretAccount): Promise<boolean> {
    const label = labelOf(account)
    const wasThere = await this.#do(account, { task: 'delete', account: label })
    const isListed = (await this.#files.read(account)) !== undefined
    if (!wasThere && isListed && process.platform === 'linux') await this.#writeAndDelete(account)
    await this.#files.remove(account)
    return wasThere || isListed
  }

  list(): Promise<readonly SecretAccount[]> {
    return this.#files.list()
  }

  async probe(): Promise<void> {
    await this.get(nobody)
    const lock = await this.#lock()
    if (lock === 'locked') throw new TildegateError('keychain-shut')
    if (lock === 'none') throw new TildegateError('keychain-not-made')
  }

  /** Writing is what unlocks one. */
  async unlock(): Promise<void> {
    try {
      await this.#writeAndDelete(nobody, unlockMs)
    } catch (error) {
      const isLocked = error instanceof TildegateError && error.code === 'keychain-locked'
      throw isLocked ? new TildegateError('keychain-shut', {}, { cause: error }) : error
    }
  }

  close(): void {
    this.#keychain.close()
  }

  /** The Secret Service says "there is none" of a locked one; writing is what unlocks it, or says that it is locked. */
  async #writeAndDelete(account: SecretAccount, withinMs = this.#answerMs): Promise<void> {
    const label = labelOf(account)
    await this.#do(account, { task: 'set', account: label, secret: 'to be deleted' }, withinMs)
    await this.#do(account, { task: 'delete', account: label })
  }

  #read(label: string): Promise<KeychainAnswer> {
    const before = this.#reading.get(label)
    if (before !== undefined) return before
    const answered = this.#keychain.ask({ task: 'get', account: label })
    this.#reading.set(label, answered)
    const forget = () => this.#reading.delete(label)
    answered.then(forget, forget)
    return answered
  }

  /** @returns whether there was one */
  async #do(account: SecretAccount, question: KeychainQuestion, withinMs = this.#answerMs): Promise<boolean> {
    const answer = await this.#within(withinMs, this.#keychain.ask(question))
    if (answer.kind === 'failed') throw keychainFailure(answer.step, answer.message, account)
    return answer.kind === 'done' && answer.wasThere
  }

  /** The deadline ends the wait, not what the keychain does: its window stays for the user. */
  async #within(ms: number, answered: Promise<KeychainAnswer>): Promise<KeychainAnswer> {
    this.#keychain.waiting(1)
    let timer: Timer | undefined
    const deadline = new Promise<never>((_, reject) => {
      timer = this.#clock.after(ms, () => {
        answered.then(this.#late, () => {})
        reject(new TildegateError('keychain-no-answer', { seconds: Math.round(ms / 1000) }))
      })
    })
    try {
      return await Promise.race([answered, deadline])
    } finally {
      timer?.cancel()
      this.#keychain.waiting(-1)
    }
  }
}
