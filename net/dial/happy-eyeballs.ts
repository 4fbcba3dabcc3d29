/**
 * Happy Eyeballs (RFC 8305): of several addresses each is begun a moment after the one before, or as soon as that one fails; the first
 * to answer wins, and the others are dropped. Node's own gives a slow address up when it tries the next, so that a line with a long
 * way or a lost packet reaches none; this one lets them go on together.
 */
import { createConnection, type Socket } from 'node:net'
import type { Clock, Timer } from '../../shared/world.ts'

/** RFC 8305, 5: Connection Attempt Delay. */
const nextAddressMs = 250
const maxAddresses = 8
const keepAliveMs = 30_000

export interface ResolvedAddress {
  readonly address: string
  readonly family: number
}

export interface FirstOptions {
  readonly port: number
  readonly clock: Clock
  /** Drops all attempts; its reason is what `connectFirst` rejects with. */
  readonly signal: AbortSignal
}

/**
 * Half-open on purpose: who uses the socket sees 'end' and decides. It keeps a listener for late errors.
 * @throws AggregateError of the system's errors; the signal's reason
 */
export function connectFirst(
  addresses: readonly ResolvedAddress[],
  { port, clock, signal }: FirstOptions,
): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const waiting = alternating(addresses).slice(0, maxAddresses)
    const trying = new Set<Socket>()
    const errors: Error[] = []
    let timer: Timer | undefined
    const settle = () => {
      timer?.cancel()
      signal.removeEventListener('abort', onAbort)
      for (const socket of trying) socket.destroy()
    }
    const onAbort = () => {
      settle()
      reject(signal.reason as Error)
    }
    const next = () => {
      timer?.cancel()
      const address = waiting.shift()
      if (address !== undefined) begin(address)
      else if (trying.size === 0) {
        settle()
        reject(new AggregateError(errors, 'no address could be reached'))
      }
    }
    const begin = ({ address, family }: ResolvedAddress) => {
      const socket = createConnection({
        host: address,
        family,
        port,
        allowHalfOpen: true,
        noDelay: true,
        keepAlive: true,
        keepAliveInitialDelay: keepAliveMs,
      })
      trying.add(socket)
      socket.on('error', error => {
        if (!trying.delete(socket)) return
        errors.push(error)
        next()
      })
      socket.once('connect', () => {
        trying.delete(socket)
        settle()
        resolve(socket)
      })
      if (waiting.length > 0) timer = clock.after(nextAddressMs, next)
    }
    signal.addEventListener('abort', onAbort)
    if (signal.aborted) onAbort()
    else next()
  })
}

/** RFC 8305, 4: the resolver's first family begins, then one of each in turn. */
function alternating(addresses: readonly ResolvedAddress[]): ResolvedAddress[] {
  const [first] = addresses
  const own = addresses.filter(({ family }) => family === first?.family)
  const other = addresses.filter(({ family }) => family !== first?.family)
  return own.flatMap((address, i) => [address, ...other.slice(i, i + 1)]).concat(other.slice(own.length))
}
