/**
 * What the user does with tunnels in the app: share, change, stop sharing, give another password. Each changes backbalance.bin as it
 * stands now, puts passwords into the secret store first, and runs at once: an edit of the app's own needs no restart.
 */
import {
  movePasswords,
  type SecretAccount,
  type SecretStore,
  tunnelAccount,
  visitorsAccount,
} from '../../../agent/index.ts'
import { systemRandom } from '../../../net/world.ts'
import {
  type AgentEntry,
  type PasswordSource,
  withEntry,
  withEntryAdded,
  withoutLine,
} from '../../../shared/balance/index.ts'
import { TildegateError } from '../../../shared/errors.ts'
import type { TunnelForm } from '../../../shared/ipc/tunnel-form.ts'
import { Secret } from '../../../shared/secret.ts'
import type { Entries } from '../entries/entries.ts'
import type { EntriesFile } from '../entries/entries-file.ts'
import type { TunnelNotes } from '../tunnel-notes.ts'
import type { TunnelSet } from '../tunnel-set.ts'
import { idOf } from '../tunnel-view.ts'
import { entryOf, formOf, lineOf, typedPasswords } from './forms.ts'
import { passwordPlaces } from './password-places.ts'
import { SecretChange } from './secret-change.ts'

export interface SharingParts {
  readonly entries: Entries
  readonly file: EntriesFile
  readonly tunnels: TunnelSet
  readonly store: SecretStore
  readonly notes: TunnelNotes
}

export class Sharing {
  readonly #parts: SharingParts

  constructor(parts: SharingParts) {
    this.#parts = parts
  }

  /** @throws TildegateError name-taken, entry-unwritable, those of the store and of the file */
  async share(form: TunnelForm): Promise<string> {
    const { entries, store, notes, tunnels } = this.#parts
    const id = idOf(form)
    const line = lineOf(form)
    if (entries.find(id) !== undefined) throw new TildegateError('name-taken', { name: form.name })
    for (const { account, secret } of typedPasswords(form)) await store.set(account, secret)
    await this.#change(id, () => entries.edit(document => withEntryAdded(document, line)))
    notes.setOff(id, false)
    notes.setTitle(id, form.title)
    tunnels.start(id)
    return id
  }

