/**
 * Who is at the other end: of a connection (its socket, or what a trusted front proxy said in a PROXY
 * header), and of a request (what trusted front proxies said in X-Forwarded-*). Nothing a stranger sends
 * is believed.
 */
import type { IncomingHttpHeaders } from 'node:http'
import type { Duplex } from 'node:stream'
import { type AddressRanges, canonicalAddress } from './address-ranges.ts'

/** What the listener knows of a connection. */
export interface ConnectionOrigin {
  /** Canonical text. */
  readonly address: string
  readonly port: number
  readonly isTls: boolean
  /** SHA-256 of the certificate that we showed on it, lower-case hex. */
  readonly certSha256?: string
}

/** What the gateway believes of a request. */
export interface RequestPeer {
  /** SHA-256 of our certificate on this very connection, whatever a front proxy says; undefined: it came without TLS. */
  readonly certSha256: string | undefined
  readonly address: string
  readonly scheme: 'http' | 'https'
  /** Host and port as the visitor wrote them; undefined where there is none or it is malformed. */
  readonly host: string | undefined
  readonly front?: Front | undefined
}

/**
 * Why many visitors may hide behind one address. `untrusted`: who sent the request says for whom it comes, and is not believed. `silent`: a front
 * proxy that would be believed does not say.
 */
export type Front = 'untrusted' | 'silent'

/** The origin of each accepted connection, for as long as its stream lives. */
export class ConnectionOrigins {
  readonly #origins = new WeakMap<Duplex, ConnectionOrigin>()

  set(stream: Duplex, origin: ConnectionOrigin): void {
    this.#origins.set(stream, origin)
  }

  of(stream: Duplex): ConnectionOrigin {
    return this.#origins.get(stream) ?? { address: '0.0.0.0', port: 0, isTls: false }
  }
}

/** A request, by whatever version of HTTP. */
interface CameBy {
  readonly socket: Duplex
  readonly headers: IncomingHttpHeaders
}

export class PeerFinder {
  readonly #origins: ConnectionOrigins
  readonly #trusted: AddressRanges

  constructor(origins: ConnectionOrigins, trustForwardedFrom: AddressRanges) {
    this.#origins = origins
    this.#trusted = trustForwardedFrom
  }

  of(request: CameBy): RequestPeer {
    const origin = this.#origins.of(request.socket)
    const scheme = origin.isTls ? 'https' : 'http'
    const { certSha256 } = origin
    const own = { certSha256, address: origin.address, scheme, host: hostOf(request.headers.host) } as const
    const hops = list(request, 'x-forwarded-for').map(forwardedAddress)
    if (!this.#trusted.has(origin.address)) return hops.length > 0 ? { ...own, front: 'untrusted' } : own

    const at = this.#rightmostUntrusted(hops)
    const schemes = list(request, 'x-forwarded-proto')
    const hosts = list(request, 'x-forwarded-host')
    return {
      certSha256,
      address: hops[at] ?? origin.address,
      scheme: forwardedScheme(beside(schemes, hops, at)) ?? scheme,
      host: hostOf(beside(hosts, hops, at)) ?? own.host,
      ...(hops.length === 0 ? { front: 'silent' } : {}),
    }
  }

  /** Walks from our side outwards; stops at the first hop that is not ours, or that is no address. */
  #rightmostUntrusted(hops: readonly (string | undefined)[]): number {
    let at = hops.length
    while (at > 0) {
      const hop = hops[at - 1]
      if (hop === undefined) return at
      at--
      if (!this.#trusted.has(hop)) return at
    }
    return at
  }
}

function list(request: CameBy, name: string): string[] {
  const value = request.headers[name]
  const text = Array.isArray(value) ? value.join(',') : (value ?? '')
  return text === '' ? [] : text.split(',').map(part => part.trim())
}

/** Some proxies append to these lists as they do to X-Forwarded-For, others send one value. */
function beside(values: readonly string[], hops: readonly unknown[], at: number): string | undefined {
  return values.length === hops.length ? values[at] : values.at(-1)
}

/** `192.0.2.1`, `192.0.2.1:4711`, `2001:db8::1`, `[2001:db8::1]:4711`. */
function forwardedAddress(text: string): string | undefined {
  const bracketed = /^\[([^\]]+)\](?::\d+)?$/.exec(text)?.[1]
  if (bracketed !== undefined) return canonicalAddress(bracketed)
  return canonicalAddress(/^([\d.]+):\d+$/.exec(text)?.[1] ?? text)
}

function forwardedScheme(text: string | undefined): 'http' | 'https' | undefined {
  const lower = text?.toLowerCase()
  return lower === 'http' || lower === 'https' ? lower : undefined
}

function hostOf(text: string | undefined): string | undefined {
  return text !== undefined && /^(?:\[[0-9a-fA-F:.]+\]|[A-Za-z0-9._~-]+)(?::\d{1,5})?$/.test(text)
    ? text
    : undefined
}
