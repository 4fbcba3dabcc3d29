/** How long to wait before a fallen engine is started again: at once the first time, then ever longer. */
const firstMs = 250
const longestMs = 30_000
const steadyMs = 60_000

export const restartDelayMs = {
  /** `falls`: how often in a row, this one included. */
  after: (falls: number) => Math.min(longestMs, firstMs * 2 ** (falls - 1)),
  /** It has lived long enough for the fall to count as the first. */
  isSteady: (livedMs: number) => livedMs >= steadyMs,
}
