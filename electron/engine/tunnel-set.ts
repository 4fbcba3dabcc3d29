/** The tunnels that run on this PC: one for each sound entry, taken up anew without disturbing those that did not change. */
import { isDeepStrictEqual } from 'node:util'
import { createTunnel, type Tunnel, type TunnelOptions } from '../../agent/index.ts'
import type { AgentEntry } from '../../shared/balance/index.ts'
import { TildegateError } from '../../shared/errors.ts'
import { type ActivityEvent, type TunnelView, trafficIntervalMs } from '../../shared/ipc/views.ts'
import type { RecentVisits } from '../../shared/ipc/visit-views.ts'
import type { Timer } from '../../shared/world.ts'
import { activityOf, beginning, type Course } from './activity/activity-of.ts'
import type { TunnelNotes } from './tunnel-notes.ts'
import { idOf, tunnelView } from './tunnel-view.ts'
import { VisitRing } from './visits/visit-ring.ts'

export interface TunnelSetOptions extends Omit<TunnelOptions, 'entry' | 'onVisits'> {
  readonly notes: TunnelNotes
  /** Something to be shown has changed; called at most every `showMs`. */
  onChange(views: readonly TunnelView[]): void
  onActivity(event: ActivityEvent): void
}

interface Member {
  readonly id: string
  readonly entry: AgentEntry
  readonly tunnel: Tunnel
  readonly stopListening: () => void
  readonly traffic: number[]
  readonly visits: VisitRing
  bytes: number
  course: Course
  publicUrl?: string
}

const showMs = 150
const trafficIntervals = 30

export class TunnelSet {
  readonly #options: TunnelSetOptions
  #members: readonly Member[] = []
  #shown: readonly TunnelView[] = []
  #showing: Timer | undefined
  #sampling: Timer | undefined

  constructor(options: TunnelSetOptions) {
    this.#options = options
    this.#sample()
  }

  /** Runs these entries: new and changed ones start anew, removed ones are closed, the others go on. */
  async take(entries: readonly AgentEntry[]): Promise<void> {
    const before = new Map(this.#members.map(member => [member.id, member]))
    this.#members = entries.map(entry => {
      const known = before.get(idOf(entry))
      if (known !== undefined && isSame(known.entry, entry)) {
        before.delete(known.id)
        return known
      }
      return this.#made(entry, known?.visits)
    })
    await Promise.all([...before.values()].map(endOf))
    for (const { id, tunnel } of this.#members) if (!this.#options.notes.isOff(id)) tunnel.start()
    this.#show()
  }

  list(): readonly TunnelView[] {
    return this.#members.map(member => this.#viewOf(member))
  }

