/** Cookies between the two views, so that a target's come back to its own tunnel and to no other (RFC 6265 §4.1). */
import { isOwnCookie } from './route-cookie.ts'
import { type TwoViews, toVisitorPath } from './url-mapping.ts'

/** A browser takes such a cookie only with `Path=/`, which under a prefix it does not have. */
const hostPrefix = /^(\s*)__host-/i
const hostPrefixBelowPrefix = '__Secure-~Host-'

/**
 * Path is put under the prefix. Domain is dropped where the cookie would fit the target's or the gateway's
 * host, so that it stays on the gateway's host alone; a foreign one is left, and the browser refuses it.
 * @returns undefined where the cookie has a name of the gateway's own
 */
export function mapSetCookie(cookie: string, views: TwoViews): string | undefined {
  const [pair = '', ...attributes] = cookie.split(';')
  if (isOwnCookie(pair)) return undefined
  const mapped = [views.prefix === '/' ? pair : pair.replace(hostPrefix, `$1${hostPrefixBelowPrefix}`)]
  let hasPath = false
  for (const attribute of attributes) {
    const [, lead = '', name = '', value] = /^(\s*)([^=]*?)\s*(?:=(.*))?$/s.exec(attribute) ?? []
    switch (name.toLowerCase()) {
      case 'path':
        if (!value?.trim().startsWith('/')) {
          mapped.push(attribute)
          break
        }
        hasPath = true
        mapped.push(`${lead}${name}=${cookiePath(value.trim(), views)}`)
        break
      case 'domain':
        if (!fitsOwnHost(value ?? '', views)) mapped.push(attribute)
        break
      default:
        mapped.push(attribute)
    }
  }
  // Without a path a browser takes the one that it asked for, which here is none of the tunnel's. The last one counts.
  if (!hasPath && views.isRootRelative) mapped.push(` Path=${views.prefix}`)
  return mapped.join(';')
}

/** A request's `Cookie`, as the target set them; undefined where none is left. */
export function mapCookie(cookie: string, { prefix }: TwoViews): string | undefined {
  const mapped = cookie
    .split(';')
    .filter(pair => !isOwnCookie(pair))
    .map(pair => {
      const start = pair.length - pair.trimStart().length
      return prefix !== '/' && pair.startsWith(hostPrefixBelowPrefix, start)
        ? `${pair.slice(0, start)}__Host-${pair.slice(start + hostPrefixBelowPrefix.length)}`
        : pair
    })
  return mapped.length === 0 ? undefined : mapped.join(';').trimStart()
}

function cookiePath(path: string, views: TwoViews): string {
  const { prefix, target } = views
  // A path above the base (`/`) covers all of what is shared.
  if (target.base.startsWith(path.endsWith('/') ? path : `${path}/`)) return prefix
  const mapped = toVisitorPath(path, views)
  return mapped.startsWith(prefix) ? mapped : prefix.slice(0, -1) + mapped
}

function fitsOwnHost(domain: string, views: TwoViews): boolean {
  const wanted = domain.trim().replace(/^\./, '').toLowerCase()
  const origins = [`${views.target.scheme}://${views.target.authority}`, ...views.visitorOrigins]
  return origins
    .filter(origin => URL.canParse(origin))
    .map(origin => new URL(origin).hostname)
    .some(host => host === wanted || host.endsWith(`.${wanted}`))
}
