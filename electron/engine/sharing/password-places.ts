/** The passwords of an entry, each with whom it is for and, where it stands in the file, itself. */
import { proxyAccount, type SecretAccount, tunnelAccount, visitorsAccount } from '../../../agent/index.ts'
import { type AgentEntry, type PasswordSource, printHost } from '../../../shared/balance/index.ts'
import type { Secret } from '../../../shared/secret.ts'

export interface PasswordPlace {
  /** The proxy that it is for, counted from 1; 0: the tunnel's own; absent: that of its visitors. */
  readonly hop?: number
  readonly account: SecretAccount
  readonly inFile?: Secret
}

export function passwordPlaces(entry: AgentEntry): readonly PasswordPlace[] {
  const proxies = entry.hops.flatMap((hop, i): PasswordPlace[] => {
    if (hop.kind === 'system' || hop.login === undefined) return []
    const account = proxyAccount(`${printHost(hop.host)}:${hop.port}`, hop.login)
    return [{ hop: i + 1, account, ...inFile(hop.login.password) }]
  })
  const visitors = entry.visitors?.kind === 'keychain' ? [{ account: visitorsAccount(entry) }] : []
  return [{ hop: 0, account: tunnelAccount(entry), ...inFile(entry.password) }, ...proxies, ...visitors]
}

/** An empty one of a proxy is no secret. */
function inFile(source: PasswordSource): { inFile?: Secret } {
  return source.kind === 'file' && !source.secret.isEmpty ? { inFile: source.secret } : {}
}
