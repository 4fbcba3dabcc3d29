/**
 * The cookies of logged-in visitors. One is scoped to the tunnel: by its path below a prefix, by its host in host mode. Below a prefix
 * there is a second one for the whole host, which counts for nothing but WebSockets of pages that do not know their prefix: no cookie
 * with a path gets there. Targets and scripts see neither (`isOwnCookie` in gateway/http/route-cookie.ts).
 */
import { type RawHeaders, valuesOf } from '../http/header-list.ts'

type Scheme = 'http' | 'https'

export interface CookieScope {
  readonly scheme: Scheme
  /** Begins and ends with `/`: `/~~name/`, or `/` on an origin of its own. */
  readonly root: string
}

/** Other tunnels' scripts may set cookies of the same name for a path of their choice; more than these are not looked at. */
const candidatesMax = 4

/** `__Host-` demands TLS and Path=/, `__Secure-` TLS (RFC 6265bis §4.1.3). */
function sessionName({ scheme, root }: CookieScope): string {
  if (scheme === 'http') return 'tildegate-visitor'
  return root === '/' ? '__Host-tildegate-visitor' : '__Secure-tildegate-visitor'
}

function passName(scheme: Scheme): string {
  return scheme === 'http' ? 'tildegate-pass' : '__Host-tildegate-pass'
}

/** Tokens that a request brings along; whether they are any good is for others to say. */
export function sessionTexts(headers: RawHeaders, scope: CookieScope): string[] {
  return textsOf(headers, sessionName(scope))
}

/** The same for a WebSocket that does not name its tunnel. */
export function passTexts(headers: RawHeaders, scheme: Scheme): string[] {
  return textsOf(headers, passName(scheme))
}

/** `Set-Cookie` after a login. */
export function loginCookies(token: string, maxAgeMs: number, scope: CookieScope): string[] {
  const session = cookie(sessionName(scope), token, scope.root, scope.scheme)
  const pass = scope.root === '/' ? [] : [passCookie(token, scope.scheme)]
  return [`${session}; Max-Age=${Math.floor(maxAgeMs / 1000)}`, ...pass]
}

/** Ends with the browser's session, as the route cookie does. */
export function passCookie(token: string, scheme: Scheme): string {
  return cookie(passName(scheme), token, '/', scheme)
}

/** `Set-Cookie` after a log-out. */
export function logoutCookies(scope: CookieScope): string[] {
  const session = cookie(sessionName(scope), '', scope.root, scope.scheme)
  const pass = scope.root === '/' ? [] : [cookie(passName(scope.scheme), '', '/', scope.scheme)]
  return [session, ...pass].map(text => `${text}; Max-Age=0`)
}

function cookie(name: string, value: string, path: string, scheme: Scheme): string {
  return `${name}=${value}; Path=${path}; HttpOnly; SameSite=Lax${scheme === 'https' ? '; Secure' : ''}`
}

function textsOf(headers: RawHeaders, name: string): string[] {
  return valuesOf(headers, 'cookie')
    .flatMap(value => value.split(';'))
    .map(text => text.trim())
    .filter(text => text.startsWith(`${name}=`))
    .map(text => text.slice(name.length + 1))
    .slice(0, candidatesMax)
}
