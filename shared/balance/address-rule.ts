/** From which addresses an agent may come: the rule behind `#:` in balance.bin (docs/file-formats.md). */
import ipaddr from 'ipaddr.js'

export type AddressRule =
  | { readonly kind: 'any' }
  /** Canonical text. */
  | { readonly kind: 'address'; readonly address: string }
  /** Whole labels: decimal numbers of IPv4, or groups of IPv6. */
  | { readonly kind: 'prefix'; readonly family: 'ipv4' | 'ipv6'; readonly labels: readonly number[] }
  | { readonly kind: 'cidr'; readonly network: string; readonly bits: number }
  | { readonly kind: 'domain'; readonly domain: string }

type Address = ipaddr.IPv4 | ipaddr.IPv6

/** Four decimal parts, or IPv6; IPv4-mapped IPv6 is IPv4. A zone (`%eth0`) does not count. */
function parseAddress(text: string): Address | undefined {
  const bare = text.replace(/^\[(.*)\]$/, '$1').replace(/%.*$/, '')
  if (ipaddr.IPv4.isValidFourPartDecimal(bare)) return ipaddr.IPv4.parse(bare)
  if (!bare.includes(':') || !ipaddr.IPv6.isValid(bare)) return undefined
  const address = ipaddr.IPv6.parse(bare)
  return address.isIPv4MappedAddress() ? address.toIPv4Address() : address
}

/** @returns undefined for what is no address */
export function canonicalAddress(text: string): string | undefined {
  return parseAddress(text)?.toString()
}

const domainPattern =
  /^(?=.{1,253}$)(?:[A-Za-z0-9_](?:[A-Za-z0-9_-]{0,61}[A-Za-z0-9])?\.)*[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?\.?$/

/** What stands behind the star. @returns undefined where it is none of the forms */
export function parseAddressRule(text: string): AddressRule | undefined {
  if (text === '') return { kind: 'any' }
  const address = canonicalAddress(text)
  if (address !== undefined) return { kind: 'address', address }
  return parsePrefix(text) ?? parseCidr(text) ?? parseDomain(text)
}

function parsePrefix(text: string): AddressRule | undefined {
  if (text.endsWith('.*')) {
    const labels = text.slice(0, -2).split('.')
    if (labels.length > 3 || !labels.every(label => /^(0|[1-9]\d{0,2})$/.test(label) && Number(label) <= 255))
      return undefined
    return { kind: 'prefix', family: 'ipv4', labels: labels.map(Number) }
  }
  if (!text.endsWith(':*')) return undefined
  const groups = text.slice(0, -2).split(':')
  if (groups.length > 7 || !groups.every(group => /^[0-9a-fA-F]{1,4}$/.test(group))) return undefined
  return { kind: 'prefix', family: 'ipv6', labels: groups.map(group => Number.parseInt(group, 16)) }
}

function parseCidr(text: string): AddressRule | undefined {
  const match = /^(.+)\/(\d{1,3})$/.exec(text)
  const network = match?.[1] === undefined ? undefined : parseAddress(match[1])
  // A range of IPv4-mapped addresses counts from the end of their 96 fixed bits.
  const isMapped = network?.kind() === 'ipv4' && match?.[1]?.includes(':')
  const bits = Number(match?.[2]) - (isMapped ? 96 : 0)
  if (bits < 0) return undefined
  if (network === undefined || bits > (network.kind() === 'ipv4' ? 32 : 128)) return undefined
  return { kind: 'cidr', network: network.toString(), bits }
}

function parseDomain(text: string): AddressRule | undefined {
  // Only digits and dots: an address that is not complete, not a name.
  if (!domainPattern.test(text) || /^[\d.]+$/.test(text)) return undefined
  return { kind: 'domain', domain: text }
}

/**
 * @param peer the agent's address
 * @param resolved for a domain: the addresses it has now; any of them matches
 */
export function matchesAddress(rule: AddressRule, peer: string, resolved: readonly string[] = []): boolean {
  if (rule.kind === 'any') return true
  const address = parseAddress(peer)
  if (address === undefined) return false
  switch (rule.kind) {
    case 'address':
      return rule.address === address.toString()
    case 'domain':
      return resolved.some(other => canonicalAddress(other) === address.toString())
    case 'cidr': {
      const network = parseAddress(rule.network)
      return network?.kind() === address.kind() && address.match(network, rule.bits)
    }
    case 'prefix': {
      if (rule.family !== address.kind()) return false
      const labels =
        address.kind() === 'ipv4' ? (address as ipaddr.IPv4).octets : (address as ipaddr.IPv6).parts
      return rule.labels.every((label, i) => labels[i] === label)
    }
  }
}
