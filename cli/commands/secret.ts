/** `tildegate secret`: passwords into, out of and in the secret store. None is ever shown. */
import { existsSync, readFileSync } from 'node:fs'
import {
  accountsNeeded,
  commandFor,
  labelOf,
  movePasswords,
  openSecretStore,
  type SecretAccount,
  type SecretStore,
  type SecretStoreKind,
} from '../../agent/index.ts'
import { systemClock, systemRandom } from '../../net/world.ts'
import { parseBackbalance } from '../../shared/balance/index.ts'
import { TildegateError } from '../../shared/errors.ts'
import { CommandFailure, type ExitStatus, exitStatus } from '../failure.ts'
import { canAsk, readSecret } from '../read-secret.ts'
import { defaultFile } from '../settings/default-files.ts'
import { type EntriesFile, readEntriesFile } from '../settings/entries-file.ts'
import { type AccountFlags, accountOf } from '../settings/secret-account.ts'

interface StoreFlags {
  readonly secretStore: SecretStoreKind
}

/** Somebody waits at the terminal, and may have to unlock the keychain. */
const answerMs = 60_000
const noticeMs = 2_000

/** @throws CommandFailure 64, 78 for a file with errors, 1 and 130 of the input; TildegateError of the store */
export async function runSecretSet(
  flags: StoreFlags & AccountFlags & { readonly file?: string },
): Promise<ExitStatus> {
  const account = accountOf(flags)
  if (account !== undefined && flags.file !== undefined)
    throw new CommandFailure(exitStatus.usage, '--file asks for all that is missing: it stands alone.')
  const file = account === undefined ? entriesFileOf(flags.file) : undefined
  return withStore(flags, async store => {
    const missing = file === undefined ? [account] : await missingOf(file, store)
    for (const one of missing) {
      if (one === undefined) continue
      await demandUsable(store, one)
      const secret = await readSecret(labelOf(one))
      await patiently(store, store.set(one, secret))
      say(`Stored in ${nameOf(store)}: ${labelOf(one)}`)
    }
    if (store.kind === 'file' && missing.length > 0) say(weaker)
    return exitStatus.fine
  })
}

/** Before anybody types a password in vain. What looks locked may be empty, and what is damaged can be replaced. */
async function demandUsable(store: SecretStore, account: SecretAccount): Promise<void> {
  try {
    await patiently(store, store.get(account))
  } catch (error) {
    const mayBeStored = ['keychain-locked', 'secret-store-damaged']
    if (!(error instanceof TildegateError) || !mayBeStored.includes(error.code)) throw error
  }
}

function entriesFileOf(flag: string | undefined): EntriesFile {
  const file = flag ?? defaultFile('backbalance.bin')
  if (flag !== undefined || existsSync(file)) return readEntriesFile(file)
  throw new CommandFailure(
    exitStatus.usage,
    `Say whose password: --tunnel or --visitors NAME@HOST:PORT, or --hop HOST:PORT --login LOGIN, or --file FILE (${file} does not exist).`,
  )
}

/** What the file leaves to the store and the store does not have. From standard input only one password can come. */
async function missingOf({ file, entries }: EntriesFile, store: SecretStore): Promise<SecretAccount[]> {
  const needed = accountsNeeded(entries)
  const missing: SecretAccount[] = []
  for (const account of needed) {
    if ((await patiently(store, store.get(account))) === undefined) missing.push(account)
  }
  if (needed.length === 0) say(`No entry of ${file} leaves its password to ${nameOf(store)}.`)
  else if (missing.length === 0) say(`All that ${file} needs is in ${nameOf(store)} already.`)
  if (missing.length <= 1 || canAsk()) return missing
  throw new CommandFailure(
    exitStatus.usage,
    'Several passwords are missing, and standard input gives one. Name it:',
    missing.map(account => `  ${commandFor(account, store.kind)}`),
  )
}

