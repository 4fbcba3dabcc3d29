/**
 * What this computer says about the way to a gateway: the environment, else the system's settings. Kept for some minutes, and dropped when
 * the network changes: both clocks count, since one of them may stand still while the computer sleeps.
 */
import { TildegateError } from '../../shared/errors.ts'
import { said } from '../../shared/phrases.ts'
import type { Clock, Log } from '../../shared/world.ts'
import { within } from '../dial/deadlines.ts'
import { direct, type Gateway, printAnswer, type SystemAnswer, urlOf } from './answer.ts'
import type { OperatingSystem } from './ask-system.ts'
import { answerOfEnvironment, type Environment } from './environment.ts'
import { systemProxyLimits } from './limits.ts'
import { unless } from './unless.ts'

export interface SystemProxiesOptions {
  readonly environment: Environment
  readonly clock: Clock
  readonly log: Log
  readonly system: OperatingSystem
  readonly limits?: Partial<{ readonly [K in keyof typeof systemProxyLimits]: number }>
}

interface Kept {
  readonly answer: Promise<SystemAnswer>
  readonly now: number
  readonly wall: number
  isStale: boolean
  /** As it was told last. */
  told: string | undefined
}

export class SystemProxies {
  readonly #options: SystemProxiesOptions
  readonly #limits: { readonly [K in keyof typeof systemProxyLimits]: number }
  /** By the gateway's URL, in order of asking. */
  readonly #kept = new Map<string, Kept>()

  constructor(options: SystemProxiesOptions) {
    this.#options = options
    this.#limits = { ...systemProxyLimits, ...options.limits }
  }

  /** @throws TildegateError system-proxy-unavailable; the reason of `signal` */
  async lookUp(gateway: Gateway, signal: AbortSignal): Promise<SystemAnswer> {
    signal.throwIfAborted()
    const url = urlOf(gateway)
    const kept = this.#kept.get(url)
    const isGood = kept !== undefined && !kept.isStale && this.#isYoung(kept, this.#limits.answerMs)
    return unless(signal, isGood ? kept.answer : this.#ask(gateway, kept?.told))
  }

  /** Another network may have another proxy. */
  networkChanged(): void {
    for (const kept of this.#kept.values()) kept.isStale = true
    this.#options.system.forget()
  }

  /** A proxy that was named is out of reach; asked anew, its PAC file too, but not again and again. */
  doubt(): void {
    const old = [...this.#kept.values()].filter(
      kept => !kept.isStale && !this.#isYoung(kept, this.#limits.doubtMs),
    )
    for (const kept of old) kept.isStale = true
    if (old.length > 0) this.#options.system.forget()
  }

  #isYoung({ now, wall }: Kept, ms: number): boolean {
    const { clock } = this.#options
    return clock.now() - now < ms && Math.abs(clock.wall() - wall) < ms
  }

  /** All who ask at once share one question; a failed one is not kept. */
  #ask(gateway: Gateway, told: string | undefined): Promise<SystemAnswer> {
    const { clock } = this.#options
    const url = urlOf(gateway)
    const answer = this.#answer(gateway)
    const kept: Kept = { answer, now: clock.now(), wall: clock.wall(), isStale: false, told }
    this.#kept.delete(url)
    this.#kept.set(url, kept)
    const [oldest] = this.#kept.keys()
    if (this.#kept.size > this.#limits.answers && oldest !== undefined) this.#kept.delete(oldest)
    answer.then(
      found => this.#tell(kept, url, found),
      () => {
        kept.isStale = true
      },
    )
    return answer
  }

  async #answer(gateway: Gateway): Promise<SystemAnswer> {
    const { environment, system, clock } = this.#options
    const found = answerOfEnvironment(environment, gateway)
    if (found !== undefined) return found
    const ms = this.#limits.lookUpMs
    const tooLate = () =>
      new TildegateError(
        'system-proxy-unavailable',
        said('reason', 'no-answer-within', { seconds: ms / 1000 }),
      )
    // Whoever asked first may leave; the others still want the answer.
    const { signal } = new AbortController()
    return within({ clock, signal, ms, tooLate }, async own => {
      const answer = await unless(own, system.ask(gateway, own))
      return answer ?? direct('nothing names a proxy')
    })
  }

  /** A changed answer is worth a line in the log. */
  #tell(kept: Kept, url: string, answer: SystemAnswer): void {
    const said = printAnswer(answer)
    if (kept.told === said) return
    kept.told = said
    this.#options.log.info({ gateway: url, said }, 'what this computer says about the way to the gateway')
  }
}
