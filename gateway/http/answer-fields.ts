/**
 * Fields of an answer that mean something else at the gateway than at the target: each with what becomes of it.
 * Under a prefix all tunnels share one origin, so what speaks for a whole origin is not a target's to say there;
 * docs/decisions/0003-real-applications.md has the reasons. Any other field passes as it is.
 */
import { mapSetCookie } from './cookie-mapping.ts'
import { type TwoViews, toVisitorPath, toVisitorUrl } from './url-mapping.ts'

/** The value for the visitor; undefined: the field is left out. */
type Rewrite = (value: string, views: TwoViews) => string | undefined

const rewrites: Readonly<Record<string, Rewrite>> = {
  location: toVisitorUrl,
  'content-location': toVisitorUrl,
  sourcemap: toVisitorUrl,
  'x-sourcemap': toVisitorUrl,
  refresh: mapRefresh,
  link: mapLink,
  'set-cookie': mapSetCookie,
  'service-worker-allowed': mapScope,
  'www-authenticate': mapChallenge,
  // Ports and protocols of the target's own listeners.
  'alt-svc': leftOut,
  // For the whole origin.
  'strict-transport-security': onOwnOrigin,
  nel: onOwnOrigin,
  'report-to': onOwnOrigin,
  'clear-site-data': mapClearing,
}

/** @param name in lower case */
export function mapAnswerField(name: string, value: string, views: TwoViews): string | undefined {
  const rewrite = Object.hasOwn(rewrites, name) ? rewrites[name] : undefined
  return rewrite === undefined ? value : rewrite(value, views)
}

function leftOut(): undefined {
  return undefined
}

function onOwnOrigin(value: string, { isOwnOrigin }: TwoViews): string | undefined {
  return isOwnOrigin ? value : undefined
}

/** `5; url=/next`, with or without quotes. */
function mapRefresh(value: string, views: TwoViews): string {
  const match = /^(\s*[\d.]+\s*[;,]\s*(?:url\s*=\s*)?)(["']?)(.*?)\2(\s*)$/is.exec(value)
  if (match === null) return value
  const [, lead = '', quote = '', url = '', tail = ''] = match
  return url === '' ? value : lead + quote + toVisitorUrl(url, views) + quote + tail
}

/** `</style.css>; rel=preload, <…>` (RFC 8288); what stands in quotes is left alone. */
function mapLink(value: string, views: TwoViews): string {
  return value.replace(/"(?:[^"\\]|\\.)*"|<([^<>]*)>/g, (whole, url: string | undefined) =>
    url === undefined ? whole : `<${toVisitorUrl(url, views)}>`,
  )
}

/** How far a service worker may reach: never beyond its tunnel, or it would answer for all of the others. */
function mapScope(value: string, views: TwoViews): string {
  const mapped = toVisitorPath(value.startsWith('/') ? value : '/', views)
  return mapped.startsWith(views.prefix) && !/(?:^|[/\\])(?:\.|%2e){2}(?:[/\\]|$)/i.test(mapped)
    ? mapped
    : views.prefix
}

/**
 * Browsers send a password again, unasked, to whoever on the same origin shows the same realm. A name of its own
 * for each tunnel keeps one tunnel's password from another's target. Basic only: Digest reckons with the realm.
 */
function mapChallenge(value: string, { isOwnOrigin, prefix }: TwoViews): string {
  if (isOwnOrigin) return value
  return value.replace(
    /((?:^|,)\s*basic\s+(?:charset\s*=\s*"[^"]*"\s*,\s*)?realm\s*=\s*)(?:"((?:[^"\\]|\\.)*)"|([^\s,"]+))/gi,
    (_, lead: string, quoted: string | undefined, token: string | undefined) =>
      `${lead}"${quoted ?? token ?? ''} (${prefix})"`,
  )
}

/** Cookies are cleared for all hosts of a domain, the rest for one origin (https://www.w3.org/TR/clear-site-data/). */
function mapClearing(value: string, { isOwnOrigin }: TwoViews): string | undefined {
  if (!isOwnOrigin) return undefined
  const kinds = value.split(',').map(kind => kind.trim())
  const kept = kinds.flatMap(kind =>
    kind === '"*"' ? ['"cache"', '"storage"', '"executionContexts"'] : kind === '"cookies"' ? [] : [kind],
  )
  return kept.length === 0 ? undefined : kept.join(', ')
}
