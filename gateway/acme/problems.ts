/** What an authority says when it refuses (RFC 7807, RFC 8555 §6.7), in our own words and with its. */
import { TildegateError } from '../../shared/errors.ts'

/** An answer that is an error. */
export interface Refusal {
  readonly status: number
  readonly body: unknown
  /** How long not to ask again, where the authority says so. */
  readonly retryAfterMs: number | undefined
}

const prefix = 'urn:ietf:params:acme:error:'
/** Its words go into our log: a line, and not a long one. */
const wordsMax = 500

const aboutNames: ReadonlySet<string> = new Set([
  'rejectedIdentifier',
  'unsupportedIdentifier',
  'caa',
  'dns',
  'malformedIdentifier',
])

export function refusedBy(directory: string, { status, body, retryAfterMs }: Refusal): TildegateError {
  const type = typeOf(body)
  const reason = wordsOf(body) ?? `status ${status}`
  const details = { reason, ...(retryAfterMs === undefined ? {} : { retryAfterMs }) }
  if (type === 'rateLimited' || status === 429) return new TildegateError('acme-rate-limited', details)
  if (type === 'userActionRequired') return new TildegateError('acme-terms', details)
  if (type !== undefined && aboutNames.has(type)) return new TildegateError('acme-names-refused', details)
  if (status >= 500 || type === undefined)
    return new TildegateError('acme-directory-unreachable', { ...details, directory })
  return new TildegateError('acme-refused', details)
}

/** Whether the library asks again by itself: with a fresh nonce, which came with this answer (RFC 8555 §6.5). */
export function isBadNonce({ status, body }: Refusal): boolean {
  return status === 400 && typeOf(body) === 'badNonce'
}

/** What the authority says of a challenge that failed, or of an order. */
export function wordsOf(problem: unknown): string | undefined {
  if (typeof problem !== 'object' || problem === null) return undefined
  const { detail, subproblems } = problem as { detail?: unknown; subproblems?: unknown }
  const further = Array.isArray(subproblems) ? subproblems.map(wordsOf) : []
  const words = [typeof detail === 'string' ? detail : undefined, ...further].filter(
    text => text !== undefined,
  )
  if (words.length === 0) return undefined
  return words
    .join('; ')
    .replace(/\p{Cc}/gu, ' ')
    .slice(0, wordsMax)
    .replace(/[.\s]+$/, '')
}

function typeOf(problem: unknown): string | undefined {
  const type = (problem as { type?: unknown } | null | undefined)?.type
  return typeof type === 'string' && type.startsWith(prefix) ? type.slice(prefix.length) : undefined
}
