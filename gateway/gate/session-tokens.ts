/**
 * What a logged-in visitor carries: who made it, until when it holds and which it is, signed. The key comes out of the verifier, so that
 * the gateway keeps nothing, and every session ends with the password (docs/decisions/0016-visitor-sessions.md).
 */
import { createHmac, timingSafeEqual } from 'node:crypto'
import type { VisitorVerifier } from '../../shared/protocol/visitor-verifier.ts'
import type { Clock, Random } from '../../shared/world.ts'

const idBytes = 12
const form = /^1\.([0-9a-z]{1,11})\.([A-Za-z0-9_-]{16})\.([A-Za-z0-9_-]{43})$/

export interface SessionToken {
  /** As it stands in a cookie. */
  readonly text: string
  /** Names the session, for one that was logged out. */
  readonly id: string
  /** Wall clock, milliseconds since 1970. */
  readonly until: number
}

export class SessionTokens {
  readonly #clock: Clock
  readonly #random: Random

  constructor(clock: Clock, random: Random) {
    this.#clock = clock
    this.#random = random
  }

  issue(tunnel: string, verifier: VisitorVerifier, lifeMs: number): SessionToken {
    const until = Math.floor((this.#clock.wall() + lifeMs) / 1000)
    const id = Buffer.from(this.#random.bytes(idBytes)).toString('base64url')
    const signed = `1.${until.toString(36)}.${id}`
    return { text: `${signed}.${signature(tunnel, verifier, signed)}`, id, until: until * 1000 }
  }

  /** Undefined: it is none, none of this tunnel and password, or over. */
  read(text: string, tunnel: string, verifier: VisitorVerifier): SessionToken | undefined {
    const [, time = '', id = '', given = ''] = form.exec(text) ?? []
    if (given === '') return undefined
    const right = Buffer.from(signature(tunnel, verifier, `1.${time}.${id}`))
    if (!timingSafeEqual(right, Buffer.from(given))) return undefined
    const until = Number.parseInt(time, 36) * 1000
    return this.#clock.wall() < until ? { text, id, until } : undefined
  }
}

/** The name has no character that separates. */
function signature(tunnel: string, { hash, salt }: VisitorVerifier, signed: string): string {
  // The salt is known to agent and gateway only: who has a token cannot test guesses of the password on it.
  const key = createHmac('sha256', Buffer.from(hash, 'hex'))
    .update('tildegate visitor session 1\0')
    .update(Buffer.from(salt, 'hex'))
    .digest()
  return createHmac('sha256', key).update(`${tunnel}\0${signed}`).digest('base64url')
}