  #viewOf({ id, entry, tunnel, publicUrl, traffic, visits }: Member): TunnelView {
    const { clock, notes } = this.#options
    const isWanted = !notes.isOff(id)
    const title = notes.titleOf(id)
    return tunnelView({
      entry,
      status: tunnel.status(),
      isWanted,
      now: clock.wall(),
      publicUrl,
      traffic,
      title,
      visitsTold: visits.told,
    })
  }

  async turn(id: string, isOn: boolean): Promise<void> {
    const { tunnel, entry } = this.#find(id)
    this.#options.notes.setOff(id, !isOn)
    const at = this.#options.clock.wall()
    this.#options.onActivity({ at, kind: isOn ? 'turnedOn' : 'turnedOff', tunnel: { id, name: entry.name } })
    this.#show()
    if (isOn) tunnel.start()
    else await tunnel.close()
  }

  /** Runs this entry anew, or in addition. */
  async put(entry: AgentEntry): Promise<void> {
    const id = idOf(entry)
    const others = this.#members.filter(member => member.id !== id)
    await this.take([...others.map(member => member.entry), entry])
  }

  async drop(id: string): Promise<void> {
    await this.take(this.#members.filter(member => member.id !== id).map(member => member.entry))
  }

  /** The same entry from the beginning: a secret that it sends at its start has changed. */
  async renew(id: string): Promise<void> {
    const before = this.#find(id)
    const made = this.#made(before.entry, before.visits)
    this.#members = this.#members.map(member => (member === before ? made : member))
    await endOf(before)
    this.start(id)
  }

  /** One that was switched off stays so. */
  start(id: string): void {
    if (!this.#options.notes.isOff(id)) this.#find(id).tunnel.start()
    this.#show()
  }

  visits(id: string): RecentVisits {
    return this.#find(id).visits.list()
  }

  /** What needed the user may work now: a password was given, the keychain was unlocked. */
  retryNeedy(): void {
    for (const { tunnel } of this.#members) if (tunnel.status().state === 'needsUser') tunnel.retryNow()
  }

  /** The keychain answers: it may have been unlocked elsewhere. */
  retryThoseOfKeychain(): void {
    for (const { tunnel } of this.#members) {
      const { state, code } = tunnel.status()
      if (state === 'needsUser' && code?.startsWith('keychain-')) tunnel.retryNow()
    }
  }

  retry(id: string): void {
    this.#find(id).tunnel.retryNow()
  }

  wake(): void {
    for (const { tunnel } of this.#members) tunnel.wake()
  }

  networkChanged(): void {
    for (const { tunnel } of this.#members) tunnel.networkChanged()
  }

  async close(): Promise<void> {
    this.#sampling?.cancel()
    await Promise.all(this.#members.map(({ tunnel }) => tunnel.close()))
  }

  /** `visits`: of the same tunnel before its entry changed. */
  #made(entry: AgentEntry, visits = new VisitRing()): Member {
    const { notes: _, onChange: __, onActivity: ___, ...options } = this.#options
    const tunnel = createTunnel({
      ...options,
      entry,
      onVisits: (told, leftOut) => {
        visits.add(told, leftOut)
        this.#show()
      },
    })
    const member: Member = {
      id: idOf(entry),
      entry,
      tunnel,
      visits,
      traffic: Array.from({ length: trafficIntervals }, () => 0),
      bytes: 0,
      course: beginning,
      stopListening: tunnel.onState(({ url }) => {
        if (url !== undefined) member.publicUrl = url
        const [course, event] = activityOf(member.course, this.#viewOf(member), this.#options.clock.wall())
        member.course = course
        if (event !== undefined) this.#options.onActivity(event)
        this.#show()
      }),
    }
    return member
  }

  #find(id: string): Member {
    const found = this.#members.find(member => member.id === id)
    if (found === undefined) throw new TildegateError('tunnel-not-listed', { name: id })
    return found
  }

  /** Many changes at once, as after a wake, are shown as one. */
  #show(): void {
    this.#showing ??= this.#options.clock.after(showMs, () => {
      this.#showing = undefined
      const views = this.list()
      if (isDeepStrictEqual(views, this.#shown)) return
      this.#shown = views
      this.#options.onChange(views)
    })
  }

  #sample(): void {
    for (const member of this.#members) {
      const { bytesIn, bytesOut } = member.tunnel.status()
      member.traffic.shift()
      member.traffic.push(bytesIn + bytesOut - member.bytes)
      member.bytes = bytesIn + bytesOut
    }
    this.#show()
    this.#sampling = this.#options.clock.after(trafficIntervalMs, () => this.#sample())
  }
}

async function endOf({ tunnel, stopListening }: Member): Promise<void> {
  stopListening()
  await tunnel.close()
  tunnel.destroy()
}

/** Where the line stands does not matter; a secret is compared by its bytes. */
function isSame(a: AgentEntry, b: AgentEntry): boolean {
  const comparable = ({ line: _, secretSpans: __, ...entry }: AgentEntry) =>
    JSON.stringify(entry, (_key, value: unknown) => value)
  return comparable(a) === comparable(b) && haveSameSecrets(a, b)
}

function haveSameSecrets(a: AgentEntry, b: AgentEntry): boolean {
  const secrets = (entry: AgentEntry) =>
    [entry.password, ...entry.hops.map(hop => ('login' in hop ? hop.login?.password : undefined))].map(
      source =>
        source?.kind === 'file'
          ? source.secret.use(bytes => Buffer.from(bytes).toString('base64'))
          : undefined,
    )
  return isDeepStrictEqual(secrets(a), secrets(b))
}
