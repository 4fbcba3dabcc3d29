/** What windows show of a tunnel's visits, as schemas. All texts are chosen by strangers, and shown as text. */
import * as v from 'valibot'

const count = v.pipe(v.number(), v.minValue(0))

export const visitView = v.object({
  /** Its number since the engine started. */
  id: count,
  /** When it was over: milliseconds since 1970, by this PC's clock. */
  at: v.number(),
  address: v.pipe(v.string(), v.maxLength(64)),
  method: v.pipe(v.string(), v.maxLength(32)),
  /** Below the tunnel, without its query; ends in `…` where it was cut. */
  path: v.pipe(v.string(), v.maxLength(255)),
  /** 0: the visitor left before an answer. */
  status: count,
  durationMs: count,
})
export type VisitView = v.InferOutput<typeof visitView>

/** As many as the engine keeps of each tunnel. */
export const keptVisits = 50

export const recentVisits = v.object({
  /** Newest first. */
  visits: v.pipe(v.array(visitView), v.maxLength(keptVisits)),
  /** How many came between these that the gateway did not tell of: there were too many. */
  leftOut: count,
})
export type RecentVisits = v.InferOutput<typeof recentVisits>
