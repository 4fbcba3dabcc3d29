/**
 * What a connection test finds: the stations of a tunnel's route, from this computer to the gateway, and the target. As schemas, so
 * that a window can be shown it too. Nothing here has a place for a secret; words for people are made where they are shown, but
 * for those of the table of errors.
 */
import * as v from 'valibot'
import { type ErrorCode, errorTable } from './errors.ts'

/** In the order in which a route passes them. */
export const stationKinds = [
  /** What this computer says about its proxy. */
  'system-proxy',
  /** The name of the first stop is resolved. */
  'name',
  /** The TCP connection to the first stop. */
  'tcp',
  /** TLS with a proxy (`hop`) or with the gateway. */
  'tls',
  /** A proxy lets us through, login included. */
  'proxy',
  /** The gateway takes the connection for one of ours. */
  'upgrade',
  /** Both sides prove that they know the password. */
  'handshake',
  /** The gateway takes this name from here. */
  'address-rule',
  /** Who can read along, and what keeps them from it. */
  'encryption',
  /** What is shared, dialled from this computer. */
  'target',
] as const
export type StationKind = (typeof stationKinds)[number]

/** `skipped`: not reached, or not there. A warning does not fail the test. */
export const stationStates = ['pending', 'ok', 'warning', 'failed', 'skipped'] as const
export type StationState = (typeof stationStates)[number]

const count = v.pipe(v.number(), v.minValue(0))

export const stationDetail = v.object({
  /** name: what it resolves to. */
  addresses: v.exactOptional(v.array(v.string())),
  /** tcp: the address that answered. */
  address: v.exactOptional(v.string()),
  /** system-proxy: what was said, and by what. */
  said: v.exactOptional(v.string()),
  /** proxy: how it is spoken to. */
  proxy: v.exactOptional(v.picklist(['http', 'https', 'socks5'])),
  /** proxy: Basic, NTLM, Negotiate or password; absent without a login. */
  scheme: v.exactOptional(v.string()),
  /** tls */
  version: v.exactOptional(v.string()),
  /** tls: SHA-256 of the certificate, hex. */
  certSha256: v.exactOptional(v.string()),
  /** tls: an authority that this computer trusts vouches for it. A gateway need not have such a one. */
  trusted: v.exactOptional(v.boolean()),
  /** tls: there is none, and none is needed. */
  plain: v.exactOptional(v.boolean()),
  /** upgrade: the connection is carried in WebSocket messages, for nothing else passes. */
  framing: v.exactOptional(v.literal('websocket')),
  /** encryption: how the gateway judged the outer connection (docs/protocol.md, 4). */
  outer: v.exactOptional(v.picklist(['plain', 'proven', 'unproven'])),
  /** handshake: name and version of the gateway. */
  gateway: v.exactOptional(v.string()),
  /** address-rule: a session of this name is up. It was not disturbed. */
  inUse: v.exactOptional(v.boolean()),
  /** address-rule: the address for visitors. */
  url: v.exactOptional(v.string()),
  /** target: the status of its answer. */
  status: v.exactOptional(v.number()),
  /** target: a site that is built in. */
  site: v.exactOptional(v.string()),
  /** Where it failed: the word of the system or of the other side. */
  reason: v.exactOptional(v.string()),
})
export type StationDetail = v.InferOutput<typeof stationDetail>

const errorCode = v.custom<ErrorCode>(code => typeof code === 'string' && Object.hasOwn(errorTable, code))

export const station = v.object({
  /** Unique within a report, and the same in each report of the same route: `proxy-2`, `tls-1`, `tls`. */
  id: v.string(),
  kind: v.picklist(stationKinds),
  /** What stands there: `host:port`, the name of the tunnel, the URL of the target. */
  label: v.string(),
  /** The proxy that it belongs to, counted from 1 as in the entry; absent at the gateway and the target. */
  hop: v.exactOptional(count),
  state: v.picklist(stationStates),
  /** How long it took, to a tenth of a millisecond. */
  ms: v.exactOptional(count),
  code: v.exactOptional(errorCode),
  message: v.exactOptional(v.string()),
  /** What to do about it. */
  mend: v.exactOptional(v.string()),
  /** What the words of `code` are filled with, for whoever says them in another language. */
  details: v.exactOptional(v.record(v.string(), v.union([v.string(), v.number()]))),
  detail: stationDetail,
})
export type Station = v.InferOutput<typeof station>

export const routeReport = v.object({
  /** The tunnel's name. */
  tunnel: v.string(),
  /** `host:port` */
  gateway: v.string(),
  /** No station failed. */
  ok: v.boolean(),
  ms: count,
  stations: v.array(station),
})
export type RouteReport = v.InferOutput<typeof routeReport>

/** How a test goes on. The report holds it all once more. */
export const routeEvent = v.variant('kind', [
  /** All stations; comes again where the system's proxies change the route. */
  v.object({ kind: v.literal('planned'), stations: v.array(station) }),
  v.object({ kind: v.literal('begun'), id: v.string() }),
  v.object({ kind: v.literal('settled'), station }),
])
export type RouteEvent = v.InferOutput<typeof routeEvent>
