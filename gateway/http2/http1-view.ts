/**
 * The head of an HTTP/2 request as HTTP/1.1 would have it, so that all that follows, checks and mapping, is the
 * same. Pure. nghttp2 has refused most of what is refused here (RFC 9113 §8.2, §8.3) before Node tells of a request;
 * this is where it would have become HTTP/1.1, so nothing is believed that could mean something else there.
 */
import { fieldsOf, type RawHeaders } from '../http/header-list.ts'

export interface Http1View {
  readonly method: string
  readonly url: string
  readonly rawHeaders: string[]
  /** What is wrong with it; then nothing else of it counts. */
  readonly malformed: string | undefined
}

const pseudoNames: ReadonlySet<string> = new Set([':method', ':scheme', ':authority', ':path'])
/** RFC 9113 §8.2.2: they speak of a connection, and HTTP/2 has its own ways for that. */
const connectionNames: ReadonlySet<string> = new Set([
  'connection',
  'keep-alive',
  'proxy-connection',
  'transfer-encoding',
  'upgrade',
])
const nameText = /^[!#$%&'*+\-.^_`|~0-9a-z]+$/
const valueText = /^(?:[\x21-\x7e\x80-\xff](?:[\t\x20-\x7e\x80-\xff]*[\x21-\x7e\x80-\xff])?)?$/
const pathText = /^\/[\x21-\x7e]*$/

/** @param hasBody HEADERS did not end the stream */
export function http1View(fields: RawHeaders, hasBody: boolean): Http1View {
  const pseudo = new Map<string, string>()
  const rest: [name: string, value: string][] = []
  for (const [name, value] of fieldsOf(fields)) {
    const isPseudo = name.startsWith(':')
    if (isPseudo && (!pseudoNames.has(name) || pseudo.has(name) || rest.length > 0))
      return malformed('pseudo-header')
    if (isPseudo) pseudo.set(name, value)
    else rest.push([name, value])
  }
  const method = pseudo.get(':method') ?? ''
  const url = pseudo.get(':path') ?? ''
  if (!pathText.test(url)) return malformed('target')
  if (!/^https?$/.test(pseudo.get(':scheme') ?? '')) return malformed('scheme')
  const wrong = wrongField(rest) ?? wrongLength(rest, hasBody)
  if (wrong !== undefined) return malformed(wrong)
  const hosts = rest.filter(([name]) => name === 'host').map(([, value]) => value)
  const authority = pseudo.get(':authority') ?? hosts[0]
  if (hosts.length > 1 || (hosts[0] ?? authority)?.toLowerCase() !== authority?.toLowerCase())
    return malformed('Host')
  const rawHeaders = authority === undefined ? [] : ['Host', authority]
  rawHeaders.push(...joinedCookies(rest).flat())
  if (hasBody && !rest.some(([name]) => name === 'content-length'))
    rawHeaders.push('Transfer-Encoding', 'chunked')
  return { method, url, rawHeaders, malformed: undefined }
}

/** Whether fields behind a body are such as HTTP/1.1 could carry. */
export function areTrailers(fields: RawHeaders): boolean {
  return wrongField([...fieldsOf(fields)]) === undefined
}

function wrongField(fields: readonly (readonly [name: string, value: string])[]): string | undefined {
  for (const [name, value] of fields) {
    if (!nameText.test(name)) return 'name of a field'
    if (!valueText.test(value)) return 'value of a field'
    if (connectionNames.has(name) || (name === 'te' && value.toLowerCase() !== 'trailers')) return name
  }
  return undefined
}

/** A length where no body can follow. What follows is counted as it comes. */
function wrongLength(
  fields: readonly (readonly [name: string, value: string])[],
  hasBody: boolean,
): string | undefined {
  if (hasBody) return undefined
  return fields.some(([name, value]) => name === 'content-length' && !/^0+$/.test(value))
    ? 'length'
    : undefined
}

/** RFC 9113 §8.2.3: one field again, where the first one stood, without `host`, which stands in front. */
function joinedCookies(fields: readonly [name: string, value: string][]): [name: string, value: string][] {
  const crumbs = fields.filter(([name]) => name === 'cookie').map(([, value]) => value)
  let isFirst = true
  return fields.flatMap(([name, value]): [string, string][] => {
    if (name === 'host') return []
    if (name !== 'cookie') return [[name, value]]
    if (!isFirst) return []
    isFirst = false
    return [[name, crumbs.join('; ')]]
  })
}

function malformed(reason: string): Http1View {
  return { method: '', url: '', rawHeaders: [], malformed: reason }
}
