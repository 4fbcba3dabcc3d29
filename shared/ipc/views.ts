/** What windows show, as schemas. Nothing here has a place for a secret. */
import * as v from 'valibot'
import { routeEvent, routeReport } from '../route-report.ts'
import { errorCode, errorDetails, failure } from './reply.ts'

const count = v.pipe(v.number(), v.minValue(0))
/** Milliseconds since 1970. */
const moment = v.number()

/** Names a tunnel within this PC: `name@host:port` of its entry. */
export const tunnelId = v.pipe(v.string(), v.minLength(1), v.maxLength(400))

export const tunnelStates = [
  'idle',
  'dialling',
  'upgrading',
  'proving',
  'established',
  'waiting',
  'needsUser',
  'stopped',
] as const

/** Why a tunnel is not up. */
export const problem = v.object({
  code: errorCode,
  message: v.string(),
  mend: v.string(),
  details: errorDetails,
  /** Which proxy of the way, counted from 1; absent for the gateway itself. */
  hop: v.exactOptional(count),
})
export type Problem = v.InferOutput<typeof problem>

/** A proxy on the way out. */
export const proxyView = v.object({
  kind: v.picklist(['http', 'https', 'socks5', 'system']),
  /** `host:port`; absent for `system`. */
  address: v.exactOptional(v.string()),
  login: v.exactOptional(
    v.object({
      scheme: v.picklist(['basic', 'ntlm']),
      domain: v.exactOptional(v.string()),
      user: v.string(),
    }),
  ),
})

export const sharedThing = v.variant('kind', [
  v.object({ kind: v.literal('service'), url: v.string() }),
  v.object({ kind: v.literal('welcome') }),
])

export const tunnelView = v.object({
  id: tunnelId,
  name: v.string(),
  /** `host:port` */
  gateway: v.string(),
  /** From this PC outwards. */
  proxies: v.array(proxyView),
  shares: sharedThing,
  /** What the user calls the shared thing, or the title of its page. */
  title: v.exactOptional(v.string()),
  /** Known once it was connected. */
  publicUrl: v.exactOptional(v.string()),
  /** What the user wants; `state` is what is. */
  isWanted: v.boolean(),
  state: v.picklist(tunnelStates),
  /** While it dials: the proxy that is being reached, counted from 1. */
  hop: v.exactOptional(count),
  problem: v.exactOptional(problem),
  retryAt: v.exactOptional(moment),
  connectedAt: v.exactOptional(moment),
  outer: v.exactOptional(v.picklist(['plain', 'proven', 'unproven'])),
  roundTripMs: v.exactOptional(count),
  /** Visitors are asked for a password. */
  asksVisitors: v.boolean(),
  /** Visitors whose connection is in use now. */
  visitors: count,
  /** The gateway tells who visits; known while it is connected. */
  tellsVisits: v.exactOptional(v.boolean()),
  /** How many visits it has told of; the last of them are asked for by `tunnels.visits`. */
  visitsTold: count,
  bytesIn: count,
  bytesOut: count,
  /** Bytes of each of the last intervals (`trafficIntervalMs`), the oldest first. */
  traffic: v.array(count),
})
export type TunnelView = v.InferOutput<typeof tunnelView>

export const trafficIntervalMs = 2_000

/** The state of backbalance.bin on this PC. */
export const fileState = v.object({
  path: v.string(),
  /** It is not what the running tunnels were started with. */
  isChanged: v.boolean(),
  errors: count,
  warnings: count,
})
export type FileState = v.InferOutput<typeof fileState>

export const fileText = v.strictObject({
  /** Each password a token (shared/balance/masked-text.ts); lines end in `\n`. */
  text: v.string(),
  /** Which version of the file it came from. */
  revision: v.string(),
})
export type FileText = v.InferOutput<typeof fileText>

export const fileDiagnostic = v.object({
  severity: v.picklist(['error', 'warning']),
  code: v.string(),
  line: count,
  /** Offsets in the text. */
  from: count,
  to: count,
  /** In English. */
  message: v.string(),
  mend: v.string(),
  /** What other languages say it from. */
  wording: v.exactOptional(v.object({ text: v.string(), mend: v.string(), details: errorDetails })),
})
export type FileDiagnostic = v.InferOutput<typeof fileDiagnostic>

export const foundService = v.object({
  port: count,
  url: v.string(),
  /** What usually listens there. */
  name: v.exactOptional(v.string()),
  /** Of its page, as it says itself. */
  title: v.exactOptional(v.string()),
})
export type FoundService = v.InferOutput<typeof foundService>

