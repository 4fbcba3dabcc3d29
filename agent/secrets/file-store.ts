/**
 * Secrets in files, for computers without a keychain: sealed by AES-256-GCM (NIST SP 800-38D) under a key that lies beside
 * them, both for the owner alone. Weaker than a keychain: whoever can read this user's files can open them. What it does keep
 * from: a look over the shoulder, a search for passwords, a backup or a copy that lacks the key.
 */
import { createCipheriv, createDecipheriv } from 'node:crypto'
import { link, mkdir, readFile, rm, stat } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { type ErrorDetails, TildegateError } from '../../shared/errors.ts'
import { said } from '../../shared/phrases.ts'
import { Secret } from '../../shared/secret.ts'
import type { Random } from '../../shared/world.ts'
import { draftOf, writeDraft } from '../replace-file.ts'
import { labelOf, type SecretAccount, whose } from './account.ts'
import { AccountFiles, codeOf, unusable } from './account-files.ts'
import { isSameSecret, type SecretStore } from './secret-store.ts'

const cipher = 'aes-256-gcm'
const keyBytes = 32
const nonceBytes = 12
const tagBytes = 16

export interface FileStoreOptions {
  /** Made where it is missing, 0700. */
  readonly folder: string
  readonly random: Random
}

export class FileStore implements SecretStore {
  readonly kind = 'file'
  readonly #files: AccountFiles
  readonly #keyFile: string
  readonly #random: Random

  constructor({ folder, random }: FileStoreOptions) {
    this.#files = new AccountFiles(join(folder, 'sealed'), random)
    this.#keyFile = join(folder, 'key')
    this.#random = random
  }

  async get(account: SecretAccount): Promise<Secret | undefined> {
    const { sealed } = (await this.#files.read(account)) ?? {}
    if (sealed === undefined) return undefined
    const key = await this.#key()
    if (key === undefined) throw damaged(account, said('reason', 'key-gone', { file: this.#keyFile }))
    return key.use(bytes => open(bytes, account, Buffer.from(sealed, 'base64')))
  }

  async set(account: SecretAccount, secret: Secret): Promise<void> {
    const key = (await this.#key()) ?? (await this.#makeKey(account))
    const nonce = this.#random.bytes(nonceBytes)
    const sealed = key.use(bytes => seal(bytes, nonce, account, secret))
    await this.#files.write({ account, sealed: sealed.toString('base64') })
    if (!isSameSecret(secret, await this.get(account)))
      throw damaged(account, said('reason', 'written-by-another'))
  }

  delete(account: SecretAccount): Promise<boolean> {
    return this.#files.remove(account)
  }

  list(): Promise<readonly SecretAccount[]> {
    return this.#files.list()
  }

  async probe(): Promise<void> {
    await this.#key()
    await this.#files.list()
  }

  async unlock(): Promise<void> {
    await this.probe()
  }

  close(): void {}

  async #key(): Promise<Secret | undefined> {
    let text: string
    try {
      if (process.platform !== 'win32' && ((await stat(this.#keyFile)).mode & 0o077) !== 0) {
        throw new TildegateError(
          'secret-store-unusable',
          said('reason', 'readable-by-others', { file: this.#keyFile }),
        )
      }
      text = await readFile(this.#keyFile, 'utf8')
    } catch (cause) {
      if (codeOf(cause) === 'ENOENT') return undefined
      throw unusable(this.#keyFile, cause)
    }
    const bytes = Buffer.from(text.trim(), 'hex')
    if (bytes.length === keyBytes) return Secret.fromBytes(bytes)
    throw new TildegateError('secret-store-unusable', said('reason', 'damaged', { file: this.#keyFile }))
  }

  /** Not where secrets are sealed already: they would be lost without a word. */
  async #makeKey(account: SecretAccount): Promise<Secret> {
    const others = await this.#files.list()
    if (others.length > 0)
      throw damaged(others[0] ?? account, said('reason', 'key-gone', { file: this.#keyFile }))
    const draft = draftOf(this.#keyFile, this.#random)
    try {
      await mkdir(dirname(this.#keyFile), { recursive: true, mode: 0o700 })
      await writeDraft(draft, Buffer.from(`${Buffer.from(this.#random.bytes(keyBytes)).toString('hex')}\n`))
      // Unlike a rename this cannot replace the key that another program made meanwhile.
      await link(draft, this.#keyFile)
    } catch (cause) {
      if (codeOf(cause) !== 'EEXIST') throw unusable(this.#keyFile, cause)
    } finally {
      await rm(draft, { force: true })
    }
    const key = await this.#key()
    if (key === undefined) throw damaged(account, said('reason', 'key-gone', { file: this.#keyFile }))
    return key
  }
}

/** Bound to its account: a file put in the place of another does not open. */
const bindingOf = (account: SecretAccount) => Buffer.from(`tildegate secret 1\0${labelOf(account)}`)

function seal(key: Uint8Array, nonce: Uint8Array, account: SecretAccount, secret: Secret): Buffer {
  const sealing = createCipheriv(cipher, key, nonce, { authTagLength: tagBytes })
  sealing.setAAD(bindingOf(account))
  const body = secret.use(bytes => Buffer.concat([sealing.update(bytes), sealing.final()]))
  return Buffer.concat([nonce, body, sealing.getAuthTag()])
}

function open(key: Uint8Array, account: SecretAccount, sealed: Buffer): Secret {
  if (sealed.length < nonceBytes + tagBytes) throw damaged(account, said('reason', 'too-short'))
  const opening = createDecipheriv(cipher, key, sealed.subarray(0, nonceBytes), { authTagLength: tagBytes })
  opening.setAAD(bindingOf(account))
  opening.setAuthTag(sealed.subarray(-tagBytes))
  try {
    const body = opening.update(sealed.subarray(nonceBytes, -tagBytes))
    return Secret.fromBytes(Buffer.concat([body, opening.final()]))
  } catch (cause) {
    throw damaged(account, said('reason', 'sealed-otherwise'), cause)
  }
}

function damaged(account: SecretAccount, reason: ErrorDetails, cause?: unknown): TildegateError {
  return new TildegateError('secret-store-damaged', { ...whose(account), ...reason }, { cause })
}
