/**
 * The tickets that wait for their back-connection, of all sessions. A ticket leaves at its first presentation,
 * right or wrong, at its deadline, or when its session ends (protocol.md, section 5).
 */

import type { Duplex } from 'node:stream'
import { presentedTicket, type Ticket, ticketMatches } from '../../net/seal/index.ts'
import { TildegateError } from '../../shared/errors.ts'
import { Secret } from '../../shared/secret.ts'
import type { Clock, Random, Timer } from '../../shared/world.ts'

/** Somebody who was not the agent used the ticket up: ask for another. */
export class TicketBurnt extends Error {
  override readonly name = 'TicketBurnt'
}

export interface IssuedTicket {
  readonly ticket: Ticket
  /** Hex of the id. */
  readonly key: string
  /**
   * The stream it was presented on, from the answer 101 on.
   * Rejects with TicketBurnt, back-connection-timeout, or what `revoke` was given.
   */
  readonly presented: Promise<Duplex>
  /** Idempotent; without effect once it was presented. */
  revoke(cause: Error): void
}

/** A right presentation: the ticket is used up. */
export interface AcceptedTicket {
  /** Hands the stream to whoever waits for it. */
  deliver(stream: Duplex): void
  /** There will be no stream. */
  fail(cause: Error): void
}

interface Pending {
  readonly ticket: Ticket
  readonly session: Uint8Array
  readonly isBare: boolean
  readonly timer: Timer
  deliver(stream: Duplex): void
  fail(cause: Error): void
}

export type TicketEnd = 'used' | 'failed' | 'expired' | 'burnt'

export class TicketDesk {
  readonly #world: { clock: Clock; random: Random }
  readonly #ticketMs: number
  readonly #ended: (how: TicketEnd) => void
  readonly #pending = new Map<string, Pending>()
  readonly #bareWaiters: (() => void)[] = []

  constructor(world: { clock: Clock; random: Random }, ticketMs: number, ended: (how: TicketEnd) => void) {
    this.#world = world
    this.#ticketMs = ticketMs
    this.#ended = ended
  }

  get size(): number {
    return this.#pending.size
  }

  /** Resolves when no bare ticket waits any more: within the life of a ticket, if no new ones are issued. */
  bareOnesGone(): Promise<void> {
    return new Promise(resolve => {
      this.#bareWaiters.push(resolve)
      this.#tellBareOnesGone()
    })
  }

  /**
   * The caller bounds how many a session may have.
   * @param isBare nothing is encrypted inside: the agent shows it only to the certificate that it knows
   */
  issue(session: Uint8Array, { isBare }: { isBare: boolean }): IssuedTicket {
    const { clock, random } = this.#world
    const ticket: Ticket = { id: random.bytes(16), secret: Secret.fromBytes(random.bytes(32)) }
    const key = Buffer.from(ticket.id).toString('hex')
    const leave = (how: TicketEnd) => {
      if (this.#pending.get(key) !== pending) return false
      this.#remove(key, pending)
      this.#ended(how)
      return true
    }
    let deliver: (stream: Duplex) => void = () => {}
    let fail: (cause: Error) => void = () => {}
    const presented = new Promise<Duplex>((resolve, reject) => {
      deliver = resolve
      fail = reject
    })
    const pending: Pending = {
      ticket,
      session,
      isBare,
      deliver,
      fail,
      timer: clock.after(this.#ticketMs, () => {
        if (leave('expired')) fail(new TildegateError('back-connection-timeout'))
      }),
    }
    this.#pending.set(key, pending)
    // Whoever issued it waits for this; should it have gone meanwhile, nobody minds.
    presented.catch(() => {})
    return {
      ticket,
      key,
      presented,
      revoke: cause => {
        if (leave('failed')) fail(cause)
      },
    }
  }

  /** Undefined: refused, whatever the reason. `header` is the value of Tildegate-Ticket. */
  present(header: string): AcceptedTicket | undefined {
    const presentation = presentedTicket(header)
    if (presentation === undefined) return undefined
    const key = Buffer.from(presentation.id).toString('hex')
    const pending = this.#pending.get(key)
    if (pending === undefined) return undefined
    this.#remove(key, pending)
    if (!ticketMatches(presentation, pending.ticket, pending.session)) {
      this.#ended('burnt')
      pending.fail(new TicketBurnt('presented by somebody without its secret'))
      return undefined
    }
    this.#ended('used')
    return pending
  }

  #remove(key: string, { timer }: Pending): void {
    this.#pending.delete(key)
    timer.cancel()
    this.#tellBareOnesGone()
  }

  #tellBareOnesGone(): void {
    if (this.#bareWaiters.length === 0) return
    for (const { isBare } of this.#pending.values()) if (isBare) return
    for (const tell of this.#bareWaiters.splice(0)) tell()
  }
}
