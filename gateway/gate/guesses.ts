/** How often wrong visitor passwords may come: counted for (address, tunnel) and for the address. Nobody is ever locked out of a tunnel as such. */

import type { Clock } from '../../shared/world.ts'
import { Counts } from '../control/counts.ts'
import type { LimitReports } from '../control/limit-reports.ts'
import { SlidingWindows } from '../control/sliding-windows.ts'
import { countedAddress } from '../listen/address-ranges.ts'

const minuteMs = 60_000

export interface GuessLimits {
  readonly visitorGuessesPerTunnelAndAddressPerMinute: number
  readonly visitorGuessesPerAddressPerMinute: number
  readonly countedAddresses: number
}

/** A guess under way; it counts as wrong until it ends. */
export interface Guess {
  end(isRight: boolean | undefined): void
}

export class Guesses {
  readonly #reports: LimitReports
  readonly #ofTunnel: SlidingWindows
  readonly #ofAddress: SlidingWindows
  readonly #underWay = new Counts()

  constructor(clock: Clock, limits: GuessLimits, reports: LimitReports) {
    const common = { spanMs: minuteMs, maxKeys: limits.countedAddresses }
    this.#reports = reports
    this.#ofTunnel = new SlidingWindows(clock, {
      limit: limits.visitorGuessesPerTunnelAndAddressPerMinute,
      ...common,
    })
    this.#ofAddress = new SlidingWindows(clock, {
      limit: limits.visitorGuessesPerAddressPerMinute,
      ...common,
    })
  }

  /** Undefined: another one may be tried. Else so many milliseconds until it may. */
  waitMs(tunnel: string, address: string): number | undefined {
    const { whose, key } = keysOf(tunnel, address)
    return this.#tooMany(address, whose, 0, key, 0)
  }

  /** A number: as `waitMs`, those under way counted as wrong. */
  begin(tunnel: string, address: string): Guess | number {
    const { whose, key } = keysOf(tunnel, address)
    const tooMany = this.#tooMany(address, whose, this.#underWay.count(whose), key, this.#underWay.count(key))
    if (tooMany !== undefined) return tooMany
    for (const one of [whose, key]) this.#underWay.raise(one)
    return {
      end: isRight => {
        for (const one of [whose, key]) this.#underWay.lower(one)
        if (isRight !== false) return
        this.#ofAddress.add(whose)
        this.#ofTunnel.add(key)
        this.#reports.refused('visitor: wrong password', address, `a wrong visitor password for /~~${tunnel}`)
      },
    }
  }

  close(): void {
    this.#ofTunnel.close()
    this.#ofAddress.close()
  }

  #tooMany(
    address: string,
    whose: string,
    ofAddress: number,
    key: string,
    ofTunnel: number,
  ): number | undefined {
    if (this.#ofAddress.isFull(whose, ofAddress))
      return this.#refused('visitor-guesses-of-address', address, this.#ofAddress.waitMs(whose))
    if (this.#ofTunnel.isFull(key, ofTunnel))
      return this.#refused('visitor-guesses', address, this.#ofTunnel.waitMs(key))
    return undefined
  }

  #refused(limit: string, address: string, waitMs: number): number {
    this.#reports.exceeded(limit, address, 'too many wrong visitor passwords')
    return Math.max(1_000, waitMs)
  }
}

function keysOf(tunnel: string, address: string): { whose: string; key: string } {
  const whose = countedAddress(address)
  return { whose, key: `${whose} ${tunnel}` }
}
