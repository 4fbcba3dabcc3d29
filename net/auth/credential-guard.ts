/**
 * Keeps us from locking anybody's account: the same rejected login is tried at most twice, by all tunnels and sessions of this
 * process together (and, where the record outlives it, by all processes), until it changes. So a login that has not been accepted
 * lately is tried by one dial alone, and the others wait for its outcome; else a password changed at noon would be refused as often
 * as dials are under way.
 */
import { TildegateError } from '../../shared/errors.ts'
import type { Clock, Random } from '../../shared/world.ts'
import type { ResolvedLogin } from './authenticator.ts'
import {
  LoginNames,
  type LoginTry,
  MemoryRefusals,
  maxRefusals,
  type RefusalRecord,
  remember,
} from './refusal-record.ts'

const maxRemembered = 1024
/** How long an acceptance lets any number go on at once. */
const freshMs = 10_000

export class CredentialGuard {
  readonly #names: LoginNames
  readonly #clock: Clock
  readonly #record: RefusalRecord
  /** When it was accepted, in order. */
  readonly #accepted = new Map<string, number>()
  /** When it was refused, in order. */
  readonly #refused = new Map<string, number>()
  /** Who waits for the one that tries it. */
  readonly #trying = new Map<string, (() => void)[]>()

  /** `record`: without it, refusals are forgotten when the process ends. */
  constructor(random: Random, clock: Clock, record?: RefusalRecord) {
    this.#names = new LoginNames(random)
    this.#clock = clock
    this.#record = record ?? new MemoryRefusals(this.#names)
  }

  /** @throws TildegateError proxy-auth-given-up */
  async check(hop: string, login: ResolvedLogin): Promise<void> {
    if (this.#isFresh(this.#names.of(hop, login))) return
    if (await this.#record.isGivenUp(hop, login)) throw givenUp(hop)
  }

  /** In this process, and not accepted since. */
  hasRefused(hop: string, login: ResolvedLogin): boolean {
    return this.#refused.has(this.#names.of(hop, login))
  }

  /** @throws TildegateError proxy-auth-given-up; the signal's reason */
  async begin(hop: string, login: ResolvedLogin, signal: AbortSignal): Promise<LoginTry> {
    const name = this.#names.of(hop, login)
    for (;;) {
      signal.throwIfAborted()
      if (this.#isFresh(name)) return this.#freely(name, hop, login)
      const waiting = this.#trying.get(name)
      if (waiting === undefined) return this.#alone(name, hop, login)
      await new Promise<void>(resolve => {
        waiting.push(resolve)
        signal.addEventListener('abort', () => resolve(), { once: true })
      })
    }
  }

  #isFresh(name: string): boolean {
    const at = this.#accepted.get(name)
    return at !== undefined && this.#clock.now() - at < freshMs
  }

  /** Right a moment ago: the record is not asked, and only told what is new to it. */
  #freely(name: string, hop: string, login: ResolvedLogin): LoginTry {
    return this.#judged(name, {
      accepted: async () => {},
      refused: async () => (await this.#record.begin(hop, login))?.refused(),
      end: async () => {},
    })
  }

  async #alone(name: string, hop: string, login: ResolvedLogin): Promise<LoginTry> {
    this.#trying.set(name, [])
    const wakeOthers = () => {
      const waiting = this.#trying.get(name) ?? []
      this.#trying.delete(name)
      for (const wake of waiting) wake()
    }
    try {
      const recorded = await this.#record.begin(hop, login)
      if (recorded === undefined) throw givenUp(hop)
      return this.#judged(name, recorded, wakeOthers)
    } catch (error) {
      wakeOthers()
      throw error
    }
  }

  #judged(name: string, recorded: LoginTry, over: () => void = () => {}): LoginTry {
    let isOver = false
    const once = (judge: () => Promise<void>) => async () => {
      if (isOver) return
      isOver = true
      try {
        await judge()
      } finally {
        over()
      }
    }
    return {
      accepted: once(async () => {
        this.#refused.delete(name)
        remember(this.#accepted, name, this.#clock.now(), maxRemembered)
        await recorded.accepted()
      }),
      refused: once(async () => {
        this.#accepted.delete(name)
        remember(this.#refused, name, this.#clock.now(), maxRemembered)
        await recorded.refused()
      }),
      end: once(() => recorded.end()),
    }
  }
}

function givenUp(hop: string): TildegateError {
  return new TildegateError('proxy-auth-given-up', { hop, tries: maxRefusals })
}
