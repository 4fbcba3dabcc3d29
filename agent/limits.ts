/** The limits of the agent's side; those of the wire stand in shared/protocol/limits.ts. */
import { protocolLimits } from '../shared/protocol/limits.ts'

export const agentLimits = {
  /** Back-connections of a session, being opened or open; the gateway's own limit decides, which an admin may raise. */
  backConnections: 4 * protocolLimits.backConnections,
  /** From OPEN until the back-connection carries bytes; the ticket is dead by then. */
  openMs: protocolLimits.ticketMs,
  /** An idle spare; longer than the gateway's own limit, which so decides. */
  idleSpareMs: protocolLimits.idleSpareMs + 15_000,
  upgradeMs: 10_000,
  /** The keychain's answer to an attempt; shorter than any dial, so that it is named when it is what hangs. */
  keychainMs: 8_000,
  /** The same where the secret that it gave earlier is still at hand. */
  keychainRenewMs: 2_000,
  /** The window in which a keychain asks for its password, before it is taken away. */
  keychainPromptMs: 120_000,
} as const

export type AgentLimits = { readonly [K in keyof typeof agentLimits]: number }