/** Whom a stored secret is for (agent/secrets/account.ts). */
export const secretAccount = v.variant('kind', [
  v.strictObject({ kind: v.picklist(['tunnel', 'visitors']), name: v.string(), gateway: v.string() }),
  v.strictObject({ kind: v.literal('proxy'), login: v.string(), proxy: v.string() }),
])

export const secretState = v.object({
  kind: v.picklist(['keychain', 'file']),
  isUsable: v.boolean(),
  /** Why it is not, and what helps. */
  failure: v.exactOptional(failure),
})
export type SecretState = v.InferOutput<typeof secretState>

export const keptSecret = v.object({
  account: secretAccount,
  isKept: v.boolean(),
  /** An entry of backbalance.bin asks for it. */
  isNeeded: v.boolean(),
})
export type KeptSecret = v.InferOutput<typeof keptSecret>

export const routeProgress = v.object({
  run: count,
  event: v.variant('kind', [
    ...routeEvent.options,
    v.object({ kind: v.literal('finished'), report: routeReport }),
    /** By the user, or because it took too long. */
    v.object({ kind: v.literal('stopped') }),
  ]),
})
export type RouteProgress = v.InferOutput<typeof routeProgress>

export const activityKinds = [
  'connected',
  'lost',
  'failed',
  'needsUser',
  'turnedOn',
  'turnedOff',
  'added',
  'removed',
  'fileTaken',
  'woke',
  'networkChanged',
  'engineStarted',
] as const

export const activityEvent = v.object({
  at: moment,
  kind: v.picklist(activityKinds),
  /** Absent where it is about this PC as a whole. */
  tunnel: v.exactOptional(v.object({ id: tunnelId, name: v.string() })),
  /** How long it was not connected. */
  awayMs: v.exactOptional(count),
  problem: v.exactOptional(problem),
})
export type ActivityEvent = v.InferOutput<typeof activityEvent>

export const updateState = v.variant('kind', [
  /** This copy is not one that was installed. */
  v.object({ kind: v.literal('unavailable') }),
  v.object({ kind: v.literal('none') }),
  v.object({ kind: v.literal('checking') }),
  v.object({ kind: v.literal('loading'), version: v.string() }),
  /** Put in place at the next start. */
  v.object({ kind: v.literal('ready'), version: v.string() }),
  v.object({ kind: v.literal('failed') }),
])
export type UpdateState = v.InferOutput<typeof updateState>

export const engineState = v.picklist(['starting', 'running', 'restarting', 'stopped'])
export type EngineState = v.InferOutput<typeof engineState>

export const languages = ['en', 'de', 'fr'] as const
export const themes = ['system', 'light', 'dark'] as const

const settingsEntries = {
  /** `system`: what the operating system speaks, else English. */
  language: v.picklist(['system', ...languages]),
  theme: v.picklist(themes),
  startsAtLogin: v.boolean(),
  notifies: v.boolean(),
  updateChannel: v.picklist(['latest', 'beta']),
  logLevel: v.picklist(['error', 'warn', 'info', 'debug']),
  /** Where passwords are kept. */
  secretStore: v.picklist(['keychain', 'file']),
}
export const settings = v.object(settingsEntries)
export type Settings = v.InferOutput<typeof settings>

export const settingsChange = v.strictObject({
  language: v.exactOptional(settingsEntries.language),
  theme: v.exactOptional(settingsEntries.theme),
  startsAtLogin: v.exactOptional(settingsEntries.startsAtLogin),
  notifies: v.exactOptional(settingsEntries.notifies),
  updateChannel: v.exactOptional(settingsEntries.updateChannel),
  logLevel: v.exactOptional(settingsEntries.logLevel),
  secretStore: v.exactOptional(settingsEntries.secretStore),
})

/** Where a window is asked to go: by the tray, by a notification, by a deep link. */
export const destination = v.variant('page', [
  v.object({ page: v.literal('shared') }),
  v.object({ page: v.literal('tunnel'), id: tunnelId }),
  v.object({
    page: v.literal('share'),
    /** From a deep link; it only fills the dialog in. */
    line: v.exactOptional(v.pipe(v.string(), v.maxLength(4_096))),
    /** The tunnel that is to be changed. */
    id: v.exactOptional(tunnelId),
  }),
  v.object({ page: v.literal('activity') }),
  v.object({ page: v.literal('settings') }),
])
export type Destination = v.InferOutput<typeof destination>
