/**
 * How many connections each address has, at all listeners together: one alone must not fill them. Fronts that we are told of are not counted,
 * since everybody comes from there, nor is this computer itself, where a front may be that we are not told of; behind those that send a PROXY
 * header, it is who is named in it that counts.
 */
import type { Socket } from 'node:net'
import { Counts } from '../control/counts.ts'
import type { LimitReports } from '../control/limit-reports.ts'
import { type AddressRanges, countedAddress, isLoopback } from './address-ranges.ts'

export class AddressConnections {
  readonly #max: number
  readonly #fronts: readonly AddressRanges[]
  readonly #reports: LimitReports
  readonly #counts = new Counts()

  constructor(max: number, fronts: readonly AddressRanges[], reports: LimitReports) {
    this.#max = max
    this.#fronts = fronts
    this.#reports = reports
  }

  /** Counts it until it closes. False: it was one too many, and is closed. */
  admit(socket: Socket, address: string): boolean {
    if (isLoopback(address) || this.#fronts.some(front => front.has(address))) return true
    const key = countedAddress(address)
    if (this.#counts.count(key) >= this.#max) {
      this.#reports.exceeded('connections-of-address', address, 'too many connections from one address')
      // A reset leaves nothing behind in the kernel, where a thousand a second may be refused.
      socket.resetAndDestroy()
      return false
    }
    this.#counts.raise(key)
    socket.once('close', () => this.#counts.lower(key))
    return true
  }
}