  /** What stands in the file without passwords, to be changed. */
  form(id: string): TunnelForm {
    return formOf(this.entry(id), this.#parts.notes.titleOf(id))
  }

  /** Passwords that are not typed anew stay, also when they stand in the file or the tunnel gets another name: they move in the store. */
  async edit(id: string, form: TunnelForm): Promise<string> {
    const { entries, store, notes, tunnels } = this.#parts
    const before = this.entry(id)
    const next = idOf(form)
    const line = lineOf(form)
    if (next !== id && entries.find(next) !== undefined)
      throw new TildegateError('name-taken', { name: form.name })
    const secrets = new SecretChange(store)
    const isOff = notes.isOff(id)
    let isWritten = false
    const write = () => {
      entries.edit((document, all) => withEntry(document, lineNumber(all, id), line))
      isWritten = true
      if (next !== id) notes.forget(id)
      notes.setOff(next, isOff)
      notes.setTitle(next, form.title)
    }
    try {
      await this.#carryOver(before, form, secrets)
      for (const { account, secret } of typedPasswords(form)) await secrets.keep(account, secret)
      await this.#change(next, write, id)
    } catch (error) {
      if (!isWritten) await secrets.undo()
      throw error
    }
    await secrets.forget(leftBehind(before, form))
    // The line may be the same, and what the gateway asks visitors for is not.
    if (form.visitors?.password !== undefined) await tunnels.renew(next)
    else tunnels.start(next)
    return next
  }

  async remove(id: string): Promise<void> {
    const { entries, store, notes } = this.#parts
    const entry = this.entry(id)
    await this.#change(id, () => entries.edit((document, all) => withoutLine(document, lineNumber(all, id))))
    notes.forget(id)
    if (entry.password.kind === 'keychain') await store.delete(tunnelAccount(entry)).catch(() => false)
    await this.#forgetVisitors(entry)
  }

  /** Who is logged in has to log in anew. */
  async askVisitors(id: string, password: string): Promise<void> {
    const { store, tunnels } = this.#parts
    const entry = this.entry(id)
    await store.set(visitorsAccount(entry), Secret.fromText(password))
    if (entry.visitors?.kind === 'keychain') await tunnels.renew(id)
    else await this.#changeVisitors(entry, { visitors: {} })
  }

  async letAllIn(id: string): Promise<void> {
    const entry = this.entry(id)
    await this.#changeVisitors(entry, {})
    await this.#forgetVisitors(entry)
  }

  async #changeVisitors(entry: AgentEntry, visitors: Pick<TunnelForm, 'visitors'>): Promise<void> {
    const { entries, notes, tunnels } = this.#parts
    const id = idOf(entry)
    await this.#carryOver(entry, undefined, new SecretChange(this.#parts.store))
    await this.#change(id, () =>
      entries.edit((document, all) => {
        const now = all.find(other => idOf(other) === id) ?? entry
        const { visitors: _, ...form } = formOf(now, notes.titleOf(id))
        return withEntry(document, now.line, lineOf({ ...form, ...visitors }))
      }),
    )
    tunnels.start(id)
  }

  async #forgetVisitors({ visitors, ...entry }: AgentEntry): Promise<void> {
    if (visitors?.kind === 'keychain')
      await this.#parts.store.delete(visitorsAccount(entry)).catch(() => false)
  }

  /** Of the tunnel itself, or of the login at its proxy `hop`, counted from 1. */
  async setPassword(id: string, hop: number | undefined, password: string): Promise<void> {
    const { entries, store, tunnels } = this.#parts
    const entry = this.entry(id)
    const place = passwordPlaces(entry).find(other => other.hop === (hop ?? 0))
    if (place === undefined) throw new TildegateError('tunnel-not-listed', { name: id })
    await store.set(place.account, Secret.fromText(password))
    // In the file it would win over the store.
    if (place.inFile !== undefined) {
      await this.#carryOver(entry, undefined, new SecretChange(store), place.account)
      await this.#change(id, () =>
        entries.edit((document, all) => {
          const now = all.find(other => idOf(other) === id) ?? entry
          return withEntry(document, now.line, lineOf(formOf(now, undefined)))
        }),
      )
    }
    tunnels.retryNeedy()
  }

  /** Changes that another program made meanwhile stay: they are not taken up by this. */
  async movePasswords(): Promise<SecretAccount[]> {
    const { entries, store, file } = this.#parts
    const { isTaken } = entries
    const moved = await movePasswords({ file: file.path, source: file.read(), store, random: systemRandom })
    if (isTaken) await this.#parts.tunnels.take(entries.take())
    else entries.tell()
    return [...moved]
  }

  /** To be tested, not stored. A password left out is the one that is stored: also where that stands in the file. */
  entryToTest(form: TunnelForm): AgentEntry {
    const entry = entryOf(form)
    const stored = new Map(
      this.#parts.entries
        .all()
        .flatMap(passwordPlaces)
        .map(place => [key(place.account), place.inFile]),
    )
    const known = (source: PasswordSource, account: SecretAccount | undefined): PasswordSource => {
      const secret =
        source.kind === 'keychain' && account !== undefined ? stored.get(key(account)) : undefined
      return secret === undefined ? source : { kind: 'file', secret }
    }
    const accounts = new Map(passwordPlaces(entry).map(({ hop, account }) => [hop, account]))
    return {
      ...entry,
      password: known(entry.password, accounts.get(0)),
      hops: entry.hops.map((hop, i) => {
        if (hop.kind === 'system' || hop.login === undefined) return hop
        return { ...hop, login: { ...hop.login, password: known(hop.login.password, accounts.get(i + 1)) } }
      }),
    }
  }

  /** @throws TildegateError tunnel-not-listed */
  entry(id: string): AgentEntry {
    const entry = this.#parts.entries.find(id)
    if (entry === undefined) throw new TildegateError('tunnel-not-listed', { name: id })
    return entry
  }

  /** Passwords in the file that nobody has typed anew go into the store: the new line holds none. */
  async #carryOver(
    before: AgentEntry,
    form: TunnelForm | undefined,
    secrets: SecretChange,
    except?: SecretAccount,
  ): Promise<void> {
    const typed = new Set(form === undefined ? [] : typedPasswords(form).map(({ account }) => key(account)))
    if (except !== undefined) typed.add(key(except))
    for (const { account, inFile } of passwordPlaces(before)) {
      // The tunnel's own, and its visitors', go with it to another name or gateway: only proofs of them cross the wire.
      const target = form === undefined ? account : movedAccount(account, form)
      const secret =
        inFile ?? (key(target) === key(account) ? undefined : await this.#parts.store.get(account))
      if (secret !== undefined && !typed.has(key(target))) await secrets.keep(target, secret)
    }
  }

  /** Where nobody else has changed the file, the whole of it counts as taken up; else this entry alone runs anew. */
  async #change(id: string, edit: () => void, before = id): Promise<void> {
    const { entries, tunnels } = this.#parts
    const wasTaken = entries.isTaken
    edit()
    if (wasTaken) return tunnels.take(entries.take())
    if (before !== id) await tunnels.drop(before)
    const entry = entries.find(id)
    await (entry === undefined ? tunnels.drop(id) : tunnels.put(entry))
    entries.tell()
  }
}

/** The tunnel's own and its visitors', where it is another's now or asks no visitors. Others may share the logins at proxies. */
function leftBehind(before: AgentEntry, form: TunnelForm): SecretAccount[] {
  const now = new Set([tunnelAccount(form), ...(form.visitors ? [visitorsAccount(form)] : [])].map(key))
  return passwordPlaces(before)
    .filter(({ hop, inFile }) => (hop ?? 0) === 0 && inFile === undefined)
    .flatMap(({ account }) => (now.has(key(account)) ? [] : [account]))
}

function movedAccount(account: SecretAccount, form: TunnelForm): SecretAccount {
  if (account.kind === 'tunnel') return tunnelAccount(form)
  return account.kind === 'visitors' ? visitorsAccount(form) : account
}

function lineNumber(entries: readonly AgentEntry[], id: string): number {
  const entry = entries.find(other => idOf(other) === id)
  if (entry === undefined) throw new TildegateError('tunnel-not-listed', { name: id })
  return entry.line
}

function key(account: SecretAccount): string {
  return JSON.stringify(account)
}
