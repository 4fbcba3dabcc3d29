/** What a tunnel shares: a service at an address, or a site built into the agent that no one can dial. */
import { printHost, type TargetSpec } from '../../shared/balance/index.ts'
import type { Hello } from '../../shared/protocol/control-json.ts'

export type Target =
  | ({ readonly kind: 'service' } & TargetSpec)
  | { readonly kind: 'site'; readonly site: SiteName }

export type SiteName = 'welcome' | 'sample'

const defaultPort = { http: 80, https: 443 } as const

/** How the target wants to be addressed, as HELLO tells the gateway. */
export function targetForHello(target: Target): NonNullable<Hello['target']> {
  if (target.kind === 'site') return { scheme: 'http', host: `${target.site}.tildegate.internal`, base: '/' }
  const { scheme, host, port, base, keepsHost } = target
  const authority = port === defaultPort[scheme] ? printHost(host) : `${printHost(host)}:${port}`
  return { scheme, host: authority, base, ...(keepsHost ? { keepsHost } : {}) }
}

/** This computer itself: certificates of local services are usually self-signed, and nobody is in between. */
export function isLoopback(host: string): boolean {
  return /^(localhost|.+\.localhost|127\.\d+\.\d+\.\d+|::1|0:0:0:0:0:0:0:1)$/i.test(host)
}
