/** When a certificate is asked for: pure reckoning. All times are milliseconds since 1970. */
import { X509Certificate } from 'node:crypto'
import type { TildegateError } from '../../shared/errors.ts'

/** So that many gateways that began together do not come together. */
const jitterOfLife = 0.02
const hourMs = 3_600_000

/** Two thirds of its life, and a little more by chance. @param chance in [0, 1) */
export function renewalDue(cert: string, chance: number): number {
  const leaf = new X509Certificate(cert)
  const begin = Date.parse(leaf.validFrom)
  const life = Date.parse(leaf.validTo) - begin
  return begin + life * (2 / 3 + jitterOfLife * chance)
}

export interface BackOff {
  readonly acmeRetryMs: number
  readonly acmeRetryMaxMs: number
}

/**
 * How long to wait after so many failures in a row, the last of which was `failure`. Doubles, and takes up to half as much again by
 * chance. Five failed challenges of a name in an hour are what Let's Encrypt allows; the first five take half an hour. What the
 * authority itself says is kept to; an authority that is out of reach is tried every hour at least.
 */
export function waitAfter(
  failures: number,
  failure: TildegateError,
  chance: number,
  { acmeRetryMs, acmeRetryMaxMs }: BackOff,
): { waitMs: number; isOrdered: boolean } {
  const isOutOfReach =
    failure.code === 'acme-directory-unreachable' || failure.code === 'acme-state-unwritable'
  const longest = isOutOfReach ? Math.min(hourMs, acmeRetryMaxMs) : acmeRetryMaxMs
  const ownMs = Math.min(longest, acmeRetryMs * 2 ** Math.min(failures - 1, 20)) * (1 + chance / 2)
  const { retryAfterMs } = failure.details
  if (typeof retryAfterMs === 'number')
    return { waitMs: Math.max(ownMs, retryAfterMs), isOrdered: retryAfterMs > 0 }
  if (failure.code === 'acme-rate-limited') return { waitMs: Math.max(ownMs, hourMs), isOrdered: true }
  return { waitMs: ownMs, isOrdered: false }
}
