/** `Set-Cookie` of a target, mapped so that the cookie comes back to this tunnel and to no other (RFC 6265 §4.1). */
import { type TwoViews, toVisitorPath } from './url-mapping.ts'

/**
 * Path is put under the prefix. Domain is dropped where the cookie would fit the target's or the gateway's
 * host, so that it stays on the gateway's host alone; a foreign one is left, and the browser refuses it.
 */
export function mapSetCookie(cookie: string, views: TwoViews): string {
  const [pair = '', ...attributes] = cookie.split(';')
  const mapped = [pair]
  for (const attribute of attributes) {
    const [, lead = '', name = '', value] = /^(\s*)([^=]*?)\s*(?:=(.*))?$/s.exec(attribute) ?? []
    switch (name.toLowerCase()) {
      case 'path':
        mapped.push(
          value?.trim().startsWith('/') ? `${lead}${name}=${cookiePath(value.trim(), views)}` : attribute,
        )
        break
      case 'domain':
        if (!fitsOwnHost(value ?? '', views)) mapped.push(attribute)
        break
      default:
        mapped.push(attribute)
    }
  }
  return mapped.join(';')
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
