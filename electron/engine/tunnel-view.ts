/** What the windows are shown of a tunnel, from its entry and what its driver says. Pure. */
import type { TunnelStatus } from '../../agent/index.ts'
import { type AgentEntry, type Hop, printHost, printTarget } from '../../shared/balance/index.ts'
import { TildegateError } from '../../shared/errors.ts'
import type { Problem, TunnelView } from '../../shared/ipc/views.ts'

export interface TunnelFacts {
  readonly entry: AgentEntry
  readonly status: TunnelStatus
  readonly isWanted: boolean
  /** Of the wall clock. */
  readonly now: number
  readonly publicUrl: string | undefined
  readonly traffic: readonly number[]
  readonly title: string | undefined
  readonly visitsTold: number
}

/** Names an entry: one name may stand in the file once for each gateway. */
export function idOf({ name, gateway }: Pick<AgentEntry, 'name' | 'gateway'>): string {
  return `${name}@${gateway.host.toLowerCase()}:${gateway.port}`
}

export function tunnelView({
  entry,
  status,
  isWanted,
  now,
  publicUrl,
  traffic,
  title,
  visitsTold,
}: TunnelFacts): TunnelView {
  const { name, gateway, hops, target, visitors: source } = entry
  const { state, hop, retryInMs, upMs, outer, roundTripMs, visitors, tellsVisits, bytesIn, bytesOut } = status
  const problem = problemOf(status)
  return {
    id: idOf(entry),
    name,
    gateway: `${printHost(gateway.host)}:${gateway.port}`,
    proxies: hops.map(proxyView),
    shares:
      target === undefined
        ? { kind: 'welcome' }
        : { kind: 'service', url: printTarget({ ...target, keepsHost: false }) },
    ...(title === undefined ? {} : { title }),
    ...(publicUrl === undefined ? {} : { publicUrl }),
    isWanted,
    state,
    ...(state === 'dialling' && hop !== undefined ? { hop } : {}),
    ...(problem === undefined ? {} : { problem }),
    ...(retryInMs === undefined ? {} : { retryAt: now + retryInMs }),
    ...(upMs === undefined ? {} : { connectedAt: now - Math.round(upMs) }),
    ...(outer === undefined ? {} : { outer }),
    ...(roundTripMs === undefined ? {} : { roundTripMs }),
    asksVisitors: source !== undefined,
    visitors,
    ...(tellsVisits === undefined ? {} : { tellsVisits }),
    visitsTold,
    bytesIn,
    bytesOut,
    traffic: [...traffic],
  }
}

/** What is to be known of a tunnel that is up (its `outer`) is no problem. */
function problemOf({ state, code, message, details = {}, hop }: TunnelStatus): Problem | undefined {
  if (state === 'established' || code === undefined || message === undefined) return undefined
  const { mend } = new TildegateError(code, details)
  return { code, message, mend, details, ...(hop === undefined ? {} : { hop }) }
}

function proxyView(hop: Hop): TunnelView['proxies'][number] {
  if (hop.kind === 'system') return { kind: 'system' }
  const { kind, host, port, login } = hop
  const address = `${printHost(host)}:${port}`
  if (login === undefined) return { kind, address }
  const { scheme, domain, user } = login
  return { kind, address, login: { scheme, user, ...(domain ? { domain } : {}) } }
}
