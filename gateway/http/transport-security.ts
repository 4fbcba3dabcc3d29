/**
 * Getting visitors to TLS and keeping them there: the redirect from plain HTTP, and HSTS (RFC 6797). Both are the admin's
 * choice. Where a redirect leads is never taken from what the visitor sent, but for path and query.
 */
import { valuesOf } from './header-list.ts'
import type { VisitorContext } from './request-mapping.ts'

export interface TransportSecurity {
  /** The value of Strict-Transport-Security on answers that go by TLS; undefined: none is sent. */
  readonly hsts: string | undefined
  /** Visitors without TLS are sent to the public origin. */
  readonly redirectsToTls: boolean
}

export const noTransportSecurity: TransportSecurity = { hsts: undefined, redirectsToTls: false }

export interface TransportOptions {
  /** Origin under which visitors reach the gateway; without it: as they and the agents address it. */
  readonly publicUrl?: string
  /** Answers by TLS tell browsers to come by TLS alone. */
  readonly hsts?: { readonly seconds: number; readonly includesSubdomains: boolean }
  /** Visitors without TLS are sent to `publicUrl`, which must be https. */
  readonly redirectToTls?: boolean
}

/** @throws RangeError for a redirect that does not know where to */
export function transportSecurity({ publicUrl, hsts, redirectToTls }: TransportOptions): TransportSecurity {
  if (redirectToTls && !publicUrl?.startsWith('https:'))
    throw new RangeError('The redirect to TLS needs a public address by https.')
  return {
    hsts: hsts && `max-age=${hsts.seconds}${hsts.includesSubdomains ? '; includeSubDomains' : ''}`,
    redirectsToTls: redirectToTls ?? false,
  }
}

/**
 * The head of an answer with the gateway's HSTS. Browsers believe the first field alone (RFC 6797 §8.1), so one of
 * the target's gives way.
 */
export function withHsts(
  headers: string[],
  { scheme }: Pick<VisitorContext, 'scheme'>,
  { hsts }: TransportSecurity,
): string[] {
  if (hsts === undefined || scheme !== 'https') return headers
  const name = 'strict-transport-security'
  const others =
    valuesOf(headers, name).length === 0
      ? headers
      : headers.filter((_, at) => headers[at - (at % 2)]?.toLowerCase() !== name)
  return [...others, 'Strict-Transport-Security', hsts]
}

export interface PublicOrigins {
  readonly publicOrigin: string | undefined
  readonly hostMode:
    | {
        find(host: string | undefined): { readonly name: string | undefined } | undefined
        originOf(name: string, gatewayOrigin: string): string | undefined
      }
    | undefined
}

/**
 * Where a visitor without TLS is to go instead; undefined: it stays.
 * @param target of the request, in origin form
 */
export function locationByTls(
  target: string,
  { scheme, host }: Pick<VisitorContext, 'scheme' | 'host'>,
  { publicOrigin, hostMode }: PublicOrigins,
  { redirectsToTls }: TransportSecurity,
): string | undefined {
  if (!redirectsToTls || scheme === 'https' || publicOrigin === undefined) return undefined
  const tunnel = hostMode?.find(host)
  if (tunnel === undefined) return publicOrigin + target
  // A host that is nobody's has nothing, by TLS or without.
  const origin = tunnel.name === undefined ? undefined : hostMode?.originOf(tunnel.name, publicOrigin)
  return origin === undefined ? undefined : origin + target
}
