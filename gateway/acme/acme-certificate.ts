/**
 * The certificate of an authority over the years: asked for when there is none, again at two thirds of its life, later when that
 * fails; one order at a time. What is shown in the meantime is left as it is.
 */
import { TildegateError } from '../../shared/errors.ts'
import type { Clock, Log, Random, Timer } from '../../shared/world.ts'
import type { GatewayLimits } from '../limits.ts'
import type { CertificatePair } from '../listen/self-signed.ts'
import type { AcmeOptions } from './acme-options.ts'
import { covers, type KeptState, type Retry } from './kept-state.ts'
import { type ChallengeType, obtainCertificate } from './order.ts'
import type { PendingChallenges } from './pending-challenges.ts'
import { renewalDue, waitAfter } from './renewal.ts'

export interface AcmeParts {
  readonly options: AcmeOptions
  readonly kept: KeptState
  readonly challenges: PendingChallenges
  /** What our listeners can answer, the most promising first. */
  readonly types: readonly ChallengeType[]
  readonly clock: Clock
  readonly random: Random
  readonly log: Log
  readonly limits: Pick<
    GatewayLimits,
    'acmeRequestMs' | 'acmePollMs' | 'acmeOrderMs' | 'acmeRetryMs' | 'acmeRetryMaxMs' | 'acmeLookMs'
  >
  show(pair: CertificatePair): Promise<unknown>
  failed(code: string): void
}

export class AcmeCertificate {
  readonly #parts: AcmeParts
  readonly #stopping = new AbortController()
  #current: CertificatePair | undefined
  #retry: Retry | undefined
  /** Of the current certificate's renewal. */
  #chance: number
  #timer: Timer | undefined
  #running: Promise<void> | undefined

  /** @param current the kept one, which is shown */
  constructor(parts: AcmeParts, current: CertificatePair | undefined) {
    this.#parts = parts
    this.#current = current
    this.#chance = parts.random.fraction()
  }

  /** Once the listeners can answer challenges. */
  async start(): Promise<void> {
    const { kept, options, log, clock } = this.#parts
    this.#retry = await kept.retry(options.names)
    if (this.#retry !== undefined && this.#retry.notBefore > clock.wall())
      log.info(
        { at: new Date(this.#retry.notBefore).toISOString(), failures: this.#retry.failures },
        'the authority refused before this start, and is not asked again until then',
      )
    this.#look()
  }

  /** Somebody mended what was wrong: asks now if a certificate is due, unless the authority itself named a time. */
  hurry(): void {
    if (this.#retry?.isOrdered === false) this.#retry = { ...this.#retry, notBefore: 0 }
    if (this.#running === undefined) this.#look()
  }

  /** Idempotent. */
  async close(): Promise<void> {
    this.#stopping.abort(new Error('the gateway stops'))
    this.#timer?.cancel()
    await this.#running
  }

  #look(): void {
    const { clock, limits } = this.#parts
    this.#timer?.cancel()
    if (this.#stopping.signal.aborted) return
    const inMs = this.#dueAt() - clock.wall()
    if (inMs > 0) {
      // Never longer than that at once: computers sleep, and their clocks are set.
      this.#timer = clock.after(Math.min(inMs, limits.acmeLookMs), () => this.#look())
      return
    }
    this.#running = this.#obtain().finally(() => {
      this.#running = undefined
      this.#look()
    })
  }

  #dueAt(): number {
    const { names } = this.#parts.options
    const current = this.#current
    const wanted =
      current !== undefined && covers(current, names) ? renewalDue(current.cert, this.#chance) : 0
    return Math.max(wanted, this.#retry?.notBefore ?? 0)
  }

  /** Never rejects. */
  async #obtain(): Promise<void> {
    const { options, kept, clock, random, log, limits, show } = this.#parts
    const { names } = options
    try {
      const pair = await this.#order()
      await kept.keepCertificate(pair)
      this.#current = pair
      this.#chance = random.fraction()
      // Whatever it says of its life, the next one is not asked for at once.
      this.#retry = { failures: 0, notBefore: clock.wall() + limits.acmeRetryMs, isOrdered: true }
      await kept.keepRetry(names, undefined)
      await show(pair)
      log.info({ names, renewal: this.#renewal() }, 'a certificate of the authority is in use')
    } catch (cause) {
      if (this.#stopping.signal.aborted) return
      const failure = cause instanceof TildegateError ? cause : new TildegateError('internal', {}, { cause })
      await this.#failed(failure)
    }
  }

  async #order(): Promise<CertificatePair> {
    const { kept, clock, limits, types } = this.#parts
    const late = new TildegateError('acme-refused', { reason: 'the order was not done in time' })
    const deadline = new AbortController()
    const timer = clock.after(limits.acmeOrderMs, () => deadline.abort(late))
    // The way that did not work may be blocked: the next try takes the other.
    const turn = (this.#retry?.failures ?? 0) % Math.max(1, types.length)
    try {
      return await obtainCertificate({
        ...this.#parts,
        types: [...types.slice(turn), ...types.slice(0, turn)],
        signal: AbortSignal.any([this.#stopping.signal, deadline.signal]),
        accountKey: make => kept.accountKey(make),
      })
    } finally {
      timer.cancel()
    }
  }

  async #failed(failure: TildegateError): Promise<void> {
    const { options, kept, clock, random, log, limits, failed } = this.#parts
    failed(failure.code)
    const failures = (this.#retry?.failures ?? 0) + 1
    const { waitMs, isOrdered } = waitAfter(failures, failure, random.fraction(), limits)
    this.#retry = { failures, notBefore: clock.wall() + waitMs, isOrdered }
    await kept.keepRetry(options.names, this.#retry)
    const fields = { code: failure.code, retryInMs: Math.round(waitMs), failures, err: failure.cause }
    log.warn(fields, `${failure.message} ${failure.mend} What was shown before is shown on.`)
  }

  #renewal(): string {
    return new Date(this.#dueAt()).toISOString()
  }
}
