/** What every request of a visitor needs of the gateway. */
import type { Clock, Log } from '../../shared/world.ts'
import type { TunnelDirectory } from '../upstream.ts'
import type { VisitorCounters } from './counters.ts'
import type { VisitorLimits } from './limits.ts'
import type { VisitorContext } from './request-mapping.ts'
import { originOf } from './url-mapping.ts'

export interface VisitorEnvironment {
  readonly directory: TunnelDirectory
  readonly clock: Clock
  readonly log: Log
  readonly limits: VisitorLimits
  /** `https://gateway.example`, where visitors reach the gateway under another name than they say. */
  readonly publicOrigin: string | undefined
  readonly counters: VisitorCounters
  /** The gateway stops: answers close their connections. */
  isStopping(): boolean
}

/** Origins under which this visitor reaches the gateway: the one that was asked, and the public one. */
export function ownOrigins(
  { scheme, host }: VisitorContext,
  { publicOrigin }: Pick<VisitorEnvironment, 'publicOrigin'>,
): string[] {
  const asked = host === undefined ? undefined : originOf(`${scheme}://${host}`)
  return [asked, publicOrigin].filter(origin => origin !== undefined)
}
