/**
 * A folder with one small file for each account. Several programs may write at once (the app, the command line): each file is
 * replaced as a whole, and there is no list that two writers could disagree about.
 */
import { createHash } from 'node:crypto'
import { mkdir, readdir, readFile, rm } from 'node:fs/promises'
import { join } from 'node:path'
import * as v from 'valibot'
import { type ErrorDetails, TildegateError } from '../../shared/errors.ts'
import { said } from '../../shared/phrases.ts'
import type { Random } from '../../shared/world.ts'
import { replaceFile } from '../replace-file.ts'
import { labelOf, type SecretAccount } from './account.ts'

const recordSchema = v.object({
  account: v.variant('kind', [
    v.object({ kind: v.picklist(['tunnel', 'visitors']), name: v.string(), gateway: v.string() }),
    v.object({ kind: v.literal('proxy'), login: v.string(), proxy: v.string() }),
  ]),
  /** Base64; only where the secret itself is kept in the file. */
  sealed: v.optional(v.string()),
})

export interface AccountRecord {
  readonly account: SecretAccount
  readonly sealed?: string | undefined
}

const ending = '.json'

export class AccountFiles {
  readonly folder: string
  readonly #random: Random

  constructor(folder: string, random: Random) {
    this.folder = folder
    this.#random = random
  }

  /** In the order of their labels. @throws TildegateError secret-store-unusable, as the others */
  async list(): Promise<readonly SecretAccount[]> {
    const names = await readdir(this.folder).catch((cause: unknown) => {
      if (codeOf(cause) === 'ENOENT') return []
      throw unusable(this.folder, cause)
    })
    const files = names.filter(name => name.endsWith(ending) && !name.startsWith('.'))
    const records = await Promise.all(files.map(name => this.#read(join(this.folder, name))))
    const accounts = records.flatMap(record => (record === undefined ? [] : [record.account]))
    return accounts.toSorted((a, b) => (labelOf(a) < labelOf(b) ? -1 : 1))
  }

  async read(account: SecretAccount): Promise<AccountRecord | undefined> {
    return this.#read(this.#fileOf(account))
  }

  async write(record: AccountRecord): Promise<void> {
    const file = this.#fileOf(record.account)
    try {
      await mkdir(this.folder, { recursive: true, mode: 0o700 })
      await replaceFile(file, Buffer.from(`${JSON.stringify(record)}\n`), this.#random)
    } catch (cause) {
      throw unusable(file, cause)
    }
  }

  /** @returns whether there was one */
  async remove(account: SecretAccount): Promise<boolean> {
    const file = this.#fileOf(account)
    try {
      await rm(file)
      return true
    } catch (cause) {
      if (codeOf(cause) === 'ENOENT') return false
      throw unusable(file, cause)
    }
  }

  async #read(file: string): Promise<AccountRecord | undefined> {
    let text: string
    try {
      text = await readFile(file, 'utf8')
    } catch (cause) {
      if (codeOf(cause) === 'ENOENT') return undefined
      throw unusable(file, cause)
    }
    const parsed = v.safeParse(v.pipe(v.string(), v.parseJson(), recordSchema), text)
    if (parsed.success) return parsed.output
    throw new TildegateError('secret-store-unusable', said('reason', 'damaged', { file }))
  }

  #fileOf(account: SecretAccount): string {
    const name = createHash('sha256').update(labelOf(account)).digest('hex').slice(0, 32)
    return join(this.folder, `${name}${ending}`)
  }
}

export function codeOf(error: unknown): string | undefined {
  return (error as NodeJS.ErrnoException | undefined)?.code
}

export function unusable(file: string, cause: unknown): TildegateError {
  if (cause instanceof TildegateError) return cause
  const code = codeOf(cause)
  return new TildegateError('secret-store-unusable', { file, ...reasonOf(code) }, { cause })
}

function reasonOf(code: string | undefined): ErrorDetails {
  if (code === 'EACCES' || code === 'EPERM') return said('reason', 'not-permitted')
  return code === undefined ? said('reason', 'unknown-error') : { reason: code }
}
