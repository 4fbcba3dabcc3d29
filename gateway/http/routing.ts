/** Which tunnel a path names (`/~~name/…`). Pure functions. Paths that name none: see `root-relative.ts`. */
export interface RoutableRequest {
  readonly method: string
  /** Origin-form, as it was sent. */
  readonly target: string
}

export type Route =
  /** `rest` is what follows the prefix, query included, byte for byte. `prefix` begins and ends with `/`. */
  | { readonly kind: 'tunnel'; readonly name: string; readonly prefix: string; readonly rest: string }
  | { readonly kind: 'redirect'; readonly status: 301 | 308; readonly location: string }
  | { readonly kind: 'nothing' }

/** `~` is unreserved (RFC 3986 §2.3), so a client may write it as `%7E`. */
const tunnelPath = /^\/(?:~|%7[Ee]){2}([A-Za-z0-9._-]{1,64})(\/|\?|$)/

export function routeRequest(request: RoutableRequest): Route {
  const match = tunnelPath.exec(request.target)
  if (match === null) return { kind: 'nothing' }
  const [whole, name = '', separator] = match
  const prefix = `/~~${name}/`
  if (separator === '/') return { kind: 'tunnel', name, prefix, rest: request.target.slice(whole.length) }
  const query = separator === '?' ? request.target.slice(whole.length - 1) : ''
  // 301 is understood by every client but may turn a POST into a GET; 308 keeps the method.
  const status = request.method === 'GET' || request.method === 'HEAD' ? 301 : 308
  return { kind: 'redirect', status, location: prefix + query }
}

/** The name of the tunnel whose page this path is. */
export function tunnelOfPath(path: string): string | undefined {
  const match = tunnelPath.exec(path)
  return match?.[2] === '/' ? match[1] : undefined
}

/**
 * Whether a path climbs out of where it starts, however its dots and slashes are written. `..` within a
 * tunnel is the target's business, but not where only a part of the target is shared.
 */
export function climbsOut(rest: string): boolean {
  const path = (rest.split('?', 1)[0] ?? '').replace(/%2e/gi, '.').replace(/%2f|%5c|\\/gi, '/')
  let depth = 0
  for (const segment of path.split('/')) {
    const bare = segment.split(';', 1)[0]
    if (bare === '..') depth--
    else if (bare !== '.' && bare !== '') depth++
    if (depth < 0) return true
  }
  return false
}
