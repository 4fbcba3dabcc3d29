/** What every request of a visitor needs of the gateway. */
import type { Clock, Log } from '../../shared/world.ts'
import type { TunnelDirectory } from '../upstream.ts'
import type { VisitorCounters } from './counters.ts'
import type { VisitorLimits } from './limits.ts'

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
