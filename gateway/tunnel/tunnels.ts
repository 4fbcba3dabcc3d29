/** Finds the tunnel of a name: the live session, else the direct entry of the settings in force. */
import type { DirectEntry } from '../../shared/balance/index.ts'
import type { TunnelDirectory, Upstream } from '../upstream.ts'
import type { ConnectionPool } from './connection-pool.ts'
import { DirectUpstream, type DirectWorld } from './direct-upstream.ts'

export type TunnelCounts = ConnectionPool['counts']

interface Sessions {
  find(name: string): (Upstream & { readonly counts: TunnelCounts }) | undefined
  all(): readonly { readonly counts: TunnelCounts }[]
}

export class Tunnels implements TunnelDirectory {
  readonly #sessions: Sessions
  readonly #direct = new Map<string, { readonly entry: DirectEntry; readonly upstream: DirectUpstream }>()
  readonly #entryOf: (name: string) => { readonly kind: string } | undefined
  readonly #world: DirectWorld

  constructor(
    sessions: Sessions,
    entryOf: (name: string) => DirectEntry | { readonly kind: 'back' } | undefined,
    world: DirectWorld,
  ) {
    this.#sessions = sessions
    this.#entryOf = entryOf
    this.#world = world
  }

  find(name: string): Upstream | undefined {
    const session = this.#sessions.find(name)
    if (session !== undefined) return session
    const entry = this.#entryOf(name)
    if (!isDirect(entry)) return undefined
    const known = this.#direct.get(name)
    if (known !== undefined && isSame(known.entry, entry)) return known.upstream
    known?.upstream.close()
    const upstream = new DirectUpstream(entry, this.#world)
    this.#direct.set(name, { entry, upstream })
    return upstream
  }

  /** The settings changed: connections of direct entries that are gone or changed end with their exchange. */
  settingsChanged(): void {
    for (const [name, { entry, upstream }] of this.#direct) {
      const now = this.#entryOf(name)
      if (isDirect(now) && isSame(now, entry)) continue
      upstream.close()
      this.#direct.delete(name)
    }
  }

  /** Of all tunnels together. */
  get counts(): TunnelCounts {
    const sum = { idle: 0, busy: 0, opening: 0, waiting: 0 }
    for (const { counts } of [
      ...this.#sessions.all(),
      ...[...this.#direct.values()].map(one => one.upstream),
    ]) {
      sum.idle += counts.idle
      sum.busy += counts.busy
      sum.opening += counts.opening
      sum.waiting += counts.waiting
    }
    return sum
  }

  /** Nobody may have asked for it yet, and then there is nothing to count. */
  countsOfDirect(name: string): TunnelCounts {
    return this.#direct.get(name)?.upstream.counts ?? { idle: 0, busy: 0, opening: 0, waiting: 0 }
  }

  /** The direct ones; sessions have an owner of their own. Idempotent. */
  destroy(): void {
    for (const { upstream } of this.#direct.values()) upstream.destroy()
    this.#direct.clear()
  }
}

function isDirect(entry: { readonly kind: string } | undefined): entry is DirectEntry {
  return entry?.kind === 'direct'
}

function isSame(a: DirectEntry, b: DirectEntry): boolean {
  return a.host === b.host && a.port === b.port && a.isSsl === b.isSsl
}
