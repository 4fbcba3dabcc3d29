/** A TCP connection with a deadline, to the first address of a name that answers (RFC 8305). */
import { createConnection, type Socket } from 'node:net'
import { type ErrorCode, TildegateError } from '../../shared/errors.ts'
import type { Clock } from '../../shared/world.ts'
import { untilReady } from './deadlines.ts'

export interface Address {
  readonly host: string
  readonly port: number
}

export interface ConnectOptions {
  readonly clock: Clock
  readonly signal: AbortSignal
  readonly connectMs: number
}

const keepAliveMs = 30_000
/** Node gives an address up when it tries the next, so slow lines need more than the 250 ms of RFC 8305. */
const nextAddressMs = 1_000

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
  signal.throwIfAborted()
  const socket = createConnection({
    host,
    port,
    autoSelectFamily: true,
    autoSelectFamilyAttemptTimeout: nextAddressMs,
    allowHalfOpen: true,
    noDelay: true,
    keepAlive: true,
    keepAliveInitialDelay: keepAliveMs,
  })
  const details = { host, port, seconds: Math.round(connectMs / 1000) }
  await untilReady(socket, 'connect', {
    clock,
    signal,
    ms: connectMs,
    tooLate: () => new TildegateError('dial-timeout', details),
    failed: cause => {
      const reason = systemErrorOf(cause)
      return new TildegateError(
        codeOfSystemError[reason] ?? 'dial-unreachable',
        { ...details, reason },
        { cause },
      )
    },
  })
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
