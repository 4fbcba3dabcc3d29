/**
 * The test of a limit: it shows the limit biting, *and* that whoever met it is served as ever once the cause is gone. The title says both;
 * `tests/policy/limits.test.ts` sees to it that no limit is without.
 */
import { test } from 'vitest'
import type { AgentLimits } from '../../agent/index.ts'
import type { GatewayLimits } from '../../gateway/limits.ts'

export type BittenAndServed = `${string} and ${string}`

/** Of the gateway. */
export function bites(limit: keyof GatewayLimits, how: BittenAndServed, body: () => Promise<void>): void {
  test(`${limit}: ${how}`, body)
}

/** Of the agent (agent/limits.ts), which has its own. */
export function agentBites(limit: keyof AgentLimits, how: BittenAndServed, body: () => Promise<void>): void {
  test(`${limit}: ${how}`, body)
}
