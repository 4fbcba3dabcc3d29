/** A TCP connection with a deadline, to the first address of a name that answers. */
import { lookup } from 'node:dns/promises'
import { isIP, type Socket } from 'node:net'
import { type ErrorCode, TildegateError } from '../../shared/errors.ts'
import type { Clock } from '../../shared/world.ts'
import { within } from './deadlines.ts'
import { connectFirst, type ResolvedAddress } from './happy-eyeballs.ts'
import type { OnStep } from './steps.ts'

export interface Address {
  readonly host: string
  readonly port: number
}

export interface ConnectOptions {
  readonly clock: Clock
  readonly signal: AbortSignal
  readonly connectMs: number
  /** Told of name and TCP as of the steps to the proxy `hop`; 0 for the gateway. */
  readonly onStep?: OnStep
  readonly hop?: number
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
        const addresses = await addressesOf(host, { ...options, signal: own })
        return await connectTimed(addresses, { host, port }, { ...options, signal: own })
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
async function addressesOf(
  host: string,
  { clock, signal, onStep, hop = 0 }: ConnectOptions,
): Promise<readonly ResolvedAddress[]> {
  const family = isIP(host)
  if (family !== 0) return [{ address: host, family }]
  const begunAt = clock.now()
  onStep?.({ step: 'name', hop, state: 'begun' })
  const found = lookup(host, { all: true, verbatim: true })
  found.catch(() => {})
  const gone = new Promise<never>((_, reject) => {
    signal.addEventListener('abort', () => reject(signal.reason as Error), { once: true })
  })
  const addresses = await Promise.race([found, gone])
  const shown = addresses.map(({ address }) => address)
  onStep?.({ step: 'name', hop, state: 'done', ms: clock.now() - begunAt, addresses: shown })
  return addresses
}

async function connectTimed(
  addresses: readonly ResolvedAddress[],
  { host, port }: Address,
  { clock, signal, onStep, hop = 0 }: ConnectOptions,
): Promise<Socket> {
  const begunAt = clock.now()
  onStep?.({ step: 'tcp', hop, state: 'begun' })
  const socket = await connectFirst(addresses, { port, clock, signal })
  const address = socket.remoteAddress ?? host
  onStep?.({ step: 'tcp', hop, state: 'done', ms: clock.now() - begunAt, address })
  return socket
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
