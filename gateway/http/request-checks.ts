/**
 * What is refused with 400 before anything of a request is passed on. Node's parser (llhttp, strict) already
 * refuses conflicting lengths, bare line ends, folded lines and control characters; here is what it lets
 * through although another server might read it differently (RFC 9112 §3.2, §6.1, §6.3, §11.2).
 */
import { METHODS } from 'node:http'
import { TildegateError } from '../../shared/errors.ts'
import { type RawHeaders, valuesOf } from './header-list.ts'

export interface RawRequest {
  readonly method?: string | undefined
  readonly url?: string | undefined
  readonly httpVersion: string
  readonly rawHeaders: RawHeaders
}

/** How the body's end is marked, kept as the visitor sent it. */
export type BodyFraming = 'none' | 'length' | 'chunked'

export interface CheckedRequest {
  readonly method: string
  /** Path and query as they were sent, of an absolute-form target without scheme and authority. */
  readonly target: string
  readonly body: BodyFraming
}

/** Node cuts the list of fields here without a word, so a longer list cannot be believed. */
const FIELDS_MAX = 1000
const authorityText = /^(?:\[[0-9a-fA-F:.]+\]|[A-Za-z0-9._~!$&'()*+,;=%-]+)(?::\d{0,5})?$/
const methods: ReadonlySet<string> = new Set(METHODS)

/** @throws TildegateError request-malformed */
export function checkRequest(request: RawRequest): CheckedRequest {
  const { rawHeaders, httpVersion, method = '' } = request
  if (httpVersion !== '1.1' && httpVersion !== '1.0') throw malformed('version')
  if (!methods.has(method) || method === 'CONNECT') throw malformed('method')
  if (rawHeaders.length >= 2 * FIELDS_MAX) throw malformed('too many header fields')
  const host = checkHost(rawHeaders, httpVersion)
  return { method, target: originForm(request.url ?? '', host), body: checkFraming(rawHeaders, httpVersion) }
}

function checkHost(headers: RawHeaders, httpVersion: string): string | undefined {
  const hosts = valuesOf(headers, 'host')
  if (hosts.length > 1 || (hosts.length === 0 && httpVersion === '1.1')) throw malformed('Host')
  const host = hosts[0]
  if (host !== undefined && host !== '' && !authorityText.test(host)) throw malformed('Host')
  return host
}

function checkFraming(headers: RawHeaders, httpVersion: string): BodyFraming {
  const lengths = valuesOf(headers, 'content-length')
  const codings = valuesOf(headers, 'transfer-encoding')
  if (codings.length > 0) {
    if (lengths.length > 0) throw malformed('length and coding')
    if (httpVersion === '1.0') throw malformed('coding in HTTP/1.0')
    if (codings.length > 1 || codings[0]?.toLowerCase() !== 'chunked') throw malformed('coding')
    return 'chunked'
  }
  if (lengths.length > 1 || !lengths.every(length => /^\d{1,16}$/.test(length))) throw malformed('length')
  return lengths.length === 0 || Number(lengths[0]) === 0 ? 'none' : 'length'
}

/** RFC 9112 §3.2: origin-form, or absolute-form whose authority is that of `Host`. No fragment, no `*`. */
function originForm(url: string, host: string | undefined): string {
  if (url.includes('#')) throw malformed('target')
  if (url.startsWith('/')) return url
  const [, authority = '', rest = ''] = /^https?:\/\/([^/?]*)(.*)$/i.exec(url) ?? []
  if (authority === '' || !authorityText.test(authority)) throw malformed('target')
  if (host !== undefined && host.toLowerCase() !== authority.toLowerCase()) throw malformed('Host')
  return rest.startsWith('/') ? rest : `/${rest}`
}

function malformed(reason: string): TildegateError {
  return new TildegateError('request-malformed', { reason })
}
