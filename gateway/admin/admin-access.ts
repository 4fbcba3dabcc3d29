/**
 * Who may use the admin listener: who has the token, in a header or by the cookie that a login with it gave; without a token, whoever is
 * on this computer. Wrong tokens are counted by address, and too many are not looked at.
 */
import { createHash, timingSafeEqual } from 'node:crypto'
import type { IncomingMessage } from 'node:http'
import type { Secret } from '../../shared/secret.ts'
import type { Clock, Log, Random } from '../../shared/world.ts'
import type { LimitReports } from '../control/limit-reports.ts'
import { SlidingWindows } from '../control/sliding-windows.ts'
import type { GatewayLimits } from '../limits.ts'
import { countedAddress } from '../listen/address-ranges.ts'
import { LoginSessions } from './login-sessions.ts'
import { type Reply, textReply } from './reply.ts'
import { isLoopbackHost } from './same-origin.ts'

export interface AccessParts {
  readonly token: Secret | undefined
  readonly clock: Clock
  readonly random: Random
  readonly log: Log
  readonly limits: GatewayLimits
  readonly reports: LimitReports
}

/** `bearer`: no browser sends it by itself, so that no page can misuse it. */
export type Access = { readonly by: 'bearer' | 'cookie' | 'loopback' } | { readonly refused: Reply }

/** Begins as the cookies do that the gateway keeps from targets: browsers send it to every port of this host. */
const cookieName = 'tildegate-admin'

export class AdminAccess {
  readonly #parts: AccessParts
  readonly #sessions: LoginSessions
  readonly #wrong: SlidingWindows

  constructor(parts: AccessParts) {
    const { limits, clock } = parts
    this.#parts = parts
    this.#sessions = new LoginSessions(parts, { max: limits.adminLogins, lifeMs: limits.adminLoginMs })
    this.#wrong = new SlidingWindows(clock, {
      limit: limits.wrongTokensPerAddressPerMinute,
      spanMs: 60_000,
      maxKeys: limits.countedAddresses,
    })
  }

  get asksForToken(): boolean {
    return this.#parts.token !== undefined
  }

  judge(request: IncomingMessage): Access {
    const { token } = this.#parts
    if (token === undefined) return isLoopbackHost(request.headers.host) ? { by: 'loopback' } : missing
    const given = /^Bearer +(\S+)$/i.exec(request.headers.authorization ?? '')?.[1]
    if (given !== undefined) {
      const refused = this.#check(token, given, request)
      return refused === undefined ? { by: 'bearer' } : { refused }
    }
    return sessionsOf(request).some(id => this.#sessions.has(id)) ? { by: 'cookie' } : missing
  }

  /** A login with the token: the cookie for it, or why not. */
  login(given: string, request: IncomingMessage): Reply {
    const { token, limits, log } = this.#parts
    if (token === undefined) return textReply(404, 'no token is asked for')
    const refused = this.#check(token, given, request)
    if (refused !== undefined) return refused
    // What the browser had is of no more use.
    for (const id of sessionsOf(request)) this.#sessions.end(id)
    const id = this.#sessions.begin()
    log.info({ address: request.socket.remoteAddress }, 'an admin has logged in')
    return { status: 204, body: '', headers: cookie(request, id, Math.floor(limits.adminLoginMs / 1000)) }
  }

  logout(request: IncomingMessage): Reply {
    for (const id of sessionsOf(request)) this.#sessions.end(id)
    return { status: 204, body: '', headers: cookie(request, '', 0) }
  }

  close(): void {
    this.#wrong.close()
  }

  /** Undefined: it is the token. */
  #check(token: Secret, given: string, request: IncomingMessage): Reply | undefined {
    const address = request.socket.remoteAddress ?? 'unknown'
    const key = countedAddress(address)
    if (this.#wrong.isFull(key)) {
      this.#parts.reports.exceeded('wrong-admin-tokens', address, 'too many wrong tokens from here')
      return textReply(429, 'too many wrong tokens; try again in a minute', { 'Retry-After': '60' })
    }
    // Digests have one length, so the comparison tells nothing of the token's.
    if (token.use(bytes => timingSafeEqual(digest(bytes), digest(given)))) return undefined
    this.#wrong.add(key)
    this.#parts.reports.refused('admin: wrong token', address, 'a wrong token at the admin listener')
    return unauthorized
  }
}

const unauthorized = textReply(401, 'the token is missing or wrong', {
  'WWW-Authenticate': 'Bearer realm="tildegate"',
})
const missing = { refused: unauthorized }

/** A browser may send several of one name, for a page of another port can set some; they must not hide ours. */
function sessionsOf({ headers }: IncomingMessage): string[] {
  return (headers.cookie ?? '')
    .split(';')
    .map(pair => pair.trim())
    .filter(pair => pair.startsWith(`${cookieName}=`))
    .map(pair => pair.slice(cookieName.length + 1))
}

function cookie(request: IncomingMessage, value: string, seconds: number): Record<string, string> {
  // Our own listener has no TLS, but something in front may.
  const secure = request.headers.origin?.startsWith('https:') === true ? '; Secure' : ''
  const attributes = `Path=/; Max-Age=${seconds}; HttpOnly; SameSite=Strict${secure}`
  return { 'Set-Cookie': `${cookieName}=${value}; ${attributes}` }
}

function digest(value: string | Uint8Array): Buffer {
  return createHash('sha256').update(value).digest()
}
