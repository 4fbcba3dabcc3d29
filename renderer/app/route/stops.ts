/** The many stations of a connection test as the few stops that a person thinks of: proxies, gateway, name and password, service. Pure. */
import type { Station } from '../../../shared/route-report.ts'
import type { StopState } from '../../kit/stations.tsx'

export interface RouteStop {
  readonly id: string
  readonly kind: 'system' | 'proxy' | 'gateway' | 'name' | 'service'
  /** Of a proxy, counted from 1. */
  readonly hop?: number
  readonly label: string
  readonly state: StopState
  /** Of its stations together. */
  readonly ms?: number
  /** Basic, NTLM… */
  readonly scheme?: string
  /** The first station that failed or warns. */
  readonly trouble?: Station
}

const kindOf: Readonly<Record<Station['kind'], RouteStop['kind']>> = {
  'system-proxy': 'system',
  name: 'gateway',
  tcp: 'gateway',
  tls: 'gateway',
  proxy: 'proxy',
  upgrade: 'gateway',
  handshake: 'name',
  'address-rule': 'name',
  encryption: 'gateway',
  target: 'service',
}

const order: readonly RouteStop['kind'][] = ['system', 'proxy', 'gateway', 'name', 'service']

/** `activeId`: the station that is being passed. */
export function stopsOf(stations: readonly Station[], activeId?: string): RouteStop[] {
  const groups = Map.groupBy(stations, ({ kind, hop }) => (hop === undefined ? kindOf[kind] : `proxy-${hop}`))
  return [...groups]
    .map(([id, members]) => stopOf(id, members, activeId))
    .toSorted((a, b) => order.indexOf(a.kind) - order.indexOf(b.kind) || (a.hop ?? 0) - (b.hop ?? 0))
}

function stopOf(id: string, members: readonly Station[], activeId: string | undefined): RouteStop {
  const named = members.find(({ kind }) => kind === 'proxy' || kind === 'upgrade') ?? members[0]
  const trouble =
    members.find(({ state }) => state === 'failed') ?? members.find(({ state }) => state === 'warning')
  const times = members.flatMap(({ ms }) => (ms === undefined ? [] : [ms]))
  const scheme = members.map(({ detail }) => detail.scheme).find(name => name !== undefined)
  const hop = named?.hop
  return {
    id,
    kind: hop === undefined ? (named ? kindOf[named.kind] : 'gateway') : 'proxy',
    label: named?.label ?? '',
    state: stateOf(members, activeId),
    ...(hop === undefined ? {} : { hop }),
    ...(times.length === 0 ? {} : { ms: times.reduce((sum, ms) => sum + ms, 0) }),
    ...(scheme === undefined ? {} : { scheme }),
    ...(trouble === undefined ? {} : { trouble }),
  }
}

function stateOf(members: readonly Station[], activeId: string | undefined): StopState {
  const has = (state: Station['state']) => members.some(member => member.state === state)
  if (has('failed')) return 'failed'
  if (members.some(({ id }) => id === activeId)) return 'active'
  if (has('pending')) return has('ok') ? 'active' : 'pending'
  if (has('warning')) return 'warning'
  return has('ok') ? 'ok' : 'skipped'
}
