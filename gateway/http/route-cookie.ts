/**
 * The cookie that remembers in which tunnel a browser last opened a page. It holds the tunnel's name and nothing
 * else: whoever has it may ask for that tunnel anyway, so it need not be signed. Target and scripts never see it.
 */
import { type RawHeaders, valuesOf } from './header-list.ts'

type Scheme = 'http' | 'https'

const bareName = 'tildegate-route'

/** With the prefix no other host of the same domain can set it (RFC 6265bis §4.1.3.2); it asks for TLS. */
function cookieName(scheme: Scheme): string {
  return scheme === 'https' ? `__Host-${bareName}` : bareName
}

/** A `Set-Cookie` for the tunnel `name`. It ends with the browser's session. */
export function routeCookie(name: string, scheme: Scheme): string {
  const secure = scheme === 'https' ? '; Secure' : ''
  return `${cookieName(scheme)}=${name}; Path=/; HttpOnly; SameSite=Lax${secure}`
}

/** The tunnel that a request's route cookie names. */
export function routeOf(headers: RawHeaders, scheme: Scheme): string | undefined {
  const start = `${cookieName(scheme)}=`
  const pair = valuesOf(headers, 'cookie')
    .flatMap(value => value.split(';'))
    .map(text => text.trim())
    .find(text => text.startsWith(start))
  const name = pair?.slice(start.length)
  return name !== undefined && /^[A-Za-z0-9._-]{1,64}$/.test(name) ? name : undefined
}

/**
 * Whether a browser opens a page with this request. Fetch Metadata tells a page from the rest; browsers leave it out
 * on plain HTTP, where `Accept` has to do.
 */
export function opensPage(
  { method, rawHeaders }: { readonly method?: string | undefined; readonly rawHeaders: RawHeaders },
  answer: RawHeaders,
): boolean {
  const mode = valuesOf(rawHeaders, 'sec-fetch-mode')[0]?.toLowerCase()
  const isNavigation = method !== 'HEAD' && (mode === undefined || mode === 'navigate')
  const wantsPage = valuesOf(rawHeaders, 'accept').some(value => /\btext\/html\b/i.test(value))
  const isPage = valuesOf(answer, 'content-type').some(value => /^\s*text\/html\b/i.test(value))
  return isNavigation && wantsPage && isPage
}

/** The one that goes with an answer: with each page that a browser opens, unless it has it already. */
export function cookieForPage(
  request: { readonly method?: string | undefined; readonly rawHeaders: RawHeaders },
  answer: RawHeaders,
  tunnel: string,
  scheme: Scheme,
): string | undefined {
  return opensPage(request, answer) && routeOf(request.rawHeaders, scheme) !== tunnel
    ? routeCookie(tunnel, scheme)
    : undefined
}

/** Names that are the gateway's own: a target neither gets nor sets such a cookie. */
export function isOwnCookie(name: string): boolean {
  return /^(?:__(?:host|secure)-)?tildegate-/i.test(name.trim())
}
