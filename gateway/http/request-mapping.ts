/** The head of a visitor's request, as the target gets it (RFC 9110 §7.6). A pure function. */

import type { Front } from '../listen/connection-peer.ts'
import { mapCookie } from './cookie-mapping.ts'
import { fieldsOf, type RawHeaders, singleHopNames, tokensOf, valuesOf } from './header-list.ts'
import type { BodyFraming } from './request-checks.ts'
import { isTraceField, traceIdOf } from './trace-context.ts'
import { isOfOtherTunnel, ownOrigin, type TwoViews, targetOrigin, toTargetUrl } from './url-mapping.ts'

export interface VisitorContext {
  /** Of the visitor, as the listener found it. */
  readonly address: string
  readonly scheme: 'http' | 'https'
  /** Host and port under which the visitor asked. */
  readonly host: string | undefined
  readonly front?: Front | undefined
}

export interface VisitorHead {
  readonly method: string
  readonly rawHeaders: RawHeaders
  readonly httpVersion: string
  readonly body: BodyFraming
  /** The connection may become another protocol: `Upgrade` is passed on. */
  readonly isUpgrade: boolean
}

export interface TargetHead {
  readonly method: string
  /** Of the origin-form request target, the whole. */
  readonly path: string
  readonly headers: string[]
  readonly isUpgrade: boolean
}

/**
 * A visitor's own word on these is replaced by ours or dropped. Underscores count as hyphens: behind CGI and
 * WSGI both arrive as one name.
 */
const untrusted = /^(?:x-forwarded-.*|x-real-ip|forwarded|proxy|x-original-url|x-rewrite-url)$/

export function mapRequestHead(head: VisitorHead, views: TwoViews, context: VisitorContext): TargetHead {
  const { target, prefix, isOwnOrigin } = views
  const dropped = singleHopNames(head.rawHeaders)
  const hasTrace = traceIdOf(head.rawHeaders) !== undefined
  const host = target.keepsHost
    ? (context.host ?? valuesOf(head.rawHeaders, 'host')[0] ?? target.authority)
    : target.authority
  const headers: string[] = []
  let hasHost = false
  for (const [name, value] of fieldsOf(head.rawHeaders)) {
    const lower = name.toLowerCase()
    if (lower === 'host') {
      headers.push(name, host)
      hasHost = true
    } else if (lower === 'transfer-encoding') {
      // One chunked coding is all that `checkRequest` lets through; it stays where it stood.
      headers.push(name, 'chunked')
    } else if (lower === 'upgrade') {
      if (head.isUpgrade) headers.push(name, value)
    } else if (!dropped.has(lower) && !untrusted.test(lower.replaceAll('_', '-'))) {
      // One that is malformed, or the state of none.
      if (hasTrace || !isTraceField(lower)) pushMapped(headers, name, lower, value, head, views)
    }
  }
  if (!hasHost) headers.unshift('Host', host)
  headers.push('X-Forwarded-For', context.address, 'X-Forwarded-Proto', context.scheme)
  if (context.host !== undefined) headers.push('X-Forwarded-Host', context.host)
  if (!isOwnOrigin) headers.push('X-Forwarded-Prefix', prefix.slice(0, -1))
  // Whether the visitor takes trailers is for the target to know (RFC 9110 §10.1.4); nothing else of TE is.
  const takesTrailers = tokensOf(head.rawHeaders, 'te').includes('trailers')
  if (takesTrailers) headers.push('TE', 'trailers')
  const options = [head.isUpgrade ? 'Upgrade' : 'keep-alive', ...(takesTrailers ? ['TE'] : [])]
  headers.push('Connection', options.join(', '))
  return { method: head.method, path: views.askedPath, headers, isUpgrade: head.isUpgrade }
}

function pushMapped(
  headers: string[],
  name: string,
  lower: string,
  value: string,
  head: VisitorHead,
  views: TwoViews,
): void {
  switch (lower) {
    case 'origin': {
      const isOurs = views.visitorOrigins.includes(value.toLowerCase())
      // A page of another tunnel is a stranger to this target, although the browser sees one origin.
      const isOwn = isOurs && !valuesOf(head.rawHeaders, 'referer').some(url => isOfOtherTunnel(url, views))
      headers.push(name, isOwn && !views.target.keepsHost ? targetOrigin(views.target) : value)
      break
    }
    case 'referer': {
      // Of a page of another tunnel only the origin is told, as between any two sites.
      const origin = ownOrigin(value, views)
      headers.push(name, toTargetUrl(value, views) ?? (origin === undefined ? value : `${origin}/`))
      break
    }
    case 'destination':
      // WebDAV's other URL (RFC 4918 §10.3).
      headers.push(name, toTargetUrl(value, views) ?? value)
      break
    case 'cookie': {
      const cookies = mapCookie(value, views)
      if (cookies !== undefined) headers.push(name, cookies)
      break
    }
    case 'expect':
      // An HTTP/1.0 visitor does not know 100 (RFC 9110 §10.1.1).
      if (head.httpVersion === '1.1') headers.push(name, value)
      break
    case 'trailer':
      if (head.body === 'chunked') headers.push(name, value)
      break
    default:
      headers.push(name, value)
  }
}
