/**
 * What the gateway's dashboard shows, as schemas: declared once, made by the gateway, read by the page. Nothing here has a place for
 * a password, a ticket, a cookie or a query. Texts from outside are shown as text.
 */
import * as v from 'valibot'

const count = v.pipe(v.number(), v.safeInteger(), v.minValue(0))
/** Milliseconds since 1970. */
const moment = v.number()
const text = v.pipe(v.string(), v.maxLength(2048))

const trafficView = v.object({
  /** Since the gateway started. */
  requests: count,
  /** Of these, answered with status 500 and above. */
  errors: count,
  /** Bytes of bodies, from visitors and to them. */
  receivedBytes: count,
  sentBytes: count,
  /** Over the last ten seconds. */
  requestsPerSecond: v.number(),
})

/** `offline`: in balance.bin, but its agent is not here. `direct`: the gateway itself dials the target. */
export const tunnelStates = ['connected', 'direct', 'offline'] as const

export const tunnelView = v.object({
  ...trafficView.entries,
  name: text,
  state: v.picklist(tunnelStates),
  /** False: the session goes on although its entry is gone. */
  isInFile: v.boolean(),
  /** Program and version, and system, as the agent says. */
  agent: v.optional(text),
  os: v.optional(text),
  /** The agent's; of a direct entry the host's that is dialled. */
  address: v.optional(text),
  since: v.optional(moment),
  outer: v.optional(v.picklist(['plain', 'proven', 'unproven'])),
  target: v.optional(text),
  /** Whether the gateway asks visitors for a password; not known while the agent is away. */
  asksVisitors: v.optional(v.boolean()),
  /** Back-connections in use, and requests that wait for one. */
  busy: count,
  waiting: count,
})

/** One request of a visitor. */
export const visitView = v.object({
  at: moment,
  address: text,
  method: text,
  /** Below the tunnel, without its query, shortened where it is long. */
  path: text,
  /** 0: the visitor left before an answer. */
  status: count,
  durationMs: v.number(),
  receivedBytes: count,
  sentBytes: count,
})

/** `limit`: one of ours was exceeded. `refused`: somebody was turned away for another reason. */
export const biteView = v.object({
  kind: v.picklist(['limit', 'refused']),
  name: text,
  count,
  /** Of the last time: when, who, why. */
  lastAt: moment,
  address: text,
  reason: text,
})

export const diagnosticView = v.object({
  severity: v.picklist(['error', 'warning']),
  line: count,
  column: count,
  /** In English. */
  message: text,
  mend: text,
  /** What other languages say it from. */
  wording: v.object({
    text,
    mend: text,
    details: v.record(v.string(), v.union([text, v.number()])),
  }),
  /** The line, secrets masked, and the spot in it, in characters. */
  excerpt: text,
  caret: v.object({ start: count, length: count }),
})

const balanceView = v.object({
  file: text,
  /** Other than `in-force`: the last good settings are. */
  condition: v.picklist(['in-force', 'errors', 'unreadable']),
  takenAt: moment,
  entries: count,
  diagnostics: v.array(diagnosticView),
  /** There may be more than are listed. */
  diagnosticsInAll: count,
})

export const certificateView = v.object({
  /** `listener`: shown by ours. `front`: by what ends TLS before us. */
  place: v.picklist(['listener', 'front']),
  names: v.array(text),
  namesInAll: count,
  issuer: text,
  isSelfSigned: v.boolean(),
  validFrom: moment,
  validTo: moment,
  sha256: text,
})

export const dashboardState = v.object({
  gateway: v.object({
    version: text,
    startedAt: moment,
    /** When this was so, by the gateway's clock. */
    at: moment,
    listeners: v.array(text),
    publicUrl: v.optional(text),
    hostMode: v.optional(text),
    asksForToken: v.boolean(),
    /** It takes nobody any more; requests under way get their time. */
    isStopping: v.boolean(),
    maxSessions: count,
  }),
  traffic: trafficView,
  tunnels: v.array(tunnelView),
  /** There may be more than are listed. */
  tunnelsInAll: count,
  connected: count,
  bites: v.array(biteView),
  balance: balanceView,
  certificates: v.array(certificateView),
})

export const loginForm = v.object({ token: v.pipe(v.string(), v.maxLength(1024)) })

export type TunnelView = v.InferOutput<typeof tunnelView>
export type VisitView = v.InferOutput<typeof visitView>
export type DiagnosticView = v.InferOutput<typeof diagnosticView>
export type CertificateView = v.InferOutput<typeof certificateView>
export type DashboardState = v.InferOutput<typeof dashboardState>
