/**
 * Requests of pages that do not know their prefix (`/static/app.js` instead of `/~~name/static/app.js`): whose
 * they are, by Referer, then by the route cookie. Pure functions. Only requests that a page of the gateway makes,
 * or that a person makes by navigating, are given to a tunnel; another site cannot reach into one this way.
 */

import type { TargetAddress } from '../upstream.ts'
import { type RawHeaders, tokensOf, valuesOf } from './header-list.ts'
import type { VisitorContext } from './request-mapping.ts'
import { routeOf } from './route-cookie.ts'
import { climbsOut, tunnelOfPath } from './routing.ts'
import { originOf } from './url-mapping.ts'

export interface RootRelativeRequest {
  readonly method: string
  /** Origin-form, as it was sent. */
  readonly target: string
  readonly rawHeaders: RawHeaders
}

export interface PageTunnel {
  readonly name: string
  readonly by: 'referer' | 'cookie'
}

/** The gateway's own places, and what looks like a tunnel's but is none: no page may have them. */
const neverRelative = /^\/(?:(?:~|%7e){2}|\.tildegate(?:[/?]|$)|\.well-known\/acme-challenge(?:[/?]|$))/i

/** @param ownOrigins under which visitors reach the gateway, as `originOf` writes them */
export function tunnelOfPage(
  request: RootRelativeRequest,
  scheme: VisitorContext['scheme'],
  ownOrigins: readonly string[],
): PageTunnel | undefined {
  const { rawHeaders } = request
  if (neverRelative.test(request.target) || !isOfOwnPage(request, ownOrigins)) return undefined
  const referer = valuesOf(rawHeaders, 'referer')[0]
  const page = referer === undefined ? undefined : pathBelow(referer, ownOrigins)
  const named = page === undefined ? undefined : tunnelOfPath(page)
  // It decides even where that tunnel is not connected: another must not get what was meant for this one.
  if (named !== undefined) return { name: named, by: 'referer' }
  const remembered = routeOf(rawHeaders, scheme)
  return remembered === undefined ? undefined : { name: remembered, by: 'cookie' }
}

/** The protocol of browsers, which do not follow redirects of it; they always send an Origin with it. */
export function isWebSocket(headers: RawHeaders, ownOrigins: readonly string[]): boolean {
  const origin = valuesOf(headers, 'origin')[0]
  return (
    tokensOf(headers, 'upgrade').includes('websocket') &&
    origin !== undefined &&
    ownOrigins.includes(origin.toLowerCase())
  )
}

/**
 * What a root-relative path is called below the tunnel's prefix; undefined where it lies outside of what is
 * shared, or a browser would climb out of the prefix and ask again.
 */
export function restOf(path: string, { base }: TargetAddress): string | undefined {
  const [way = ''] = path.split('?', 1)
  const whole = `${way}/` === base ? base + path.slice(way.length) : path
  if (!whole.startsWith(base)) return undefined
  const rest = whole.slice(base.length)
  return climbsOut(rest) ? undefined : rest
}

/**
 * Fetch Metadata (https://www.w3.org/TR/fetch-metadata/) where the browser sends it, and Origin. `same-site` is
 * not enough: SameSite cookies come along with requests of other hosts of the domain too.
 */
function isOfOwnPage({ method, rawHeaders }: RootRelativeRequest, ownOrigins: readonly string[]): boolean {
  const site = valuesOf(rawHeaders, 'sec-fetch-site')[0]?.toLowerCase()
  const origin = valuesOf(rawHeaders, 'origin')[0]?.toLowerCase()
  if (origin !== undefined && !ownOrigins.includes(origin)) {
    // A page that hides where it is (Referrer-Policy) sends `null` with its forms.
    return origin === 'null' && site === 'same-origin'
  }
  if (site === undefined || site === 'same-origin') return true
  const isSafe = method === 'GET' || method === 'HEAD'
  return isSafe && valuesOf(rawHeaders, 'sec-fetch-mode')[0]?.toLowerCase() === 'navigate'
}

function pathBelow(url: string, ownOrigins: readonly string[]): string | undefined {
  const [, start = '', path = '/'] = /^(https?:\/\/[^/?#\\]*)(\/.*)?$/is.exec(url) ?? []
  const origin = originOf(start)
  return origin !== undefined && ownOrigins.includes(origin) ? path : undefined
}
