/** How a gateway ends: in order, or by handing over to a newer one at the same ports. */
import type { Clock } from '../shared/world.ts'
import { atMost } from './at-most.ts'
import type { AgentsSide } from './control/agents-side.ts'
import type { VisitorSide } from './http/visitor-side.ts'
import type { GatewayLimits } from './limits.ts'
import type { FrontDoor } from './listen/front-door.ts'
import type { Listener } from './listen/listener.ts'
import type { ReturningTunnels } from './tunnel/returning.ts'

export interface EndingParts {
  readonly agents: AgentsSide
  readonly returning: ReturningTunnels
  readonly listeners: readonly Listener[]
  readonly visitors: VisitorSide
  readonly door: FrontDoor
  readonly limits: Pick<GatewayLimits, 'stopMs' | 'stopIdleMs' | 'handOverMs'>
  readonly clock: Clock
}

/** Nothing new; what is under way gets its time, and then agents are told to come back. */
export async function stopInOrder(parts: EndingParts): Promise<void> {
  const { agents, visitors, door, limits, clock } = parts
  takeNothingNew(parts)
  // Whose request is on its way at this moment gets its answer: one that says that it is the last.
  const idleMs = Math.min(limits.stopIdleMs, limits.stopMs)
  await atMost(door.drain(), idleMs, clock)
  door.closeIdle()
  await atMost(visitors.close(), limits.stopMs - idleMs, clock)
  await agents.stop()
}

/**
 * A newer gateway takes connections at our ports: agents go there at once, and visitors with their next connection. Nobody waits for
 * what is still served here, so that it may take long; connections that rest are closed when they have rested as long as ever.
 */
export async function serveOut(parts: EndingParts): Promise<void> {
  const { agents, visitors, door, limits, clock } = parts
  takeNothingNew(parts)
  agents.handOver()
  await atMost(
    door.drain().then(() => visitors.close()),
    limits.handOverMs,
    clock,
  )
}

function takeNothingNew({ agents, returning, listeners, visitors }: EndingParts): void {
  agents.refuseNew()
  returning.close()
  for (const listener of listeners) listener.stopAccepting()
  void visitors.close()
}
