/**
 * Host mode: below a domain every tunnel has a host of its own, `name.gateway.example`, and with it an origin that
 * browsers keep apart from all others. Which host is whose, and which names cannot be one.
 */
import type { Log } from '../shared/world.ts'

/** A label of a host name (RFC 1123 §2.1): no dots, no underscores, which certificates and browsers do not take. */
const label = /^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/

/**
 * The domain in lower case, without a dot at its end.
 * @throws RangeError with a text for the admin
 */
export function parseHostDomain(text: string): string {
  const domain = text.toLowerCase().replace(/\.$/, '')
  const labels = domain.split('.')
  const isDomain = domain.length <= 253 && labels.every(one => label.test(one))
  if (!isDomain || /^\d+$/.test(labels.at(-1) ?? ''))
    throw new RangeError(
      'Write the domain whose hosts are tunnels, without scheme, port and star: gateway.example.',
    )
  return domain
}

export class HostMode {
  readonly domain: string
  readonly #log: Log
  /** Tunnels by label. */
  #names: ReadonlyMap<string, string> = new Map()
  #warnedOf: ReadonlySet<string> = new Set()

  /** @throws RangeError as `parseHostDomain` */
  constructor(domain: string, log: Log) {
    this.domain = parseHostDomain(domain)
    this.#log = log
  }

  /** All names that are there from now on. Warns once of each that gets no host. */
  renew(names: Iterable<string>): void {
    const wanted = [...new Set(names)]
    const byLabel = new Map<string, string>()
    const clashing = new Set<string>()
    for (const name of wanted) {
      const lower = name.toLowerCase()
      if (byLabel.has(lower)) clashing.add(lower)
      byLabel.set(lower, name)
    }
    // Of names that differ only in upper and lower case, the one that is a host as it stands is meant.
    for (const lower of clashing) {
      if (wanted.includes(lower)) byLabel.set(lower, lower)
      else byLabel.delete(lower)
    }
    this.#names = new Map([...byLabel].filter(([lower]) => label.test(lower)))
    const without = wanted.filter(name => !this.#hasHost(name))
    for (const name of without) {
      if (this.#warnedOf.has(name)) continue
      const why = label.test(name.toLowerCase())
        ? 'another name differs from it only in upper and lower case'
        : 'a host name takes letters, digits and inner hyphens, 63 at most'
      this.#log.warn({ name, why }, 'a tunnel gets no host of its own; it is reached below /~~ only')
    }
    this.#warnedOf = new Set(without)
  }

  /**
   * @param host of a request, with or without a port
   * @returns undefined for a host that is not below the domain, so that paths name the tunnel; without a name for
   *   one that is nobody's
   */
  find(host: string | undefined): { readonly name: string | undefined } | undefined {
    const bare = host?.toLowerCase().replace(/:\d*$/, '').replace(/\.$/, '')
    if (!bare?.endsWith(`.${this.domain}`)) return undefined
    return { name: this.#names.get(bare.slice(0, -this.domain.length - 1)) }
  }

  /**
   * `https://name.gateway.example:8443`, with scheme and port of `gatewayOrigin`; undefined where the name
   * gets no host.
   */
  originOf(name: string, gatewayOrigin: string): string | undefined {
    if (!this.#hasHost(name)) return undefined
    const { protocol, port } = new URL(gatewayOrigin)
    return `${protocol}//${name.toLowerCase()}.${this.domain}${port === '' ? '' : `:${port}`}`
  }

  #hasHost(name: string): boolean {
    return this.#names.get(name.toLowerCase()) === name
  }
}
