/**
 * Who may begin a handshake, and who may guess: counted by address before any expensive work
 * (protocol.md, sections 2 and 6). Holds no state of a handshake itself.
 */
import type { Clock } from '../../shared/world.ts'
import type { GatewayLimits } from '../limits.ts'
import { countedAddress } from '../listen/address-ranges.ts'
import { Counts } from './counts.ts'
import type { LimitReports } from './limit-reports.ts'
import { SlidingWindows } from './sliding-windows.ts'

const minuteMs = 60_000

/** One control connection in its handshake. */
export interface Attempt {
  /** Whether another guess for this name may be tried from there. */
  mayGuess(name: string): boolean
  /** The guess begins, at most once; it counts as failed until the handshake ends. False: too many are under way. */
  guessBegins(name: string): boolean
  /** A wrong password, or a name that does not exist. */
  guessFailed(name: string): void
  /** The handshake is finished, this way or that. Idempotent. */
  end(): void
}

export class Admission {
  readonly #limits: GatewayLimits
  readonly #reports: LimitReports
  readonly #unfinished = new Counts()
  /** Guesses under way, by address and name. */
  readonly #guessing = new Counts()
  #unfinishedInAll = 0
  readonly #guessesForName: SlidingWindows
  readonly #guesses: SlidingWindows

  constructor(limits: GatewayLimits, clock: Clock, reports: LimitReports) {
    this.#limits = limits
    this.#reports = reports
    const spanMs = minuteMs
    const maxKeys = limits.countedAddresses
    this.#guessesForName = new SlidingWindows(clock, {
      limit: limits.failedGuessesPerNameAndAddressPerMinute,
      spanMs,
      maxKeys,
    })
    this.#guesses = new SlidingWindows(clock, {
      limit: limits.failedGuessesPerAddressPerMinute,
      spanMs,
      maxKeys,
    })
  }

  /** A control connection arrives. Undefined: refused. */
  begin(address: string): Attempt | undefined {
    const key = countedAddress(address)
    if (this.#unfinishedInAll >= this.#limits.unfinishedHandshakes) {
      this.#reports.exceeded('unfinished-handshakes', address, 'too many handshakes in all')
      return undefined
    }
    if (this.#unfinished.count(key) >= this.#limits.unfinishedHandshakesPerAddress) {
      this.#reports.exceeded('unfinished-handshakes-of-address', address, 'too many handshakes from here')
      return undefined
    }
    this.#unfinished.raise(key)
    this.#unfinishedInAll++
    let guess: string | undefined
    let isOver = false
    return {
      mayGuess: name => this.#mayGuess(name, key, address, 0),
      // Not before: who only opens connections must not keep the agent out that has the password.
      guessBegins: name => {
        if (!this.#mayGuess(name, key, address, this.#guessing.count(`${key} ${name}`))) return false
        guess = `${key} ${name}`
        this.#guessing.raise(guess)
        return true
      },
      guessFailed: name => {
        this.#guesses.add(key)
        this.#guessesForName.add(`${key} ${name}`)
      },
      end: () => {
        if (isOver) return
        isOver = true
        this.#unfinishedInAll--
        this.#unfinished.lower(key)
        if (guess !== undefined) this.#guessing.lower(guess)
      },
    }
  }

  get unfinished(): number {
    return this.#unfinishedInAll
  }

  #mayGuess(name: string, key: string, address: string, underWay: number): boolean {
    if (this.#guesses.isFull(key)) {
      this.#reports.exceeded('failed-guesses-of-address', address, 'too many wrong passwords from here')
      return false
    }
    // Those under way count as failed, else many at once would be so many guesses.
    if (this.#guessesForName.isFull(`${key} ${name}`, underWay)) {
      this.#reports.exceeded('failed-guesses', address, 'too many wrong passwords for one name')
      return false
    }
    return true
  }

  close(): void {
    this.#guesses.close()
    this.#guessesForName.close()
  }
}
