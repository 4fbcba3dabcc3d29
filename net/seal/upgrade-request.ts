/** What both ways to upgrade a fresh connection have in common: the request, and what a refusal means. */
import { TildegateError } from '../../shared/errors.ts'
import type { Clock } from '../../shared/world.ts'

export interface UpgradeRequest {
  readonly path: '/.tildegate/control' | '/.tildegate/data'
  /** The gateway: for the Host header and for errors. */
  readonly host: string
  readonly port: number
  /** Whether the port is the default of the scheme and left out of the Host header. */
  readonly isDefaultPort?: boolean
  /** The value of `Tildegate-Ticket`, for back-connections. */
  readonly ticketHeader?: string
  readonly clock: Clock
  /** Default 10 s. */
  readonly deadlineMs?: number
  readonly signal?: AbortSignal
}

/** What of an answer other than the upgrade tells who gave it. */
export interface Refusal {
  /** 0 for what is not HTTP. */
  readonly status: number
  /** A page for people, by its type or by its look. */
  readonly isPage: boolean
}

/** Network Authentication Required (RFC 6585, 6), and what leads to a page elsewhere for now. */
const portals: readonly number[] = [511, 302, 303, 307]

export function hostHeader({ host, port, isDefaultPort }: UpgradeRequest): string {
  const name = host.includes(':') ? `[${host}]` : host
  return isDefaultPort ? name : `${name}:${port}`
}

/** 502, 503 and 504 pass: a gateway that starts, stops or is full, or something in front of one. */
export function refusalOf({ status, isPage }: Refusal, { host, port }: UpgradeRequest): TildegateError {
  const isPortal = portals.includes(status) || (isPage && (status === 0 || (status >= 200 && status < 300)))
  if (isPortal) return new TildegateError('captive-portal', { host, port, status })
  const code = status >= 502 && status <= 504 ? 'gateway-unavailable' : 'not-a-gateway'
  return new TildegateError(code, { host, port, status })
}
