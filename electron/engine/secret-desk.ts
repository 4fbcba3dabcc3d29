/** The secret store for the windows: whether it works, whose secrets it keeps. It takes secrets and gives none. */
import { accountsNeeded, labelOf, type SecretStore } from '../../agent/index.ts'
import type { AgentEntry } from '../../shared/balance/index.ts'
import { failureOf } from '../../shared/ipc/reply.ts'
import type { KeptSecret, SecretState } from '../../shared/ipc/views.ts'

export async function stateOfStore(store: SecretStore): Promise<SecretState> {
  try {
    await store.probe()
    return { kind: store.kind, isUsable: true }
  } catch (error) {
    return { kind: store.kind, isUsable: false, failure: failureOf(error) }
  }
}

export async function keptSecrets(store: SecretStore, entries: readonly AgentEntry[]): Promise<KeptSecret[]> {
  const kept = await store.list()
  const has = new Set(kept.map(labelOf))
  const needed = accountsNeeded(entries)
  const isNeeded = new Set(needed.map(labelOf))
  const missing = needed.filter(account => !has.has(labelOf(account)))
  return [
    ...kept.map(account => ({ account, isKept: true, isNeeded: isNeeded.has(labelOf(account)) })),
    ...missing.map(account => ({ account, isKept: false, isNeeded: true })),
  ]
}
