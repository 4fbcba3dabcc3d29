/** Which gateways are reached past the proxy: `NO_PROXY` and the lists of exceptions in system settings. */
import { canonicalAddress, matchesAddress, parseAddressRule } from '../../shared/balance/index.ts'
import type { Gateway } from './answer.ts'
import { matchesGlob } from './glob.ts'

/**
 * How a plain name is read. `suffix` (curl, Go, GNOME, KDE): the name and all below it, with or without a dot or `*.` before it.
 * `exact` (macOS, Windows): that name alone; with a `*`, or a dot before it, a pattern.
 */
export type NameStyle = 'suffix' | 'exact'

/** The first rule of the list that takes this gateway out; undefined where none does. */
export function bypassedBy(
  rules: readonly string[],
  { host, port }: Pick<Gateway, 'host' | 'port'>,
  style: NameStyle,
): string | undefined {
  const name = host.toLowerCase().replace(/\.$/, '')
  const address = canonicalAddress(name)
  return rules.find(rule => matchesRule(rule, { name, address, port }, style))
}

/** A list as variables write it: commas, or spaces, or both. */
export function splitRules(text: string): string[] {
  return text.split(/[\s,;]+/).filter(rule => rule !== '')
}

interface Destination {
  readonly name: string
  /** Canonical, where the name is an address. */
  readonly address: string | undefined
  readonly port: number
}

const rulePattern = /^(?:[a-z][a-z0-9+.-]*:\/\/)?(?:\[(.+?)\]|([^:]*))(?::(\d{1,5}))?$/i

function matchesRule(text: string, destination: Destination, style: NameStyle): boolean {
  const rule = text.trim().toLowerCase()
  if (rule === '') return false
  if (rule === '<local>') return !destination.name.includes('.') && destination.address === undefined
  const isRange = matchesRange(rule, destination.address)
  if (isRange !== undefined) return isRange
  // An IPv6 address without brackets has no port.
  const bare = canonicalAddress(rule)
  if (bare !== undefined) return bare === destination.address
  const [, ipv6, name = ipv6 ?? '', port] = rulePattern.exec(rule) ?? []
  if (port !== undefined && Number(port) !== destination.port) return false
  return matchesHost(name.replace(/\.$/, ''), destination, style)
}

/** `10.0.0.0/8`, and `169.254/16` as macOS shortens it. @returns undefined where the rule is no range */
function matchesRange(rule: string, address: string | undefined): boolean | undefined {
  const [, network = '', bits] = /^([0-9a-f.:]+)\/(\d{1,3})$/.exec(rule) ?? []
  if (bits === undefined) return undefined
  const missing = network.includes(':') ? 0 : Math.max(0, 4 - network.split('.').length)
  const range = parseAddressRule(`${network}${'.0'.repeat(missing)}/${bits}`)
  return range?.kind === 'cidr' && address !== undefined && matchesAddress(range, address)
}

function matchesHost(rule: string, { name, address }: Destination, style: NameStyle): boolean {
  if (rule === '') return false
  if (rule === '*') return true
  const literal = canonicalAddress(rule)
  if (literal !== undefined) return literal === address
  if (style === 'exact') return matchesGlob(rule.startsWith('.') ? `*${rule}` : rule, name)
  const suffix = rule.replace(/^\*?\./, '')
  if (suffix.includes('*')) return matchesGlob(suffix, name)
  return address === undefined && (name === suffix || name.endsWith(`.${suffix}`))
}
