/**
 * Refused logins, remembered beyond the process: an agent that a supervisor restarts every few seconds, a connection test beside a
 * running agent and the app must not lock an account together. One empty file for each refusal, so that no two processes can count past
 * each other: to make a file that must not exist yet is atomic everywhere. What the names hold and what they do not: docs/decisions/0006-refused-logins.md.
 */
import { createHmac, scrypt } from 'node:crypto'
import { open, readdir, rm, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import {
  LoginNames,
  type LoginTry,
  MemoryRefusals,
  maxRefusals,
  type RefusalRecord,
  type ResolvedLogin,
  remember,
} from '../net/auth/index.ts'
import type { Clock, Log, Random } from '../shared/world.ts'
import { keepRandom, readKeptRandom } from './kept-random.ts'
import { stateFolder } from './state-folder.ts'

/** Whose login it is. */
export type LoginAccount = Pick<ResolvedLogin, 'scheme' | 'domain' | 'user'>

const derive = promisify<string | Uint8Array, Uint8Array, number, object, Buffer>(scrypt)
/** Of scrypt: 32 MiB and 0.1 to 0.3 s for each guess; computed only where something was refused before. */
const usualCost = 2 ** 15
const saltBytes = 32
const filePattern = /^[0-9a-f]{16}-[0-9a-f]{32}-\d$/
/** Refusals remembered in all; the oldest leave. */
const maxFiles = 256
const maxComputed = 64
/** Another password of an account that was refused longer ago is forgotten once the account is let in. */
const otherPasswordMs = 24 * 3_600_000

export interface RefusedLoginsParts {
  /** Made at the first refusal, for its owner alone. */
  readonly folder: string
  readonly clock: Clock
  readonly random: Random
  readonly log: Log
  /** N of scrypt, a power of two. */
  readonly cost?: number
}

/** One for all programs of this user, the command line and the app. */
export function refusedLoginsFolder(environment: NodeJS.ProcessEnv): string {
  return join(stateFolder(environment), 'refused-logins')
}

export class RefusedLogins implements RefusalRecord {
  readonly #folder: string
  readonly #saltFile: string
  readonly #clock: Clock
  readonly #random: Random
  readonly #log: Log
  readonly #cost: number
  readonly #names: LoginNames
  /** Where the folder cannot be used. */
  readonly #memory: MemoryRefusals
  readonly #computed = new Map<string, Promise<string>>()
  #isBroken = false

  constructor({ folder, clock, random, log, cost = usualCost }: RefusedLoginsParts) {
    this.#cost = cost
    this.#folder = folder
    this.#saltFile = join(folder, 'salt')
    this.#clock = clock
    this.#random = random
    this.#log = log
    this.#names = new LoginNames(random)
    this.#memory = new MemoryRefusals(this.#names)
  }

  isGivenUp(hop: string, login: ResolvedLogin): Promise<boolean> {
    return this.#orInMemory(
      async () => (await this.#refusalsOf(hop, login)).length >= maxRefusals,
      () => this.#memory.isGivenUp(hop, login),
    )
  }

  begin(hop: string, login: ResolvedLogin): Promise<LoginTry | undefined> {
    return this.#orInMemory(
      () => this.#begin(hop, login),
      () => this.#memory.begin(hop, login),
    )
  }

  /** The user wants this account tried again, though its password has not changed. */
  async forget(hop: string, account: LoginAccount): Promise<void> {
    const salt = await this.#salt()
    if (salt !== undefined) await this.#remove(await this.#filesOf(accountOf(salt, hop, account)))
  }

  async #begin(hop: string, login: ResolvedLogin): Promise<LoginTry | undefined> {
    const before = await this.#refusalsOf(hop, login)
    if (before.length >= maxRefusals) return undefined
    // Refused once: the last try is taken before it is made, so that no other process takes it too.
    const taken = before.length > 0 ? await this.#take(hop, login) : undefined
    if (before.length > 0 && taken === undefined) return undefined
    const safely = (work: () => Promise<unknown>, otherwise = async () => {}) =>
      this.#orInMemory(async () => void (await work()), otherwise)
    return {
      accepted: () => safely(() => this.#accepted(hop, login)),
      refused: () =>
        safely(
          async () => taken ?? (await this.#take(hop, login)),
          async () => (await this.#memory.begin(hop, login))?.refused(),
        ),
      end: () => safely(async () => taken && (await this.#remove([taken]))),
    }
  }

  async #accepted(hop: string, login: ResolvedLogin): Promise<void> {
    const salt = await this.#salt()
    const ofAccount = salt ? await this.#dated(await this.#filesOf(accountOf(salt, hop, login))) : []
    if (salt === undefined || ofAccount.length === 0) return
    const name = await this.#nameOf(salt, hop, login)
    const before = this.#clock.wall() - otherPasswordMs
    const over = ofAccount.filter(({ file, at }) => file.startsWith(name) || at < before)
    await this.#remove(over.map(({ file }) => file))
  }

  async #refusalsOf(hop: string, login: ResolvedLogin): Promise<readonly string[]> {
    const salt = await this.#salt()
    if (salt === undefined) return []
    const ofAccount = await this.#filesOf(accountOf(salt, hop, login))
    if (ofAccount.length === 0) return []
    const name = await this.#nameOf(salt, hop, login)
    return ofAccount.filter(file => file.startsWith(name))
  }

  /** Takes the next place of this login. @returns undefined where all are taken */
  async #take(hop: string, login: ResolvedLogin): Promise<string | undefined> {
    const salt = await keepRandom(this.#saltFile, saltBytes, this.#random)
    const name = await this.#nameOf(salt, hop, login)
    for (let place = 1; place <= maxRefusals; place++) {
      const file = `${name}-${place}`
      if (await makeNew(join(this.#folder, file))) {
        await this.#removeOldest()
        return file
      }
    }
    return undefined
  }

  #nameOf(salt: Buffer, hop: string, login: ResolvedLogin): Promise<string> {
    const key = `${salt.toString('hex')} ${this.#names.of(hop, login)}`
    const known = this.#computed.get(key)
    if (known !== undefined) return known
    const account = accountOf(salt, hop, login)
    const saltOfAccount = Buffer.concat([salt, Buffer.from(account)])
    const name = login.password
      .use(bytes => derive(bytes, saltOfAccount, 16, { N: this.#cost, maxmem: 2048 * this.#cost }))
      .then(hash => `${account}-${hash.toString('hex')}`)
    remember(this.#computed, key, name, maxComputed)
    return name
  }

  /** @returns undefined where nothing was refused yet */
  async #salt(): Promise<Buffer | undefined> {
    return readKeptRandom(this.#saltFile, saltBytes)
  }

  async #filesOf(account: string): Promise<readonly string[]> {
    return (await this.#files()).filter(file => file.startsWith(`${account}-`))
  }

  async #files(): Promise<readonly string[]> {
    const files = (await readdir(this.#folder).catch(ifMissing)) ?? []
    return files.filter(file => filePattern.test(file))
  }

  async #remove(files: readonly string[]): Promise<void> {
    await Promise.all(files.map(file => rm(join(this.#folder, file), { force: true })))
  }

  async #removeOldest(): Promise<void> {
    const files = await this.#files()
    if (files.length <= maxFiles) return
    const dated = await this.#dated(files)
    const oldest = dated.toSorted((a, b) => a.at - b.at).slice(0, files.length - maxFiles)
    await this.#remove(oldest.map(({ file }) => file))
  }

  async #dated(files: readonly string[]): Promise<readonly { file: string; at: number }[]> {
    return Promise.all(
      files.map(async file => {
        const found = await stat(join(this.#folder, file)).catch(ifMissing)
        return { file, at: found?.mtimeMs ?? 0 }
      }),
    )
  }

  /** A disk that is full or read-only must not keep anybody offline: then the process alone remembers. */
  async #orInMemory<T>(work: () => Promise<T>, otherwise: () => Promise<T>): Promise<T> {
    if (this.#isBroken) return otherwise()
    try {
      return await work()
    } catch (error) {
      this.#isBroken = true
      const reason = (error as NodeJS.ErrnoException).code ?? 'unknown'
      const text = 'refused proxy logins are not remembered beyond this process'
      this.#log.warn({ folder: this.#folder, reason }, text)
      return otherwise()
    }
  }
}

/** User names are not secret, yet nothing here needs to show them. Case makes no difference to Windows. */
function accountOf(salt: Buffer, hop: string, { scheme, domain = '', user }: LoginAccount): string {
  const text = JSON.stringify([hop, scheme, domain, user].map(part => part.toLowerCase()))
  return createHmac('sha256', salt).update(text).digest('hex').slice(0, 16)
}

/** @returns whether it was not there before */
async function makeNew(file: string): Promise<boolean> {
  try {
    await (await open(file, 'wx', 0o600)).close()
    return true
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false
    throw error
  }
}

function ifMissing(error: NodeJS.ErrnoException): undefined {
  if (error.code !== 'ENOENT') throw error
}
