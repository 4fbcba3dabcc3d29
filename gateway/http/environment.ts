/** What every request of a visitor needs of the gateway. */
import type { Clock, Log } from '../../shared/world.ts'
import type { HostMode } from '../host-mode.ts'
import type { TunnelDirectory } from '../upstream.ts'
import type { VisitorCounters } from './counters.ts'
import type { VisitorGate } from './gated.ts'
import type { VisitorLimits } from './limits.ts'
import type { VisitorContext } from './request-mapping.ts'
import type { RequestRates } from './request-rates.ts'
import type { TransportSecurity } from './transport-security.ts'
import { originOf } from './url-mapping.ts'

export interface VisitorEnvironment {
  readonly directory: TunnelDirectory
  readonly clock: Clock
  readonly log: Log
  readonly limits: VisitorLimits
  /** `https://gateway.example`, where visitors reach the gateway under another name than they say. */
  readonly publicOrigin: string | undefined
  readonly hostMode: HostMode | undefined
  readonly transport: TransportSecurity
  readonly counters: VisitorCounters
  /** Without it, tunnels that ask their visitors for a password are closed to all. */
  readonly gate: VisitorGate | undefined
  /** Without them, requests may come as fast as they like. */
  readonly rates: RequestRates | undefined
  /** The gateway stops: answers close their connections. */
  isStopping(): boolean
}

/**
 * Origins under which this visitor reaches what it asks for: as it was asked, and the public one. In host mode
 * those of the tunnel; the gateway's own is a stranger to it.
 */
export function ownOrigins(
  { scheme, host }: VisitorContext,
  { publicOrigin, hostMode }: VisitorEnvironment,
): string[] {
  const asked = host === undefined ? undefined : originOf(`${scheme}://${host}`)
  const name = hostMode?.find(host)?.name
  const known = name === undefined ? publicOrigin : publicOrigin && hostMode?.originOf(name, publicOrigin)
  return [asked, known].filter(origin => origin !== undefined)
}
