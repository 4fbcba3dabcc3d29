/**
 * Boxes in between that cut a line which rests (a proxy after 10 s, say): how the session machine learns to send its alive packets
 * more often. More often than the gateway asks for is always allowed.
 */
import { retrySchedule } from './retry.ts'
import type { Established, Memory, Terms } from './state.ts'

/** How often alive packets come on this line. */
export function aliveMsOf({ aliveMs }: Terms, memory: Memory): number {
  return Math.min(aliveMs, memory.aliveMs ?? aliveMs)
}

/** The line was cut off, or fell silent, after it had rested so long. One such cut may be chance; two alike are not. */
export function noticedCut({ terms, memory }: Established & { memory: Memory }, restedMs: number): Memory {
  const { leastRestMs, share, shortestAliveMs, toleranceMs, tolerance } = retrySchedule.resting
  const { cutAfterMs: before, ...rest } = memory
  // A longer rest than there can be between two alive packets is that of a computer that slept.
  const isTelling = restedMs >= leastRestMs && restedMs <= terms.aliveMs + toleranceMs
  if (!isTelling) return rest
  const isAlike =
    before !== undefined && Math.abs(before - restedMs) <= Math.max(toleranceMs, tolerance * restedMs)
  if (!isAlike) return { ...memory, cutAfterMs: restedMs }
  const aliveMs = Math.max(shortestAliveMs, Math.floor(Math.min(before, restedMs) * share))
  return { ...rest, aliveMs: Math.min(aliveMs, aliveMsOf(terms, memory)) }
}

export function withoutCuts({ aliveMs: _, cutAfterMs: __, ...memory }: Memory): Memory {
  return memory
}
