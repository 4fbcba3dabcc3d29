/**
 * When the agent tries again: the schedule of product rule "control connection" as data, and the pure
 * functions that read it. Chance comes in as an argument in [0, 1). All times in milliseconds.
 */
export const retrySchedule = {
  /** Exponential back-off with full jitter: uniform in [0, min(longest, first · 2^failures)]. */
  backoff: { firstMs: 1_000, longestMs: 60_000 },
  /** No two attempts begin closer than this, whatever the chance or the events. */
  shortestGapMs: 250,
  /** After a wake or a network change: at once, then every `everyMs` for `forMs`; nothing may hang long then. */
  eager: { everyMs: 2_000, forMs: 30_000, connectMs: 5_000, phaseMs: 5_000 },
  /**
   * Looking whether the last proxy can be reached, in a wait that a proxy may have caused: pauses double from `firstMs` to `longestMs`, the
   * jitter shortens them by up to half. A look that takes logins goes on for `dearForMs` only. Without a session in between a return counts once in `newsMs`.
   */
  way: {
    firstMs: 20,
    longestMs: 2_500,
    dearForMs: 600_000,
    newsMs: 600_000,
    connectMs: 2_000,
    lookMs: 5_000,
  },
  /** The deadline of a TCP connect. */
  connectMs: 10_000,
  /** The deadlines of upgrade and handshake; a dial with TLS may take this much longer than its connects. */
  phaseMs: 15_000,
  /** One proxy of a chain and, behind the last, TLS with the gateway. The dial's own deadlines (15 s, 45 s in all) come before it. */
  hopMs: 30_000,
  /**
   * Boxes in between that cut a line which rests: after two cuts in a row at about the same rest, alive packets come at `share`
   * of it. A shorter rest than `leastRestMs` says nothing.
   */
  resting: { leastRestMs: 1_500, share: 2 / 3, shortestAliveMs: 1_000, toleranceMs: 1_000, tolerance: 0.2 },
  /** The name is in use, the admin dropped us, something that is no gateway answered. */
  slow: { shortestMs: 60_000, jitterMs: 60_000 },
  /** Only the user can mend it. The jitter only ever adds. */
  needsUser: { everyMs: 300_000, jitterMs: 30_000, attemptsPerPeriod: 2 },
  /** A session that lived shorter than this does not reset the back-off: a flapping gateway is not hammered. */
  stableMs: 10_000,
  /** What a gateway may ask for by `retryAfterMs`, at most. */
  longestAskedMs: 600_000,
} as const

/** Back-off after so many consecutive failures (0: the first), never under the shortest gap. */
export function backoffMs(failures: number, chance: number): number {
  const { firstMs, longestMs } = retrySchedule.backoff
  const ceiling = Math.min(longestMs, firstMs * 2 ** Math.min(failures, 30))
  return Math.max(retrySchedule.shortestGapMs, ceiling * chance)
}

export function slowMs(chance: number): number {
  return retrySchedule.slow.shortestMs + retrySchedule.slow.jitterMs * chance
}

export function needsUserMs(chance: number): number {
  return retrySchedule.needsUser.everyMs + retrySchedule.needsUser.jitterMs * chance
}

/** What a gateway says of its alive packets, bounded so that no number of its makes us hammer or wait forever. */
export function boundedTerms<T extends { aliveMs: number; deadMs: number }>(terms: T): T {
  const aliveMs = clamp(terms.aliveMs, 100, 60_000)
  return { ...terms, aliveMs, deadMs: clamp(terms.deadMs, 2 * aliveMs, 600_000) }
}

function clamp(value: number, least: number, most: number): number {
  return value >= least ? Math.min(value, most) : least
}

/** A gateway's wish to be left alone, bounded; 0 without one. */
export function askedMs(retryAfterMs: number | undefined): number {
  if (retryAfterMs === undefined || !(retryAfterMs > 0)) return 0
  return Math.min(retryAfterMs, retrySchedule.longestAskedMs)
}
