/**
 * The gate before a tunnel whose owner asks visitors for a password: it stands behind the routing and before anything is asked of the
 * agent. Who is logged in passes; everybody else meets the login page, or a 401 that programs understand.
 */
import { timingSafeEqual } from 'node:crypto'
import { hashVisitorPassword, visitorPasswordMaxBytes } from '../../net/visitor-password.ts'
import type { VisitorVerifier } from '../../shared/protocol/visitor-verifier.ts'
import type { Secret } from '../../shared/secret.ts'
import type { Clock, Random } from '../../shared/world.ts'
import type { LimitReports } from '../control/limit-reports.ts'
import { ownOrigins, type VisitorEnvironment } from '../http/environment.ts'
import type { GateDoor, VisitorGate as VisitorGateShape } from '../http/gated.ts'
import { answerWith, redirect } from '../http/refusing.ts'
import type { Visit } from '../http/visit.ts'
import { loginPage } from '../pages/login-page.ts'
import type { LoginKind } from '../pages/login-texts.ts'
import { EndedSessions } from './ended-sessions.ts'
import { loginCookies, logoutCookies, passTexts, sessionTexts } from './gate-cookies.ts'
import { Guesses, type GuessLimits } from './guesses.ts'
import { HashQueue } from './hash-queue.ts'
import type { GateLimits } from './limits.ts'
import { asksForPage, basicPassword, isBrowser, isFromOwnPage, readLogin, safeBack } from './login-request.ts'
import { RememberedLogins } from './remembered-logins.ts'
import { type SessionToken, SessionTokens } from './session-tokens.ts'

export interface VisitorGateParts {
  readonly clock: Clock
  readonly random: Random
  readonly limits: GateLimits & GuessLimits
  readonly reports: LimitReports
}

/** One request that stands before the gate. */
interface Caller {
  readonly visit: Visit
  readonly environment: VisitorEnvironment
  readonly tunnel: string
  readonly verifier: VisitorVerifier
  readonly door: GateDoor
}

/** `afterMs`: too many wrong ones; when the next may be tried. */
type Verdict = 'right' | 'wrong' | { readonly afterMs: number }

export class VisitorGate implements VisitorGateShape {
  readonly #limits: GateLimits
  readonly #clock: Clock
  readonly #tokens: SessionTokens
  readonly #ended: EndedSessions
  readonly #guesses: Guesses
  readonly #queue: HashQueue
  readonly #remembered: RememberedLogins

