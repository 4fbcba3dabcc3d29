/**
 * Which requests the dashboard itself makes, and which some other page of the web does that knows this port. Pure functions of the
 * request's head: `Origin`, and Fetch Metadata where the browser sends it.
 */
import type { IncomingHttpHeaders } from 'node:http'
import { isLoopback } from '../listen/address-ranges.ts'

/** The dashboard sends it with all that changes something. No page of another origin can, without asking first. */
export const pageHeader = 'x-tildegate-dashboard'

/** Another page makes it, and nobody's reading of an address does. Such a request is answered nothing. */
export function isForeign({ headers }: { readonly headers: IncomingHttpHeaders }): boolean {
  if (headers.origin !== undefined) return !isOwn(headers.origin, headers.host)
  const site = headers['sec-fetch-site']
  if (site === undefined || site === 'same-origin' || site === 'none') return false
  // A link that leads here from elsewhere opens a page in its own window, where no other sees it.
  return headers['sec-fetch-mode'] !== 'navigate' || headers['sec-fetch-dest'] !== 'document'
}

/** Our own page makes it, by its own will. */
export function isFromPage({ headers }: { readonly headers: IncomingHttpHeaders }): boolean {
  const site = headers['sec-fetch-site']
  return (
    headers[pageHeader] !== undefined &&
    headers.origin !== undefined &&
    isOwn(headers.origin, headers.host) &&
    (site === undefined || site === 'same-origin')
  )
}

/** Without a token only names of this computer are answered, so that no foreign name can be rebound to it. */
export function isLoopbackHost(host: string | undefined): boolean {
  return host !== undefined && isLoopback(host.replace(/:\d+$/, '').replace(/^\[|\]$/g, ''))
}

/** `Origin` names the host that was asked. What ends TLS in front of us makes it https. */
function isOwn(origin: string, host: string | undefined): boolean {
  if (host === undefined || !/^https?:\/\/[^/]+$/.test(origin)) return false
  try {
    const { protocol, host: asking } = new URL(origin)
    return asking === new URL(`${protocol}//${host}`).host
  } catch {
    return false
  }
}
