/**
 * What a visitor's password is checked against, as HELLO carries it (docs/protocol.md, 3): salt and parameters of scrypt
 * (RFC 7914) and its result. What it costs to check is bounded here by the form, and by the gateway's own limit.
 */
import * as v from 'valibot'

const hex = (bytes: number) => v.pipe(v.string(), v.regex(new RegExp(`^[0-9a-fA-F]{${2 * bytes}}$`)))

export const verifierSchema = v.object({
  /** N, a power of two. */
  n: v.picklist([2 ** 15, 2 ** 16, 2 ** 17]),
  r: v.literal(8),
  p: v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(8)),
  salt: hex(16),
  hash: hex(32),
})

export type VisitorVerifier = v.InferOutput<typeof verifierSchema>

/** What the agent takes: 32 MiB for each check, three times over. */
export const verifierParameters = { n: 2 ** 15, r: 8, p: 3 } as const

/** Of one check, in units of 1024 bytes that are mixed once. */
export function costOf({ n, p }: Pick<VisitorVerifier, 'n' | 'p'>): number {
  return n * p
}
