/** `HOST:PORT` of the command line and the config file. IPv6 hosts stand in brackets; port 0 picks a free one. */
import { InvalidArgumentError } from 'commander'

export interface HostPort {
  readonly host: string
  readonly port: number
}

/** @throws InvalidArgumentError, which the command line reports as wrong usage */
export function parseHostPort(text: string): HostPort {
  const match = /^(?:\[([0-9a-fA-F:.]+)\]|([^\s:[\]]+)):(\d{1,5})$/.exec(text.trim())
  const host = match?.[1] ?? match?.[2]
  const port = Number(match?.[3])
  if (host === undefined || !(port <= 65_535)) {
    throw new InvalidArgumentError(`Write HOST:PORT, for example 0.0.0.0:8080 or [::1]:8080, not "${text}".`)
  }
  return { host, port }
}
