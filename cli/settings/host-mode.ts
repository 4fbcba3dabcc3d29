/** `--host-mode`: the domain below which each tunnel has a host of its own. */
import { InvalidArgumentError } from 'commander'
import { parseHostDomain } from '../../gateway/host-mode.ts'

/** @throws InvalidArgumentError where it is no domain */
export function parseHostMode(text: string): string {
  try {
    return parseHostDomain(text)
  } catch (cause) {
    throw cause instanceof RangeError ? new InvalidArgumentError(cause.message) : cause
  }
}
