/**
 * "Move passwords to the keychain": out of backbalance.bin, into the secret store. Everything is stored and read back before the
 * file is touched; when anything fails, the file is as it was and the store is put back.
 */
import {
  type AgentEntry,
  type Document,
  parseBackbalance,
  printDocument,
  withoutPasswords,
} from '../../shared/balance/index.ts'
import { TildegateError } from '../../shared/errors.ts'
import { said } from '../../shared/phrases.ts'
import type { Secret } from '../../shared/secret.ts'
import type { Random } from '../../shared/world.ts'
import { replaceFile } from '../replace-file.ts'
import { labelOf, passwordsOf, type SecretAccount, whose } from './account.ts'
import { isSameSecret, type SecretStore } from './secret-store.ts'

export interface MoveOptions {
  readonly file: string
  /** What the caller has read of the file; if it holds anything else by now, nothing is changed. */
  readonly source: Uint8Array
  readonly store: SecretStore
  readonly random: Random
  /** Leaves the passwords in `FILE.bak`. Without it that copy holds the new text: no password stays in plain. */
  readonly keepsBackup?: boolean
}

interface Move {
  readonly account: SecretAccount
  readonly secret: Secret
  readonly line: number
}

/**
 * Lines with errors are left as they are.
 * @returns whose passwords were moved; none: the file was not touched
 * @throws TildegateError secrets-differ, file-changed-meanwhile, file-not-written, those of the store
 */
export async function movePasswords(options: MoveOptions): Promise<readonly SecretAccount[]> {
  const { file, source, store } = options
  const { entries, document } = parseBackbalance(source, file)
  const moves = movesOf(entries, file)
  if (moves.length === 0) return []
  const bytes = printDocument(entries.reduce(withoutMoved, document))
  demandSame(entries, parseBackbalance(bytes, file).entries)
  const undo: (() => Promise<unknown>)[] = []
  try {
    for (const { account, secret } of moves) {
      const before = await heldBefore(store, account)
      undo.unshift(() => (before === undefined ? store.delete(account) : store.set(account, before)))
      await store.set(account, secret)
    }
    if (options.keepsBackup) await write(`${file}.bak`, source, options)
    await write(file, bytes, options, source)
  } catch (error) {
    // The file still has every password, whatever becomes of this.
    for (const back of undo) await Promise.allSettled([back()])
    throw error
  }
  if (!options.keepsBackup) await write(`${file}.bak`, bytes, options)
  return moves.map(({ account }) => account)
}

/** Each account once. An empty password of a proxy is no secret, and no store takes it. */
function movesOf(entries: readonly AgentEntry[], file: string): readonly Move[] {
  const moves = new Map<string, Move>()
  for (const entry of entries) {
    for (const { account, password } of passwordsOf(entry)) {
      if (password.kind !== 'file' || password.secret.isEmpty) continue
      const name = labelOf(account)
      const first = moves.get(name)
      if (first === undefined) moves.set(name, { account, secret: password.secret, line: entry.line })
      else if (!isSameSecret(first.secret, password.secret))
        throw new TildegateError('secrets-differ', {
          ...{ file, ...whose(account) },
          ...said('lines', 'two-lines', { first: first.line, second: entry.line }),
        })
    }
  }
  return [...moves.values()]
}

function withoutMoved(document: Document, entry: AgentEntry): Document {
  const [tunnel, ...hops] = entry.secretSpans
  // A colon alone says that the password is empty; without it, it would be asked of the store.
  const logins = hops.map(span => (span.end - span.start > 1 ? span : { ...span, end: span.start }))
  return withoutPasswords(document, { ...entry, secretSpans: [...(tunnel ? [tunnel] : []), ...logins] })
}

/** The last look before passwords leave the file: it must still say the same. */
function demandSame(before: readonly AgentEntry[], after: readonly AgentEntry[]): void {
  const spelt = (entries: readonly AgentEntry[]) =>
    JSON.stringify(entries, (key, value: unknown) =>
      key === 'password' || key === 'secretSpans' ? undefined : value,
    )
  const holdsNone = after
    .flatMap(passwordsOf)
    .every(({ password }) => password.kind !== 'file' || password.secret.isEmpty)
  if (spelt(before) !== spelt(after) || !holdsNone) throw new TildegateError('internal')
}

/** A locked keychain will say so when it is written to; here it may as well have lost the secret. */
async function heldBefore(store: SecretStore, account: SecretAccount): Promise<Secret | undefined> {
  try {
    return await store.get(account)
  } catch (error) {
    if (error instanceof TildegateError && error.code === 'keychain-locked') return undefined
    throw error
  }
}

async function write(
  file: string,
  bytes: Uint8Array,
  { random }: MoveOptions,
  expected?: Uint8Array,
): Promise<void> {
  try {
    await replaceFile(file, bytes, random, expected)
  } catch (cause) {
    if (cause instanceof TildegateError) throw cause
    const { code } = cause as NodeJS.ErrnoException
    const reason = code === undefined ? said('reason', 'unknown-error') : { reason: code }
    throw new TildegateError('file-not-written', { file, ...reason }, { cause })
  }
}
