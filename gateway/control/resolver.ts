/** Resolves the domain of an address rule when a control connection arrives: A and AAAA, with a deadline. */
import { lookup } from 'node:dns/promises'
import type { Clock, Timer } from '../../shared/world.ts'
import { canonicalAddress } from '../listen/address-ranges.ts'

/** All addresses of a domain; rejects where there are none. Injected, so that tests need no DNS. */
export type Resolve = (domain: string) => Promise<readonly string[]>

/** As this computer resolves names: hosts file, mDNS and DNS, IPv4 and IPv6. */
export const systemResolve: Resolve = async domain => {
  const found = await lookup(domain, { all: true, verbatim: true })
  return found.map(one => one.address)
}

/** Canonical addresses. Rejects with one sentence after the deadline or where nothing was found. */
export async function resolveInTime(
  resolve: Resolve,
  domain: string,
  deadlineMs: number,
  clock: Clock,
): Promise<string[]> {
  let timer: Timer | undefined
  const late = new Promise<never>((_, reject) => {
    timer = clock.after(deadlineMs, () =>
      reject(new Error(`${domain} could not be resolved within ${deadlineMs / 1000} s`)),
    )
  })
  try {
    const found = await Promise.race([resolve(domain), late])
    return found.flatMap(address => canonicalAddress(address) ?? [])
  } finally {
    timer?.cancel()
  }
}
