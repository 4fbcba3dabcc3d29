/** A tunnel of this computer, as those see it who make and watch one. */
import type { Dialer } from '../net/dial/index.ts'
import type { SessionView } from '../shared/session/index.ts'
import type { Clock, Log, Random } from '../shared/world.ts'
import type { BackTraffic } from './back/back-connections.ts'
import type { PasswordSource, TunnelEntry, VisitorPasswordSource } from './entry.ts'
import type { Framing, FramingMemory } from './framing.ts'
import type { AgentLimits } from './limits.ts'
import type { Target } from './targets/target.ts'
import type { OnVisits } from './visitors/heard-visits.ts'
import type { VisitorSaltSource } from './visitors/visitor-salts.ts'

export interface TunnelOptions {
  readonly entry: TunnelEntry
  readonly passwordOf: PasswordSource
  /** Without it, entries that ask their visitors for a password are not shared. */
  readonly visitorPasswordOf?: VisitorPasswordSource
  /** Without it, visitors log in anew at each start of the agent. */
  readonly visitorSaltOf?: VisitorSaltSource
  readonly dialer: Dialer
  /** What to share where the entry names no target; else the welcome page. */
  readonly target?: Target
  /** Name and version, told to the gateway. */
  readonly agent: string
  readonly clock: Clock
  readonly random: Random
  readonly log: Log
  readonly limits?: Partial<AgentLimits>
  /** Shared by all tunnels of the process: what was found out of a route holds for all that take it. */
  readonly framings?: FramingMemory
  /** Who visits. Without it, the gateway is not asked to tell. */
  readonly onVisits?: OnVisits
}

/** A change of what is to be shown. */
export type TunnelState = SessionView & { readonly tunnel: string }

export type TunnelStatus = TunnelState &
  BackTraffic & {
    /** Of the latest alive packet, milliseconds. */
    readonly roundTripMs?: number
    /** How long the session has lived, milliseconds. */
    readonly upMs?: number
    /** Of the session's control connection. */
    readonly framing?: Framing
    /** The gateway of the session tells who visits. */
    readonly tellsVisits?: boolean
  }

export interface Tunnel {
  readonly name: string
  /** The user wants it up. */
  start(): void
  /** The computer woke up, or its network changed: try at once. */
  wake(): void
  networkChanged(): void
  /** The user asks to try again now; what only the user can mend is tried twice in 5 minutes at most. */
  retryNow(): void
  /** Tells the gateway (CLOSE 0) and drops all back-connections; resolves when the channel is closed, within 5 s. */
  close(): Promise<void>
  destroy(): void
  /** Calls the listener at each change; the result takes it off. */
  onState(listener: (state: TunnelState) => void): () => void
  status(): TunnelStatus
}
