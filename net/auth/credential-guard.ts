/**
 * Keeps us from locking anybody's account: the same rejected login is tried at most twice, by all tunnels and sessions of this
 * process together, until it changes. So a login that has not been accepted lately is tried by one dial alone, and the others wait
 * for its outcome; else a password changed at noon would be refused as often as dials are under way. Remembers keyed hashes only.
 */
import { createHmac } from 'node:crypto'
import { TildegateError } from '../../shared/errors.ts'
import type { Clock, Random } from '../../shared/world.ts'
import type { ResolvedLogin } from './authenticator.ts'

const maxRefusals = 2
const maxRemembered = 1024
/** How long an acceptance lets any number go on at once. */
const freshMs = 10_000

/** A login at a proxy under way. Each outcome is told once; what comes later changes nothing. */
export interface LoginAttempt {
  accepted(): void
  refused(): void
  /** It came to nothing: the password was not judged. */
  end(): void
}

export class CredentialGuard {
  readonly #key: Uint8Array
  readonly #clock: Clock
  /** In order of their latest refusal. */
  readonly #refusals = new Map<string, number>()
  /** When it was accepted, in order. */
  readonly #accepted = new Map<string, number>()
  /** Who waits for the one that tries it. */
  readonly #trying = new Map<string, (() => void)[]>()

  constructor(random: Random, clock: Clock) {
    this.#key = random.bytes(32)
    this.#clock = clock
  }

  /** @throws TildegateError proxy-auth-given-up */
  check(hop: string, login: ResolvedLogin): void {
    this.#check(hop, this.#nameOf(hop, login))
  }

  /** @throws TildegateError proxy-auth-given-up; the signal's reason */
  async begin(hop: string, login: ResolvedLogin, signal: AbortSignal): Promise<LoginAttempt> {
    const name = this.#nameOf(hop, login)
    for (;;) {
      signal.throwIfAborted()
      this.#check(hop, name)
      if (this.#isFresh(name)) return this.#attempt(name, false)
      const waiting = this.#trying.get(name)
      if (waiting === undefined) {
        this.#trying.set(name, [])
        return this.#attempt(name, true)
      }
      await new Promise<void>(resolve => {
        waiting.push(resolve)
        signal.addEventListener('abort', () => resolve(), { once: true })
      })
    }
  }

  #check(hop: string, name: string): void {
    if ((this.#refusals.get(name) ?? 0) < maxRefusals) return
    throw new TildegateError('proxy-auth-given-up', { hop, tries: maxRefusals })
  }

  #isFresh(name: string): boolean {
    const at = this.#accepted.get(name)
    return at !== undefined && this.#clock.now() - at < freshMs
  }

  #attempt(name: string, isAlone: boolean): LoginAttempt {
    let isOver = false
    const once = (judge: () => void) => () => {
      if (isOver) return
      isOver = true
      judge()
      if (!isAlone) return
      const waiting = this.#trying.get(name) ?? []
      this.#trying.delete(name)
      for (const wake of waiting) wake()
    }
    return {
      accepted: once(() => {
        this.#refusals.delete(name)
        remember(this.#accepted, name, this.#clock.now())
      }),
      refused: once(() => {
        this.#accepted.delete(name)
        remember(this.#refusals, name, (this.#refusals.get(name) ?? 0) + 1)
      }),
      end: once(() => {}),
    }
  }

  #nameOf(hop: string, { scheme, domain = '', user, password }: ResolvedLogin): string {
    return password.use(bytes =>
      createHmac('sha256', this.#key)
        .update(JSON.stringify([hop, scheme, domain, user]))
        .update(bytes)
        .digest('base64'),
    )
  }
}

/** As the latest; the oldest leaves where there are too many. */
function remember(map: Map<string, number>, name: string, value: number): void {
  map.delete(name)
  map.set(name, value)
  const [oldest] = map.keys()
  if (map.size > maxRemembered && oldest !== undefined) map.delete(oldest)
}