  constructor({ clock, random, limits, reports }: VisitorGateParts) {
    this.#limits = limits
    this.#clock = clock
    this.#tokens = new SessionTokens(clock, random)
    this.#ended = new EndedSessions(limits.endedVisitorSessions)
    this.#guesses = new Guesses(clock, limits, reports)
    this.#queue = new HashQueue(clock, limits)
    this.#remembered = new RememberedLogins(
      { clock, random },
      limits.rememberedLogins,
      limits.rememberedLoginMs,
    )
  }

  async passes(
    visit: Visit,
    environment: VisitorEnvironment,
    { name, visitors }: { readonly name: string; readonly visitors: VisitorVerifier },
    door: GateDoor,
  ): Promise<boolean> {
    const caller: Caller = { visit, environment, tunnel: name, verifier: visitors, door }
    const session = this.#sessionOf(caller)
    if (door.ownPath === 'login') await this.#login(caller, session)
    else if (door.ownPath === 'logout') this.#logout(caller, session)
    else if (session !== undefined) {
      visit.login = { by: 'cookie', token: session.text }
      return true
    } else return this.#passesByBasic(caller)
    return false
  }

  close(): void {
    this.#guesses.close()
  }

  #sessionOf({ visit, door, tunnel, verifier }: Caller): SessionToken | undefined {
    const { rawHeaders } = visit.request
    const { scheme } = visit.context
    const texts = door.isRootRelative
      ? passTexts(rawHeaders, scheme)
      : sessionTexts(rawHeaders, { scheme, root: door.root })
    return texts
      .map(text => this.#tokens.read(text, tunnel, verifier))
      .find(token => token !== undefined && !this.#ended.has(token.id))
  }

  async #passesByBasic(caller: Caller): Promise<boolean> {
    const { visit } = caller
    const password = basicPassword(visit.request.rawHeaders)
    if (password === undefined) {
      this.#ask(caller, 'ask')
      return false
    }
    const verdict = await this.#check(caller, password)
    if (verdict !== 'right') {
      this.#refuse(caller, verdict, caller.door.rest)
      return false
    }
    visit.login = { by: 'basic' }
    return true
  }

  async #login(caller: Caller, session: SessionToken | undefined): Promise<void> {
    const { visit, environment, door, tunnel, verifier } = caller
    if (visit.request.method !== 'POST') {
      if (session === undefined) this.#ask(caller, 'ask', '')
      else this.#goTo(caller, '')
      return
    }
    if (!isFromOwnPage(visit.request.rawHeaders, ownOrigins(visit.context, environment))) {
      this.#ask(caller, 'foreign', '')
      return
    }
    const { password, back } = await readLogin(visit, this.#clock, this.#limits)
    const verdict = await this.#check(caller, password)
    if (verdict !== 'right') {
      this.#refuse(caller, verdict, back)
      return
    }
    const lifeMs = this.#limits.visitorSessionMs
    const { text } = this.#tokens.issue(tunnel, verifier, lifeMs)
    this.#goTo(caller, back, loginCookies(text, lifeMs, { scheme: visit.context.scheme, root: door.root }))
  }

  #logout(caller: Caller, session: SessionToken | undefined): void {
    const { visit, environment, door } = caller
    const isPost = visit.request.method === 'POST'
    if (!isPost || !isFromOwnPage(visit.request.rawHeaders, ownOrigins(visit.context, environment))) {
      if (session === undefined) this.#ask(caller, 'ask', '')
      else this.#show(caller, 'leaving', 'logout', '')
      return
    }
    if (session !== undefined) this.#ended.add(session.id)
    this.#goTo(caller, '', logoutCookies({ scheme: visit.context.scheme, root: door.root }))
  }

  /** What a program asks over and over is checked once. */
  async #check({ visit, tunnel, verifier }: Caller, password: Secret): Promise<Verdict> {
    const length = password.use(bytes => bytes.length)
    if (length === 0 || length > visitorPasswordMaxBytes) return 'wrong'
    // Before what is remembered: else the one guess that is right would be the one that no limit keeps back.
    const afterMs = this.#guesses.waitMs(tunnel, visit.context.address)
    if (afterMs !== undefined) return { afterMs }
    const key = this.#remembered.keyOf(tunnel, verifier, password)
    const known = this.#remembered.find(key)
    if (known !== undefined) return known ? 'right' : 'wrong'
    const guess = this.#guesses.begin(tunnel, visit.context.address)
    if (typeof guess === 'number') return { afterMs: guess }
    let isRight: boolean | undefined
    try {
      const hash = await this.#queue.run(tunnel, visit.signal, () => hashVisitorPassword(password, verifier))
      isRight = timingSafeEqual(hash, Buffer.from(verifier.hash, 'hex'))
    } finally {
      guess.end(isRight)
    }
    this.#remembered.keep(key, isRight)
    return isRight ? 'right' : 'wrong'
  }

  #refuse(caller: Caller, verdict: Exclude<Verdict, 'right'>, back: string): void {
    if (verdict === 'wrong') this.#ask(caller, 'wrong', back)
    else {
      const seconds = Math.ceil(verdict.afterMs / 1000)
      this.#show(caller, 'limited', 'login', safeBack(back), [['Retry-After', String(seconds)]])
    }
  }

  /** RFC 9110 §15.5.2 wants a challenge with a 401; the one for browsers names a scheme that they leave to the page. */
  #ask(caller: Caller, kind: LoginKind, back?: string): void {
    const { rawHeaders, method } = caller.visit.request
    const isRead = method === 'GET' || method === 'HEAD'
    const wanted = back ?? (isRead && !caller.visit.isUpgrade ? caller.door.rest : '')
    const scheme = asksForPage(rawHeaders) || isBrowser(rawHeaders) ? 'Form' : 'Basic'
    const realm = `${scheme} realm="/~~${caller.tunnel}/"${scheme === 'Basic' ? ', charset="UTF-8"' : ''}`
    this.#show(
      caller,
      kind,
      'login',
      safeBack(wanted),
      kind === 'foreign' ? [] : [['WWW-Authenticate', realm]],
    )
  }

  #show(
    { visit, environment, door }: Caller,
    kind: LoginKind,
    path: 'login' | 'logout',
    back: string,
    more: readonly (readonly [string, string])[] = [],
  ): void {
    const action = `${door.root}.tildegate/${path}`
    const page = loginPage(kind, { action, back }, visit.request.headers, more)
    answerWith(visit, environment, page)
  }

  #goTo({ visit, environment, door }: Caller, back: string, cookies: readonly string[] = []): void {
    const headers = ['Location', door.root + back, 'Cache-Control', 'no-store']
    for (const cookie of cookies) headers.push('Set-Cookie', cookie)
    redirect(visit, environment, 303, headers)
  }
}
