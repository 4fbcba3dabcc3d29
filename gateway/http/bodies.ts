/** Bodies on their way, piece by piece: whoever reads slowly makes the other side wait; nothing is collected. */
import type { ClientRequest, IncomingMessage } from 'node:http'
import type { Duplex } from 'node:stream'
import { canRelease, releaseChunk } from '../../net/chunk-release.ts'
import { TildegateError } from '../../shared/errors.ts'
import type { Clock, Timer } from '../../shared/world.ts'
import { passableTrailers } from './header-list.ts'
import type { Patience } from './patience.ts'
import type { VisitorRequest, VisitorResponse } from './visitor-exchange.ts'

/** A visitor's body on its way to the target. */
export class Upload {
  readonly #from: VisitorRequest
  readonly #to: ClientRequest
  readonly #patience: Patience
  #isStopped = false
  #isWhole = false
  passedBytes = 0

  constructor(from: VisitorRequest, to: ClientRequest, isChunked: boolean, patience: Patience) {
    this.#from = from
    this.#to = to
    this.#patience = patience
    from.on('data', this.#pass)
    to.on('drain', this.#goOn)
    from.once('end', () => {
      if (this.#isStopped || !from.complete) return
      this.#isWhole = true
      if (isChunked) to.addTrailers(passableTrailers(from.rawTrailers))
      to.end()
      patience.waitFor('target')
    })
    patience.waitFor('visitor')
  }

  /** The whole body went to the target. */
  get isWhole(): boolean {
    return this.#isWhole
  }

  /** What still comes is thrown away. */
  stop(): void {
    this.#isStopped = true
    this.#from.off('data', this.#pass)
    this.#to.off('drain', this.#goOn)
    this.#from.resume()
  }

  readonly #pass = (bytes: Buffer): void => {
    this.passedBytes += bytes.length
    // Node's parser makes each piece anew, and nobody else holds it.
    const isReleasable = canReleaseBetween(this.#from.socket, this.#to.socket)
    if (writeAndRelease(this.#to, bytes, isReleasable)) {
      this.#patience.waitFor('visitor')
    } else {
      this.#from.pause()
      this.#patience.waitFor('target')
    }
  }

  readonly #goOn = (): void => {
    if (this.#isWhole) return
    this.#from.resume()
    this.#patience.waitFor('visitor')
  }
}

/**
 * Reads a visitor's body to its end and throws it away.
 * @throws TildegateError request-timeout after `idleMs` without a byte; the signal's reason
 */
export function discardBody(
  from: VisitorRequest,
  signal: AbortSignal,
  clock: Clock,
  idleMs: number,
): Promise<void> {
  return new Promise((resolve, reject) => {
    let idle: Timer | undefined
    const settle = (cause?: Error) => {
      idle?.cancel()
      signal.removeEventListener('abort', leave)
      if (cause === undefined) resolve()
      else reject(cause)
    }
    const leave = () => settle(signal.reason as Error)
    const wait = () => {
      idle?.cancel()
      idle = clock.after(idleMs, () => settle(new TildegateError('request-timeout')))
    }
    signal.addEventListener('abort', leave, { once: true })
    from.on('data', wait)
    from.once('end', () => settle())
    wait()
    if (signal.aborted) leave()
    else if (from.readableEnded) settle()
    else from.resume()
  })
}

/**
 * Passes the body of an answer on; resolves at its end, and leaves ending `to` to the caller.
 * @throws TildegateError target-broke-off where it ends too early, visitor-stalled where nobody reads it
 */
export function passBody(
  from: IncomingMessage,
  to: VisitorResponse,
  stalledMs: number,
  clock: Clock,
  onBytes: (count: number) => void,
): Promise<void> {
  const releases = canReleaseBetween(from.socket, to.socket)
  return new Promise((resolve, reject) => {
    let stalled: Timer | undefined
    const goOn = () => {
      stalled?.cancel()
      stalled = undefined
      from.resume()
    }
    let isSettled = false
    const settle = (cause?: Error) => {
      isSettled = true
      stalled?.cancel()
      to.off('drain', goOn)
      if (cause === undefined) resolve()
      else reject(cause)
    }
    to.on('drain', goOn)
    from.on('data', (bytes: Buffer) => {
      onBytes(bytes.length)
      const isTaken = writeAndRelease(to, bytes, releases)
      if (isTaken || stalled !== undefined) return
      from.pause()
      stalled = clock.after(stalledMs, () => settle(new TildegateError('visitor-stalled')))
    })
    from.once('end', () => settle(from.complete ? undefined : new TildegateError('target-broke-off')))
    from.once('error', cause => settle(new TildegateError('target-broke-off', {}, { cause })))
    from.once('close', () => {
      if (!isSettled) settle(new TildegateError('target-broke-off'))
    })
  })
}

function canReleaseBetween(from: Duplex | undefined, to: Duplex | null): boolean {
  return from !== undefined && to !== null && canRelease(from, to)
}

function writeAndRelease(to: Pick<VisitorResponse, 'write'>, bytes: Buffer, isReleasable: boolean): boolean {
  if (!isReleasable) return to.write(bytes)
  return to.write(bytes, cause => {
    if (!cause) releaseChunk(bytes)
  })
}