export async function runSecretDelete(
  flags: StoreFlags & AccountFlags & { readonly all?: true },
): Promise<ExitStatus> {
  const account = accountOf(flags)
  if ((account === undefined) !== (flags.all === true)) {
    const message =
      'Say whose secret: --tunnel or --visitors NAME@HOST:PORT, or --hop HOST:PORT --login LOGIN, or --all.'
    throw new CommandFailure(exitStatus.usage, message)
  }
  return withStore(flags, async store => {
    let status: ExitStatus = exitStatus.fine
    for (const one of account === undefined ? await store.list() : [account]) {
      const wasThere = await patiently(store, store.delete(one))
      if (wasThere) say(`Deleted from ${nameOf(store)}: ${labelOf(one)}`)
      else {
        say(`Not in ${nameOf(store)}: ${labelOf(one)}`)
        status = exitStatus.failed
      }
    }
    if (account?.kind === 'proxy') say('Every entry that passes this proxy with this login shared it.')
    return status
  })
}

/** From our own list: nothing is unlocked for it. With a file: what that needs; status 1 where something is missing. */
export async function runSecretList(
  flags: StoreFlags & { readonly file?: string; readonly json?: true },
): Promise<ExitStatus> {
  const file = flags.file === undefined ? undefined : readEntriesFile(flags.file)
  return withStore(flags, async store => {
    const stored = await store.list()
    const isStored = new Set(stored.map(labelOf))
    const rows: (SecretAccount & { stored?: boolean })[] =
      file === undefined
        ? [...stored]
        : accountsNeeded(file.entries).map(account => ({
            ...account,
            stored: isStored.has(labelOf(account)),
          }))
    if (flags.json) process.stdout.write(`${JSON.stringify(rows)}\n`)
    else for (const row of rows) process.stdout.write(`${shown(row)}\n`)
    if (rows.length === 0 && !flags.json)
      say(file === undefined ? `Nothing is in ${nameOf(store)}.` : `${file.file} needs nothing of it.`)
    return rows.some(row => row.stored === false) ? exitStatus.failed : exitStatus.fine
  })
}

function shown({ stored, ...account }: SecretAccount & { stored?: boolean }): string {
  const label = labelOf(account).replace(/\p{Cc}/gu, '\ufffd')
  return stored === undefined ? label : `${stored ? 'stored ' : 'missing'}  ${label}`
}

/** @throws TildegateError as `movePasswords` */
export async function runSecretMove(
  flag: string | undefined,
  flags: StoreFlags & { readonly keepBackup?: true },
): Promise<ExitStatus> {
  const { file, source } = readEntriesFile(flag ?? defaultFile('backbalance.bin'))
  return withStore(flags, async store => {
    const moving = movePasswords({
      file,
      source,
      store,
      random: systemRandom,
      keepsBackup: flags.keepBackup === true,
    })
    const moved = await patiently(store, moving)
    for (const account of moved) say(`Moved to ${nameOf(store)}: ${labelOf(account)}`)
    say(moved.length === 0 ? `${file} holds no password.` : `${file} holds no password any more.`)
    if (moved.length > 0 && store.kind === 'file') say(weaker)
    if (holdsPasswords(`${file}.bak`))
      say(`${file}.bak still holds passwords: delete it when you need it no more.`)
    return exitStatus.fine
  })
}

function holdsPasswords(file: string): boolean {
  if (!existsSync(file)) return false
  const { entries } = parseBackbalance(readFileSync(file), file)
  return entries.some(
    entry =>
      entry.password.kind === 'file' ||
      entry.hops.some(hop => hop.kind !== 'system' && hop.login?.password.kind === 'file'),
  )
}

const weaker =
  'The file store is weaker than a keychain: whoever can read your files can open it, for its key lies beside it.'

const nameOf = ({ kind }: SecretStore) => (kind === 'keychain' ? 'the keychain' : 'the file store')

function say(line: string): void {
  process.stderr.write(`${line}\n`)
}

async function withStore<T>(flags: StoreFlags, use: (store: SecretStore) => Promise<T>): Promise<T> {
  const store = openSecretStore({
    kind: flags.secretStore,
    environment: process.env,
    clock: systemClock,
    random: systemRandom,
    answerMs,
  })
  try {
    return await use(store)
  } finally {
    store.close()
  }
}

async function patiently<T>({ kind }: SecretStore, work: Promise<T>): Promise<T> {
  const notice =
    kind === 'keychain' &&
    systemClock.after(noticeMs, () =>
      say('Waiting for the keychain: it may show a window that asks for its password.'),
    )
  try {
    return await work
  } finally {
    if (notice) notice.cancel()
  }
}
