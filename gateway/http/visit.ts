/**
 * One request of a visitor while it is served: who asks, where the answer goes, whether the visitor is still
 * there. How its bytes travel is for `Http1Visit` and `Http2Visit` to know.
 */
import type { Clock } from '../../shared/world.ts'
import type { UpstreamConnection } from '../upstream.ts'
import type { HttpVersion } from './counters.ts'
import type { PinnedLine } from './pinned-line.ts'
import type { CheckedRequest } from './request-checks.ts'
import type { VisitorContext } from './request-mapping.ts'
import type { VisitorRequest, VisitorResponse } from './visitor-exchange.ts'

export class VisitorLeft extends Error {
  override readonly name = 'VisitorLeft'
}

/**
 * What the target asks for, a login of the connection, HTTP/2 cannot have: several requests are under way on one of
 * its connections. The visitor is asked to come again by HTTP/1.1 (RFC 9113 §7).
 */
export class NeedsHttp11 extends Error {
  override readonly name = 'NeedsHttp11'
}

/** What a visit needs of the connection that its request came by. */
export interface VisitorConnection {
  /** No further request is served on it. */
  readonly isClosing: boolean
  /** Its requests are served beside each other, so that nothing can be bound to it. */
  readonly isShared: boolean
  /** Serves a request when its turn comes. False: too many wait already, or the connection closes. */
  take(visit: Visit, serve: () => Promise<void>, waitingMax: number): boolean
  /** An answer says that it is the last one. */
  takeNoMore(): void
  /** The back-connection that belongs to this visitor for this tunnel. */
  pinned(tunnel: string): PinnedLine | undefined
  /** From now on `line` serves this visitor's connection alone; both end together. @throws NeedsHttp11 */
  pin(tunnel: string, line: UpstreamConnection, address: string): PinnedLine
}

export abstract class Visit {
  abstract readonly request: VisitorRequest
  abstract readonly response: VisitorResponse
  abstract readonly connection: VisitorConnection
  /** The answer was sent, or there is nobody left to send it to. */
  abstract readonly over: Promise<void>
  abstract readonly http: HttpVersion
  /** Nobody is there any more. */
  abstract readonly isGone: boolean
  /** A body without a length that was cut can be told from one that ended. */
  abstract readonly showsCuts: boolean
  readonly context: VisitorContext
  /** The visitor waits for 100 before it sends its body. */
  readonly expectsContinue: boolean
  readonly isUpgrade: boolean
  /** Ends with a `VisitorLeft` when the visitor does, or with what `end` was given. */
  readonly signal: AbortSignal
  tunnel: string | undefined
  /** The visitors' gate let it pass: by a cookie with this token, or by HTTP Basic, which is not the target's then. */
  login: { readonly by: 'cookie'; readonly token: string } | { readonly by: 'basic' } | undefined
  receivedBytes = 0
  sentBytes = 0
  isBroken = false
  /** Refused because its address sends too many. */
  isSurplus = false
  /** Of the answer, also after an upgrade. */
  status = 0
  readonly #leaving = new AbortController()

  constructor(context: VisitorContext, asked: { expectsContinue: boolean; isUpgrade: boolean }) {
    this.context = context
    this.expectsContinue = asked.expectsContinue
    this.isUpgrade = asked.isUpgrade
    this.signal = this.#leaving.signal
  }

  /** @throws TildegateError request-malformed */
  abstract check(): CheckedRequest

  /** HTTP/1.0 knows neither chunks nor 1xx. */
  get speaksHttp11(): boolean {
    return this.http !== '1.0'
  }

  /** Where an ordinary answer is written. */
  abstract openAnswer(clock: Clock, lingerMs: number): VisitorResponse

  /** For an answer that may end before its request: sees to it that the visitor reads it to its end. */
  abstract lingerAfterAnswer(clock: Clock, lingerMs: number): void

  /** Ends the visitor's waiting so that nobody takes the end for the end of a body. */
  abstract cut(): void

  /** Ends it without another word; `cause` may say why. */
  abstract drop(cause?: Error): void

  /** Ends the work for this visitor now. */
  end(cause: Error): void {
    this.#leaving.abort(cause)
  }

  protected readonly leave = (): void => this.end(new VisitorLeft('The visitor left.'))
}
