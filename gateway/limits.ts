/**
 * All limits of the gateway in one table: default, unit and reason as data, so that docs/config.md can be
 * checked against it. Each may be overridden by the configuration under the same name.
 */
import { protocolLimits } from '../shared/protocol/limits.ts'
import { gateLimitTable } from './gate/limits.ts'
import { visitorLimitTable } from './http/limits.ts'

export type LimitUnit = 'ms' | 'bytes' | 'count' | 'per minute' | 'percent'

export interface LimitRow {
  readonly value: number
  readonly unit: LimitUnit
  /** What it protects, or why it is what it is. */
  readonly reason: string
}

function limit(value: number, unit: LimitUnit, reason: string): LimitRow {
  return { value, unit, reason }
}

export const gatewayLimitTable = {
  ...visitorLimitTable,
  ...gateLimitTable,

  connections: limit(16_384, 'count', 'TCP connections open at once at each listener'),
  connectionsPerAddress: limit(
    4_096,
    'count',
    'of one address (IPv6: one /64) at all listeners, trusted fronts and this computer not counted; a large office behind one address has some thousand',
  ),
  proxyHeaderMs: limit(5_000, 'ms', 'a front proxy sends its PROXY header at once'),
  proxyHeaderBytes: limit(4_096, 'bytes', 'a PROXY v2 header with its TLVs; v1 ends at 107'),
  tlsHandshakeMs: limit(10_000, 'ms', 'a TLS handshake on a listener, slow lines included'),
  tlsTicketMs: limit(3_600_000, 'ms', 'how long a visitor may resume a TLS session'),
  tlsTicketKeyMs: limit(
    12 * 3_600_000,
    'ms',
    'the life of the key that seals session tickets; those of the one before are not taken',
  ),
  acmeRequestMs: limit(30_000, 'ms', 'one request to a certificate authority'),
  acmePollMs: limit(2_000, 'ms', 'between two looks at an order of ours; longer where the authority says so'),
  acmeOrderMs: limit(600_000, 'ms', 'a whole order: challenges looked at, certificate made'),
  acmeRetryMs: limit(
    120_000,
    'ms',
    'until an order is tried again that failed; doubles, and takes up to half as much again by chance',
  ),
  acmeRetryMaxMs: limit(6 * 3_600_000, 'ms', 'the longest of these waits; an authority may ask for more'),
  acmeLookMs: limit(3_600_000, 'ms', 'how often it is looked whether a certificate is due'),
  certificateBytes: limit(1024 * 1024, 'bytes', 'the size of a certificate or key file'),
  certificateLookMs: limit(
    60_000,
    'ms',
    'how often the files of the certificate are looked at where no change was noticed',
  ),
  stopMs: limit(30_000, 'ms', 'requests in flight at a graceful stop'),
  stopIdleMs: limit(
    1_000,
    'ms',
    'of that: a visitor’s connection that rests is kept for a request that is on its way',
  ),
  handOverMs: limit(
    3_600_000,
    'ms',
    'what is still under way at a gateway that has handed over to a newer one; nobody waits for it',
  ),

  handshakeMs: limit(protocolLimits.handshakeMs, 'ms', 'the whole handshake of a control connection'),
  unfinishedHandshakesPerAddress: limit(
    protocolLimits.unfinishedHandshakesPerAddress,
    'count',
    'control connections without a finished handshake from one address; many agents share one NAT',
  ),
  unfinishedHandshakes: limit(
    protocolLimits.unfinishedHandshakes,
    'count',
    'the same, all addresses together',
  ),
  failedGuessesPerNameAndAddressPerMinute: limit(
    protocolLimits.failedGuessesPerNameAndAddressPerMinute,
    'per minute',
    'wrong passwords for one name from one address (IPv6: one /64)',
  ),
  failedGuessesPerAddressPerMinute: limit(
    protocolLimits.failedGuessesPerAddressPerMinute,
    'per minute',
    'wrong passwords from one address (IPv6: one /64), all names together',
  ),
  countedAddresses: limit(65_536, 'count', 'addresses remembered by each of the counters; the oldest leaves'),
  curveQueue: limit(protocolLimits.curveQueue, 'count', 'handshakes that wait for curve work'),
  curveQueueMs: limit(protocolLimits.curveQueueMs, 'ms', 'how long one waits for curve work'),

  sessions: limit(10_000, 'count', 'tunnels that are connected at once'),
  aliveMs: limit(protocolLimits.aliveMs, 'ms', 'how often an agent sends its alive packet'),
  deadMs: limit(protocolLimits.deadMs, 'ms', 'silence after which a control connection is invalid'),
  resolveMs: limit(5_000, 'ms', 'resolving the domain of an address rule'),
  goodbyeMs: limit(2_000, 'ms', 'for a last frame to leave before the connection is cut'),

  returnMs: limit(
    10_000,
    'ms',
    'from a start on: requests for tunnels that are not connected, known or not, wait for agents to come back',
  ),
  returnWaiters: limit(1_000, 'count', 'requests that wait so, all tunnels together'),
  ticketMs: limit(protocolLimits.ticketMs, 'ms', 'the life of a ticket'),
  pendingTickets: limit(
    protocolLimits.pendingTickets,
    'count',
    'tickets of one session that wait for their connection',
  ),
  ticketRetries: limit(2, 'count', 'further tickets for one connection when a stranger burnt the one before'),
  innerTlsMs: limit(10_000, 'ms', 'the inner TLS handshake and the proof in it'),
  endedMs: limit(2_000, 'ms', 'waiting for the agent’s word that a body ended in order'),

  backConnections: limit(protocolLimits.backConnections, 'count', 'back-connections of one session'),
  idleConnectionMs: limit(
    protocolLimits.idleSpareMs,
    'ms',
    'an idle back-connection; proxies between may cut it sooner',
  ),
  sparesMin: limit(2, 'count', 'warm back-connections of a tunnel that rests'),
  sparesMax: limit(8, 'count', 'warm back-connections of a tunnel under load'),
  spareDecayMs: limit(30_000, 'ms', 'without a visitor who had to wait, one spare less'),
  spareRetryMs: limit(5_000, 'ms', 'pause after a spare could not be opened; doubles up to a minute'),
  addressSharePercent: limit(
    75,
    'percent',
    'of a tunnel’s connections, and of the requests that wait for one, for one address (IPv6: one /64), WebSockets included: the rest is for others',
  ),
  poolWaiters: limit(512, 'count', 'requests of one tunnel that wait for a connection'),
  poolWaitMs: limit(
    18_000,
    'ms',
    'how long one of them waits: longer than a ticket lives, shorter than acquireMs',
  ),
  directConnections: limit(256, 'count', 'connections to the host of one direct entry'),
  directDialMs: limit(10_000, 'ms', 'dialling the host of a direct entry, TLS included'),

  visitsOfTunnel: limit(50, 'count', 'last requests of one tunnel that the dashboard shows'),
  visitsInAll: limit(
    10_000,
    'count',
    'the same, all tunnels together; the one not visited for longest forgets first',
  ),
  visitsTold: limit(
    20,
    'count',
    'visits in one message to the agent whose tunnel it is, the latest ones, at most 32; 0: agents are told of none',
  ),
  visitsToldMs: limit(1_000, 'ms', 'from one such message to the next'),
  dashboardTunnels: limit(1_000, 'count', 'tunnels that the dashboard lists, the connected ones first'),
  dashboardStreams: limit(16, 'count', 'dashboards that are open at once'),
  dashboardStalledMs: limit(30_000, 'ms', 'a dashboard that does not read what it is told'),
  adminLogins: limit(32, 'count', 'logins at the dashboard that hold at once; the oldest leaves'),
  adminLoginMs: limit(12 * 3_600_000, 'ms', 'how long a login at the dashboard holds'),
  wrongTokensPerAddressPerMinute: limit(
    10,
    'per minute',
    'wrong tokens at the admin listener from one address (IPv6: one /64)',
  ),

  refreshQuietMs: limit(300, 'ms', 'balance.bin must rest this long before it is taken up'),
  refreshUnfinishedMs: limit(
    2_000,
    'ms',
    'the same where its writer is probably not done: it shrank, is gone, or ends within a line',
  ),
  refreshLookMs: limit(10_000, 'ms', 'how often balance.bin is looked at where no change was noticed'),
  balanceBytes: limit(16 * 1024 * 1024, 'bytes', 'the size of balance.bin'),
} as const satisfies Record<string, LimitRow>

type GatewayLimitName = keyof typeof gatewayLimitTable
export type GatewayLimits = { readonly [K in GatewayLimitName]: number }

const gatewayLimitDefaults = Object.fromEntries(
  Object.entries(gatewayLimitTable).map(([name, row]) => [name, row.value]),
) as GatewayLimits

/** The defaults with what the configuration sets. @throws RangeError for an unknown name and for a value that is no whole number */
export function gatewayLimits(overrides: Partial<GatewayLimits> = {}): GatewayLimits {
  for (const [name, value] of Object.entries(overrides)) {
    if (!Object.hasOwn(gatewayLimitTable, name)) {
      throw new RangeError(`The limit ${name} is not known; docs/config.md has all of them.`)
    }
    if (!Number.isSafeInteger(value) || value < 0) {
      throw new RangeError(`The limit ${name} must be a whole number from 0 on, not ${value}.`)
    }
  }
  return { ...gatewayLimitDefaults, ...overrides }
}
