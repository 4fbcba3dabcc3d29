/** `--hsts`, `--hsts-subdomains` and `--redirect-to-tls`: what they mean together. */
import type { GatewayOptions } from '../../gateway/gateway.ts'
import { CommandFailure, exitStatus } from '../failure.ts'

export interface TransportFlags {
  readonly hsts?: number | boolean
  readonly hstsSubdomains?: boolean
  readonly redirectToTls?: boolean
  readonly publicUrl?: string
  readonly hostMode?: string
}

/** What browsers and the preload list call a full value. */
const yearSeconds = 31_536_000

/** @throws CommandFailure 64 for flags that do not fit together */
export function transportOf(flags: TransportFlags): Pick<GatewayOptions, 'hsts' | 'redirectToTls'> {
  const seconds = flags.hsts === true ? yearSeconds : flags.hsts
  const includesSubdomains = flags.hstsSubdomains ?? false
  if (includesSubdomains && (typeof seconds !== 'number' || flags.hostMode === undefined))
    throw wrong('--hsts-subdomains belongs to --hsts and --host-mode: give all three.')
  if (flags.redirectToTls && !flags.publicUrl?.startsWith('https:'))
    throw wrong('--redirect-to-tls needs to know where to: give --public-url https://….')
  return {
    ...(typeof seconds === 'number' ? { hsts: { seconds, includesSubdomains } } : {}),
    redirectToTls: flags.redirectToTls ?? false,
  }
}

function wrong(message: string): CommandFailure {
  return new CommandFailure(exitStatus.usage, message)
}
