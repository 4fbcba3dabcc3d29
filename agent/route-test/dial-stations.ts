/** The stations that a dial passes: from its steps to how they came out. */
import type { DialStep, HopSeen } from '../../net/dial/index.ts'
import { nameOf } from '../../net/proxy/chain.ts'
import { TildegateError } from '../../shared/errors.ts'
import type { Station, StationDetail } from '../../shared/route-report.ts'
import type { TunnelEntry } from '../entry.ts'
import type { Target } from '../targets/target.ts'
import { hopsOf, numberOf, planOf, usesSystem } from './plan.ts'
import type { Stations } from './stations.ts'

/** One way that was tried, where the system names several. */
interface TriedWay {
  readonly hops: readonly HopSeen[]
  /** The station in which it ended. */
  readonly endedIn: Station
}

export class DialStations {
  readonly #stations: Stations
  readonly #entry: TunnelEntry
  readonly #target: Target
  #hops: readonly HopSeen[]
  readonly #tried: TriedWay[] = []
  #isRouted = false
  #isAbsentTls = false

  constructor(stations: Stations, entry: TunnelEntry, target: Target) {
    this.#stations = stations
    this.#entry = entry
    this.#target = target
    this.#hops = hopsOf(entry)
    stations.plan(planOf(entry, this.#hops, target))
    if (usesSystem(entry)) stations.begin('system-proxy')
  }

  take(step: DialStep): void {
    if (step.step === 'route') {
      this.#routed(step.hops, step.said)
      return
    }
    const id = this.#idOf(step)
    if (step.state === 'begun') this.#begun(id)
    else if (step.state === 'absent') this.#isAbsentTls = true
    else this.#stations.settle(id, 'ok', detailOf(step))
  }

  /** The dial has failed. */
  failed(cause: unknown): void {
    this.#backTo(cause)
    const { current } = this.#stations
    this.#stations.fail(current ?? this.#placeOf(cause), cause)
  }

  #begun(id: string): void {
    // It goes on after TLS was not found: the gateway is spoken to without.
    if (this.#isAbsentTls) this.#stations.settle('tls', 'skipped', { plain: true })
    this.#isAbsentTls = false
    this.#stations.begin(id)
  }

  #routed(hops: readonly HopSeen[], said: string | undefined): void {
    if (isSame(hops, this.#hops) && this.#isRouted) return
    const endedIn = this.#stations.find(this.#stations.current ?? '')
    const isNextWay = this.#isRouted && endedIn !== undefined
    if (isNextWay) this.#tried.push({ hops: this.#hops, endedIn })
    this.#isRouted = true
    this.#hops = hops
    this.#stations.plan(planOf(this.#entry, hops, this.#target))
    if (said !== undefined) this.#stations.settle('system-proxy', 'ok', { said })
    if (isNextWay) {
      const skipped = new TildegateError('system-proxy-skipped', { hop: endedIn.label })
      this.#stations.settle('system-proxy', 'warning', {}, skipped)
    }
  }

  /** Where all ways failed, the error tells of the one that the system prefers. */
  #backTo(cause: unknown): void {
    const hop = cause instanceof TildegateError ? cause.details['hop'] : undefined
    const way = this.#tried.find(({ endedIn }) => endedIn.label === hop)
    if (way === undefined) return
    this.#hops = way.hops
    this.#stations.plan(planOf(this.#entry, way.hops, this.#target))
    this.#stations.begin(way.endedIn.id)
  }

  /** Of an error before anything was dialled, such as a password that is not there. */
  #placeOf(cause: unknown): string {
    const { code, details } = cause instanceof TildegateError ? cause : { code: 'internal', details: {} }
    if (code === 'system-proxy-unavailable') return 'system-proxy'
    const { hopIndex } = details as { hopIndex?: unknown }
    const proxy = `proxy-${String(hopIndex)}`
    return this.#stations.find(proxy) === undefined ? 'tcp' : proxy
  }

  #idOf({ step, hop }: Exclude<DialStep, { step: 'route' }>): string {
    if (step === 'name' || step === 'tcp') return step
    if (step === 'connect') return `proxy-${numberOf(this.#hops, hop)}`
    return hop === 0 ? 'tls' : `tls-${numberOf(this.#hops, hop)}`
  }
}

function detailOf(step: Extract<DialStep, { state: 'done' }>): StationDetail {
  switch (step.step) {
    case 'name':
      return { addresses: [...step.addresses] }
    case 'tcp':
      return { address: step.address }
    case 'tls':
      return { version: step.version, certSha256: step.certSha256, trusted: step.authorized }
    case 'connect':
      return step.scheme === undefined ? {} : { scheme: step.scheme }
  }
}

function isSame(one: readonly HopSeen[], other: readonly HopSeen[]): boolean {
  const names = (hops: readonly HopSeen[]) => hops.map(hop => `${hop.kind}://${nameOf(hop)}`).join(' ')
  return names(one) === names(other)
}
