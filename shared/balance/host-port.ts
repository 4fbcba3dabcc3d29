/** `host:port` as both files write it: a name, an IPv4 address, or an IPv6 address in brackets. */
import ipaddr from 'ipaddr.js'

export interface HostPort {
  /** Without brackets. */
  readonly host: string
  /** Absent where the text has none. */
  readonly port?: number
}

const hostPortPattern =
  /^(?:\[([0-9A-Fa-f:.]+)\]|([A-Za-z0-9](?:[A-Za-z0-9._-]{0,251}[A-Za-z0-9])?\.?))(?::(\d{1,9}))?$/

/** @returns undefined where it is none. The port is not checked against its range: see `isPort`. */
export function parseHostPort(text: string): HostPort | undefined {
  const match = hostPortPattern.exec(text)
  if (match === null) return undefined
  const [, ipv6, name, port] = match
  if (ipv6 !== undefined && !ipaddr.IPv6.isValid(ipv6)) return undefined
  const host = ipv6 ?? name ?? ''
  return port === undefined ? { host } : { host, port: Number(port) }
}

export function isPort(port: number): boolean {
  return Number.isInteger(port) && port >= 1 && port <= 65_535
}

/** With brackets around IPv6. */
export function printHost(host: string): string {
  return host.includes(':') ? `[${host}]` : host
}

/** An IP address or `localhost`: no one's password. */
export function isLiteralHost(host: string): boolean {
  return (
    host.toLowerCase() === 'localhost' ||
    ipaddr.IPv6.isValid(host) ||
    ipaddr.IPv4.isValidFourPartDecimal(host)
  )
}

/** Whether a text that is no valid `host:port` is still clearly a host and may be shown: an address or a dotted name. */
export function looksLikeHost(text: string): boolean {
  return /^(?:\d{1,3}(?:\.\d{1,3}){3}|\[[0-9A-Fa-f:.]+\]|localhost|(?:[A-Za-z0-9-]+\.)+[A-Za-z]{2,})(?::\d{0,9})?$/.test(
    text,
  )
}
