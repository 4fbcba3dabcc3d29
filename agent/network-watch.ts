/** Notices that this computer's addresses have changed: another Wi-Fi, a cable, a VPN. No system tells a program without native code. */
import { networkInterfaces } from 'node:os'
import type { Clock, Timer } from '../shared/world.ts'

export interface NetworkWatchOptions {
  readonly clock: Clock
  onChange(): void
  /** As Node's `os.networkInterfaces`. */
  readonly read?: typeof networkInterfaces
}

const everyMs = 3_000

export class NetworkWatch {
  readonly #options: NetworkWatchOptions
  #timer: Timer | undefined
  #seen: string

  constructor(options: NetworkWatchOptions) {
    this.#options = options
    this.#seen = this.#look()
    this.#again()
  }

  close(): void {
    this.#timer?.cancel()
  }

  #again(): void {
    this.#timer = this.#options.clock.after(everyMs, () => {
      const now = this.#look()
      if (now !== this.#seen) {
        this.#seen = now
        this.#options.onChange()
      }
      this.#again()
    })
  }

  /** Of IPv6 the network alone: addresses within it change by themselves every day. */
  #look(): string {
    const { read = networkInterfaces } = this.#options
    const addresses = Object.values(read()).flatMap((all = []) =>
      all.flatMap(({ internal, family, address }) => {
        if (internal || address.startsWith('fe80:')) return []
        return [family === 'IPv6' ? address.split(':').slice(0, 4).join(':') : address]
      }),
    )
    return [...new Set(addresses)].toSorted().join(' ')
  }
}
