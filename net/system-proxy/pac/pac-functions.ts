/**
 * The functions that a PAC file may call, except those that ask the network: as Netscape described them and browsers do them. All
 * arguments come from the file and may be anything.
 */
import ipaddr from 'ipaddr.js'
import { matchesGlob } from '../glob.ts'

export type PacValue = string | number | boolean | null
export type PacFunction = (...args: readonly unknown[]) => PacValue

/** `now`: wall clock, milliseconds. */
export function pureFunctions(now: number): Readonly<Record<string, PacFunction>> {
  return {
    isPlainHostName: host => !String(host).includes('.'),
    dnsDomainIs: (host, domain) => String(host).toLowerCase().endsWith(String(domain).toLowerCase()),
    localHostOrDomainIs: (host, full) => host === full || String(full).startsWith(`${String(host)}.`),
    dnsDomainLevels: host => String(host).split('.').length - 1,
    shExpMatch: (text, pattern) => matchesGlob(String(pattern), String(text)),
    convert_addr: address => numberOf(String(address)) ?? 0,
    isInNetEx: (address, prefix) => isInPrefix(String(address), String(prefix)),
    sortIpAddressList: list => String(list).split(';').toSorted(ipv6First).join(';'),
    weekdayRange: (...args) => inWeekdays(args, now),
    dateRange: (...args) => inDates(args, now),
    timeRange: (...args) => inTimes(args, now),
    getClientVersion: () => '1.0',
    alert: () => null,
  }
}

/** `10.1.2.3` against `10.0.0.0` and `255.0.0.0`; each of them dotted decimal. */
export function isInNet(address: string, network: string, mask: string): boolean {
  const [a, n, m] = [numberOf(address), numberOf(network), numberOf(mask)]
  return a !== undefined && n !== undefined && m !== undefined && (a & m) === (n & m)
}

function numberOf(address: string): number | undefined {
  if (!ipaddr.IPv4.isValidFourPartDecimal(address)) return undefined
  return ipaddr.IPv4.parse(address)
    .toByteArray()
    .reduce((number, byte) => ((number << 8) | byte) >>> 0, 0)
}

function isInPrefix(address: string, prefix: string): boolean {
  if (!ipaddr.isValid(address) || !ipaddr.isValidCIDR(prefix)) return false
  const [parsed, range] = [ipaddr.parse(address), ipaddr.parseCIDR(prefix)]
  return parsed.kind() === range[0].kind() && parsed.match(range)
}

/** IPv6 before IPv4, as Microsoft has it; within each as text. */
function ipv6First(a: string, b: string): number {
  const kinds = Number(b.includes(':')) - Number(a.includes(':'))
  return kinds !== 0 ? kinds : a < b ? -1 : Number(a > b)
}

const days = ['SUN', 'MON', 'TUE', 'WED', 'THU', 'FRI', 'SAT']
const months = ['JAN', 'FEB', 'MAR', 'APR', 'MAY', 'JUN', 'JUL', 'AUG', 'SEP', 'OCT', 'NOV', 'DEC']

/** The arguments without the `GMT` at their end, and the moment in the zone that it asks for. */
function zoned(args: readonly unknown[], now: number): { words: string[]; date: Date } {
  const words = args.map(arg => String(arg).toUpperCase())
  const isGmt = words.at(-1) === 'GMT'
  if (isGmt) words.pop()
  const date = new Date(now)
  // A date whose UTC fields are the local ones.
  return { words, date: isGmt ? date : new Date(now - date.getTimezoneOffset() * 60_000) }
}

function isWithin(value: number, first: number, last: number): boolean {
  return first <= last ? first <= value && value <= last : value >= first || value <= last
}

function inWeekdays(args: readonly unknown[], now: number): boolean {
  const { words, date } = zoned(args, now)
  const [first = -1, last = first] = words.map(word => days.indexOf(word))
  return first >= 0 && last >= 0 && isWithin(date.getUTCDay(), first, last)
}

function inTimes(args: readonly unknown[], now: number): boolean {
  const { words, date } = zoned(args, now)
  const numbers = words.map(Number)
  if (numbers.length === 0 || numbers.length > 6 || numbers.some(Number.isNaN)) return false
  if (numbers.length === 1) return date.getUTCHours() === numbers[0]
  const half = numbers.length / 2
  // What is not said of the end is its last moment, of the beginning its first.
  const seconds = ([h = 0, m, s]: readonly number[], fill: number) =>
    h * 3600 + (m ?? fill) * 60 + (s ?? fill)
  const time = seconds([date.getUTCHours(), date.getUTCMinutes(), date.getUTCSeconds()], 0)
  return isWithin(time, seconds(numbers.slice(0, half), 0), seconds(numbers.slice(half), 59))
}

interface DateParts {
  readonly year?: number
  readonly month?: number
  readonly day?: number
}

function inDates(args: readonly unknown[], now: number): boolean {
  const { words, date } = zoned(args, now)
  const isOne = words.length === 1 || words.length === 3
  const half = isOne ? words.length : words.length / 2
  const [first, last] = [datePartsOf(words.slice(0, half)), datePartsOf(isOne ? words : words.slice(half))]
  if (first === undefined || last === undefined || Object.keys(first).join() !== Object.keys(last).join())
    return false
  const today = { year: date.getUTCFullYear(), month: date.getUTCMonth(), day: date.getUTCDate() }
  // Only what the arguments name counts.
  const order = (parts: DateParts) =>
    [
      first.year !== undefined && parts.year,
      first.month !== undefined && parts.month,
      first.day !== undefined && parts.day,
    ]
      .map(part => part || 0)
      .reduce((sum, part) => sum * 32 + part, 0)
  return isWithin(order(today), order(first), order(last))
}

/** A month by name, a day up to 31, a year above. */
function datePartsOf(words: readonly string[]): DateParts | undefined {
  const parts: { year?: number; month?: number; day?: number } = {}
  for (const word of words) {
    const number = Number(word)
    const month = months.indexOf(word)
    if (month >= 0) parts.month = month
    else if (Number.isInteger(number) && number > 31) parts.year = number
    else if (Number.isInteger(number) && number >= 1) parts.day = number
    else return undefined
  }
  return words.length === Object.keys(parts).length && words.length > 0 ? parts : undefined
}
