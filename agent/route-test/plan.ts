/** Which stations a route has, before anything is dialled or as the system's proxies turn out. */
import { isIP } from 'node:net'
import type { HopSeen } from '../../net/dial/index.ts'
import { nameOf } from '../../net/proxy/chain.ts'
import { printTarget } from '../../shared/balance/index.ts'
import type { Station, StationDetail, StationKind } from '../../shared/route-report.ts'
import type { TunnelEntry } from '../entry.ts'
import type { Target } from '../targets/target.ts'

/** `hops`: the proxies in between, each with its number in the entry; those of the system as far as they are known. */
export function planOf(entry: TunnelEntry, hops: readonly HopSeen[], target: Target): readonly Station[] {
  const { gateway, name } = entry
  const atGateway = nameOf(gateway)
  const first = hops[0] ?? gateway
  const firstHop = hops.length === 0 ? undefined : numberOf(hops, 1)
  const stations: Station[] = []
  const add = (kind: StationKind, label: string, hop?: number, detail: StationDetail = {}) => {
    const id = (kind === 'tls' || kind === 'proxy') && hop !== undefined ? `${kind}-${hop}` : kind
    stations.push({ id, kind, label, state: 'pending', detail, ...(hop === undefined ? {} : { hop }) })
  }
  if (usesSystem(entry)) add('system-proxy', atGateway)
  if (isIP(first.host) === 0) add('name', first.host, firstHop)
  add('tcp', nameOf(first), firstHop)
  for (const [i, hop] of hops.entries()) {
    const number = numberOf(hops, i + 1)
    if (hop.kind === 'https') add('tls', nameOf(hop), number)
    const scheme = wantedScheme(hop)
    add('proxy', nameOf(hop), number, { proxy: hop.kind, ...(scheme === undefined ? {} : { scheme }) })
  }
  if (mayBeTls(entry)) add('tls', atGateway)
  add('upgrade', atGateway)
  add('handshake', `/~~${name}`)
  add('address-rule', `/~~${name}`)
  add('encryption', atGateway)
  add('target', labelOf(target), undefined, target.kind === 'site' ? { site: target.site } : {})
  return stations
}

/** A hop's number in the entry, by its place on the way, counted from 1. */
export function numberOf(hops: readonly HopSeen[], place: number): number {
  return hops[place - 1]?.number ?? place
}

export function usesSystem({ hops }: TunnelEntry): boolean {
  return hops.some(({ kind }) => kind === 'system')
}

/** What is known of the proxies before the first dial. */
export function hopsOf({ hops }: TunnelEntry): readonly HopSeen[] {
  return hops.flatMap((hop, i) => {
    if (hop.kind === 'system') return []
    const { kind, host, port, login } = hop
    return [{ kind, host, port, number: i + 1, ...(login ? { login: login.scheme } : {}) }]
  })
}

function wantedScheme({ kind, login }: HopSeen): string | undefined {
  if (login === undefined) return undefined
  if (kind === 'socks5') return 'password'
  return login === 'ntlm' ? 'NTLM' : 'Basic'
}

function mayBeTls({ gateway }: TunnelEntry): boolean {
  return gateway.scheme === undefined ? gateway.port !== 80 : gateway.scheme === 'https'
}

function labelOf(target: Target): string {
  return target.kind === 'site' ? `${target.site}:` : printTarget(target)
}
