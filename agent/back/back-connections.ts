/** All back-connections of one session: bounded, counted, and ended together. */
import { failedCodes, type SealedChannel } from '../../net/seal/index.ts'
import type { Splice } from '../../net/splice.ts'
import { errorTable, TildegateError } from '../../shared/errors.ts'
import type { Log } from '../../shared/world.ts'
import { isTargetFailure } from '../targets/dial-target.ts'
import {
  type CarryOptions,
  carryHttp,
  join,
  type OpenFrame,
  openBackConnection,
  type SessionScene,
} from './back-connection.ts'

export interface BackConnectionsOptions {
  readonly scene: SessionScene
  readonly channel: Pick<SealedChannel, 'send'>
  readonly log: Log
  /** A back-connection saw another certificate than the proven one. */
  onCertificateChanged(error: TildegateError): void
}

export interface BackTraffic {
  /** Back-connections, idle ones included. */
  readonly open: number
  /** Those on which a visitor's traffic is joined with the target. */
  readonly visitors: number
  /** From visitors to the target, of the tunnel since it was made or of one session. */
  readonly bytesIn: number
  readonly bytesOut: number
}

export function sumOf(...all: readonly BackTraffic[]): BackTraffic {
  const total = (part: keyof BackTraffic) => all.reduce((sum, traffic) => sum + traffic[part], 0)
  return {
    open: total('open'),
    visitors: total('visitors'),
    bytesIn: total('bytesIn'),
    bytesOut: total('bytesOut'),
  }
}

export class BackConnections {
  readonly #options: BackConnectionsOptions
  readonly #all = new Set<AbortController>()
  readonly #splices = new Set<Splice>()
  readonly #finished: (() => void)[] = []
  #bytesIn = 0
  #bytesOut = 0

  constructor(options: BackConnectionsOptions) {
    this.#options = options
  }

  /** Answers an OPEN: with a back-connection, or FAILED. Never throws. */
  open(frame: OpenFrame): void {
    if (this.#all.size >= this.#options.scene.limits.backConnections) {
      this.#fail(frame, failedCodes.limit, 'too many back-connections')
      return
    }
    const controller = new AbortController()
    this.#all.add(controller)
    this.#serve(frame, controller)
      .catch((error: unknown) =>
        this.#options.log.error({ err: error }, 'back-connection failed unexpectedly'),
      )
      .finally(() => {
        this.#all.delete(controller)
        this.#reportFinished()
      })
  }

  get traffic(): BackTraffic {
    let [bytesIn, bytesOut] = [this.#bytesIn, this.#bytesOut]
    for (const { bytes } of this.#splices) {
      bytesIn += bytes.fromA
      bytesOut += bytes.fromB
    }
    return { open: this.#all.size, visitors: this.#splices.size, bytesIn, bytesOut }
  }

  /** Resolves once none is open any more. */
  finish(): Promise<void> {
    return new Promise(resolve => {
      this.#finished.push(resolve)
      this.#reportFinished()
    })
  }

  /** Drops all now. Idempotent. */
  destroy(): void {
    for (const controller of this.#all) controller.abort(new Error('the session has ended'))
  }

  #reportFinished(): void {
    if (this.#all.size > 0) return
    for (const report of this.#finished.splice(0)) report()
  }

  async #serve(frame: OpenFrame, controller: AbortController): Promise<void> {
    const { scene, channel, log } = this.#options
    const { signal } = controller
    const late = new TildegateError('back-connection-timeout')
    const deadline = scene.clock.after(scene.limits.openMs, () => controller.abort(late))
    const options: CarryOptions = {
      scene,
      signal,
      onTargetEnd: isInOrder => channel.send({ type: 'ended', id: frame.id, isInOrder }),
      onSplice: joined => this.#count(joined),
    }
    try {
      // A raw connection may be greeted by its target, and FAILED must still be possible: the target comes first.
      const target = frame.kind === 'raw' ? await scene.dialTarget(signal) : undefined
      const back = await openBackConnection(frame, scene, signal).catch((error: unknown) => {
        target?.reset()
        throw error
      })
      deadline.cancel()
      await (target === undefined ? carryHttp(back, options) : join(back, target, options))
    } catch (error) {
      const failure =
        error instanceof TildegateError ? error : new TildegateError('internal', {}, { cause: error })
      if (signal.aborted && signal.reason !== late) return
      log.warn({ code: failure.code, err: failure }, 'back-connection not opened')
      this.#fail(frame, failedCodeOf(failure), failure.message)
      if (failure.code === 'outer-certificate-changed') this.#options.onCertificateChanged(failure)
    } finally {
      deadline.cancel()
    }
  }

  #fail({ id }: OpenFrame, code: number, text: string): void {
    this.#options.channel.send({ type: 'failed', id, code, text })
  }

  #count(joined: Splice): void {
    this.#splices.add(joined)
    joined.ended
      .then(() => {
        this.#splices.delete(joined)
        this.#bytesIn += joined.bytes.fromA
        this.#bytesOut += joined.bytes.fromB
      })
      .catch(() => {})
  }
}

/** What FAILED says of an error (docs/protocol.md, 3). */
function failedCodeOf(error: TildegateError): number {
  if (isTargetFailure(error)) return failedCodes.target
  if (error.code === 'not-a-gateway') return failedCodes.upgrade
  if (error.code === 'inner-tls-failed' || error.code === 'outer-certificate-changed')
    return failedCodes.innerTls
  if (error.code.startsWith('proxy-')) return failedCodes.proxy
  return errorTable[error.code].category === 'limit' ? failedCodes.limit : failedCodes.dial
}
