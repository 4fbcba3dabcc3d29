/** The limits of the agent's side; those of the wire stand in shared/protocol/limits.ts. */
import { protocolLimits } from '../shared/protocol/limits.ts'

export const agentLimits = {
  /** Back-connections of a session, being opened or open. */
  backConnections: protocolLimits.backConnections,
  /** From OPEN until the back-connection carries bytes; the ticket is dead by then. */
  openMs: protocolLimits.ticketMs,
  /** An idle spare; longer than the gateway's own limit, which so decides. */
  idleSpareMs: protocolLimits.idleSpareMs + 15_000,
  upgradeMs: 10_000,
} as const

export type AgentLimits = { readonly [K in keyof typeof agentLimits]: number }
