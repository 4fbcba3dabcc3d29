/** Network addresses as the gateway compares and counts them: canonical text, CIDR ranges, keys for counters. */
import ipaddr from 'ipaddr.js'

type Range = [ipaddr.IPv4 | ipaddr.IPv6, number]

/**
 * IPv4-mapped IPv6 counts as IPv4; a zone (`%eth0`) is dropped; else the canonical short form.
 * Undefined for what is no address.
 */
export function canonicalAddress(text: string): string | undefined {
  const bare = text.split('%', 1)[0] ?? ''
  // `ipaddr.js` also reads octal and shortened IPv4; only the dotted form of four is an address here.
  if (!ipaddr.IPv4.isValidFourPartDecimal(bare) && !ipaddr.IPv6.isValid(bare)) return undefined
  return ipaddr.process(bare).toString()
}

/** What counters count: an IPv4 address, or the /64 of an IPv6 address, for a host has a whole one. */
export function countedAddress(address: string): string {
  if (!ipaddr.IPv6.isValid(address)) return address
  const parsed = ipaddr.process(address)
  if (parsed.kind() === 'ipv4') return parsed.toString()
  return `${ipaddr.IPv6.networkAddressFromCIDR(`${parsed.toString()}/64`).toString()}/64`
}

/** 127.0.0.0/8, ::1 and the name localhost. */
export function isLoopback(host: string): boolean {
  if (host.toLowerCase() === 'localhost') return true
  const address = canonicalAddress(host)
  return address !== undefined && ipaddr.parse(address).range() === 'loopback'
}

/** A list of CIDR ranges and single addresses. */
export class AddressRanges {
  readonly #ranges: readonly Range[]

  private constructor(ranges: readonly Range[]) {
    this.#ranges = ranges
  }

  /** @throws RangeError that names the part that is no range */
  static parse(texts: readonly string[]): AddressRanges {
    return new AddressRanges(texts.map(parseRange))
  }

  has(address: string): boolean {
    if (this.#ranges.length === 0) return false
    const canonical = canonicalAddress(address)
    if (canonical === undefined) return false
    const parsed = ipaddr.parse(canonical)
    return this.#ranges.some(
      ([network, bits]) => network.kind() === parsed.kind() && parsed.match(network, bits),
    )
  }
}

function parseRange(text: string): Range {
  const trimmed = text.trim()
  if (ipaddr.isValidCIDR(trimmed)) return ipaddr.parseCIDR(trimmed)
  const address = canonicalAddress(trimmed)
  if (address === undefined) {
    throw new RangeError(`"${text}" is no address range; write for example 10.0.0.0/8 or 192.0.2.7.`)
  }
  const parsed = ipaddr.parse(address)
  return [parsed, parsed.kind() === 'ipv4' ? 32 : 128]
}
