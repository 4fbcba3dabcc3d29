/** A TCP connection with a deadline, to the first address of a name that answers. */
import { lookup } from 'node:dns/promises'
import { isIP, type Socket } from 'node:net'
import { type ErrorCode, TildegateError } from '../../shared/errors.ts'
import type { Clock } from '../../shared/world.ts'
import { within } from './deadlines.ts'
import { connectFirst, type ResolvedAddress } from './happy-eyeballs.ts'

export interface Address {
  readonly host: string
  readonly port: number
}

export interface ConnectOptions {
  readonly clock: Clock
  readonly signal: AbortSignal
  readonly connectMs: number
}

/** Socket error → code of ours. What is not named here is `dial-unreachable` with the system's word. */
const codeOfSystemError: Readonly<Record<string, ErrorCode>> = {
  ENOTFOUND: 'gateway-name-unknown',
  EAI_AGAIN: 'gateway-name-unknown',
  EAI_FAIL: 'gateway-name-unknown',
  EAI_NODATA: 'gateway-name-unknown',
  ECONNREFUSED: 'dial-refused',
  ETIMEDOUT: 'dial-timeout',
  ECONNRESET: 'connection-lost',
  EPIPE: 'connection-lost',
}

/**
 * Half-open on purpose: who uses it sees 'end' and decides.
 * @throws TildegateError gateway-name-unknown, dial-refused, dial-timeout, dial-unreachable, connection-lost
 */
export async function connectTcp({ host, port }: Address, options: ConnectOptions): Promise<Socket> {
  const { clock, signal, connectMs } = options
  const details = { host, port, seconds: Math.round(connectMs / 1000) }
  return within(
    { clock, signal, ms: connectMs, tooLate: () => new TildegateError('dial-timeout', details) },
    async own => {
      try {
        return await connectFirst(await addressesOf(host, own), { port, clock, signal: own })
      } catch (cause) {
        if (own.aborted) throw cause
        const reason = systemErrorOf(cause)
        const code = codeOfSystemError[reason] ?? 'dial-unreachable'
        throw new TildegateError(code, { ...details, reason }, { cause })
      }
    },
  )
}

/** The system's resolver cannot be stopped; it is not waited for longer than the signal allows. */
async function addressesOf(host: string, signal: AbortSignal): Promise<readonly ResolvedAddress[]> {
  const family = isIP(host)
  if (family !== 0) return [{ address: host, family }]
  const found = lookup(host, { all: true, verbatim: true })
  found.catch(() => {})
  const gone = new Promise<never>((_, reject) => {
    signal.addEventListener('abort', () => reject(signal.reason as Error), { once: true })
  })
  return Promise.race([found, gone])
}

/** The system's word for it, such as ECONNREFUSED; of several tried addresses the most telling one. */
export function systemErrorOf(error: unknown): string {
  if (error instanceof AggregateError) {
    const words = error.errors.map(systemErrorOf)
    return words.find(word => word === 'ECONNREFUSED') ?? words[0] ?? 'unknown'
  }
  const { code } = error as NodeJS.ErrnoException
  return typeof code === 'string' ? code : 'unknown'
}
