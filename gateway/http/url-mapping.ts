/**
 * URLs between the two views: the visitor sees `/~~name/…` at the gateway, the target sees its own origin and
 * base. Text is cut and joined, never re-encoded.
 */
import type { TargetAddress } from '../upstream.ts'

export interface TwoViews {
  /** Where the visitor sees what lies below the target's base: `/~~name/`; on an origin of its own, the base itself. */
  readonly prefix: string
  /** Host mode: the tunnel has an origin of its own, and the paths of both views are the same. */
  readonly isOwnOrigin: boolean
  /** The visitor's path does not begin with the prefix: a WebSocket of a page that does not know its prefix. */
  readonly isRootRelative: boolean
  readonly target: TargetAddress
  /** Origins under which visitors reach the gateway, as `originOf` writes them. */
  readonly visitorOrigins: readonly string[]
  /** Path and query that the target was asked for; relative references with `..` start there. */
  readonly askedPath: string
}

interface Parts {
  readonly scheme: string
  readonly authority: string
  /** Path, query and fragment. */
  readonly rest: string
}

/** Scheme, host and port in canonical form (`https://a:443` is `https://a`), or undefined. */
export function originOf(url: string): string | undefined {
  if (!URL.canParse(url)) return undefined
  const { origin } = new URL(url)
  return origin === 'null' ? undefined : origin
}

export function targetOrigin(target: TargetAddress): string {
  return `${target.scheme}://${target.authority}`
}

/** A URL in an answer, mapped back where it points at the target; any other is left alone. */
export function toVisitorUrl(url: string, views: TwoViews): string {
  const { prefix, target } = views
  const parts = absoluteParts(url, target.scheme)
  if (parts === undefined) {
    if (url.startsWith('/')) return toVisitorPath(url, views)
    if (!/(?:^|\/)\.\.(?:[/?#]|$)/.test(url) || /^[a-z][a-z0-9+.-]*:/i.test(url)) return url
    // It may climb above the prefix, which the visitor's browser cannot know.
    const origin = targetOrigin(target)
    if (!URL.canParse(url, origin + views.askedPath)) return url
    const { pathname, search, hash } = new URL(url, origin + views.askedPath)
    return toVisitorPath(pathname + search + hash, views)
  }
  if (isTarget(parts, target)) return toVisitorPath(parts.rest, views)
  const origin = originOf(`${parts.scheme}://${parts.authority}`)
  if (origin === undefined || !views.visitorOrigins.includes(origin)) return url
  // A target that minds X-Forwarded-Host, and X-Forwarded-Prefix or not.
  if (parts.rest.startsWith('/~~')) return url
  const mapped = toVisitorPath(parts.rest, views)
  return mapped.startsWith(prefix) ? `${parts.scheme}://${parts.authority}${mapped}` : url
}

/** A path at the target, as the visitor sees it. What lies outside of the base has no name at the gateway. */
export function toVisitorPath(path: string, views: TwoViews): string {
  // Never a network-path reference (`//host`), which would leave the gateway.
  return pathBelowPrefix(path, views).replace(/^\/[/\\]+/, '/')
}

function pathBelowPrefix(path: string, { prefix, target: { base } }: TwoViews): string {
  const rooted = path.startsWith('/') ? path : `/${path}`
  if (rooted.startsWith(prefix)) return rooted
  if (rooted.startsWith(base)) return prefix + rooted.slice(base.length)
  const baseItself = base.slice(0, -1)
  if (
    baseItself !== '' &&
    rooted.startsWith(baseItself) &&
    /^(?:[?#]|$)/.test(rooted.slice(baseItself.length))
  ) {
    return prefix + rooted.slice(baseItself.length)
  }
  return rooted
}

/** A URL of the visitor's view in the target's; undefined where it does not belong to this tunnel. */
export function toTargetUrl(url: string, views: TwoViews): string | undefined {
  const parts = absoluteParts(url, undefined)
  if (parts === undefined) return undefined
  const origin = originOf(`${parts.scheme}://${parts.authority}`)
  if (origin === undefined || !views.visitorOrigins.includes(origin)) return undefined
  const seen = views.target.keepsHost ? `${parts.scheme}://${parts.authority}` : targetOrigin(views.target)
  const path = parts.rest.replace(/^\/(?:~|%7e){2}/i, '/~~')
  if (path.startsWith(views.prefix)) return seen + views.target.base + path.slice(views.prefix.length)
  // Only the origin, as Referrer-Policy may have it, or an address that a page gave itself (`history.pushState`).
  return path.startsWith('/~~') ? undefined : seen + path
}

/** Whether a URL lies in another tunnel of the same origin. */
export function isOfOtherTunnel(url: string, views: TwoViews): boolean {
  return !views.isOwnOrigin && ownOrigin(url, views) !== undefined && toTargetUrl(url, views) === undefined
}

/** The origin of a URL where it is one under which visitors reach the gateway. */
export function ownOrigin(url: string, { visitorOrigins }: TwoViews): string | undefined {
  const origin = originOf(url)
  return origin !== undefined && visitorOrigins.includes(origin) ? origin : undefined
}

function absoluteParts(url: string, schemeOfNetworkPath: string | undefined): Parts | undefined {
  const match = /^(?:(https?):)?\/\/([^/?#\\]*)(.*)$/is.exec(url)
  if (match === null) return undefined
  const [, scheme = schemeOfNetworkPath, authority = '', rest = ''] = match
  if (scheme === undefined || authority === '') return undefined
  return { scheme: scheme.toLowerCase(), authority, rest: rest.startsWith('/') ? rest : `/${rest}` }
}

/**
 * With a port of its own the other scheme is the target too: an application that minds X-Forwarded-Proto
 * writes `https://127.0.0.1:3000/`. On default ports http and https are two servers.
 */
function isTarget(parts: Parts, target: TargetAddress): boolean {
  const authority = parts.authority.toLowerCase()
  if (authority === target.authority.toLowerCase() && /:\d+$/.test(authority)) return true
  const origin = originOf(`${parts.scheme}://${parts.authority}`)
  return origin !== undefined && origin === originOf(targetOrigin(target))
}
