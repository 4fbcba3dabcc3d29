/**
 * One request, from the visitor to the target and back: a connection is taken, the head is mapped and sent,
 * the bodies are passed on, and the connection is given back or closed. What goes wrong before an answer has
 * begun is thrown and becomes a page of our own; what goes wrong later cuts the visitor's connection.
 */
import { TildegateError } from '../../shared/errors.ts'
import { countedAddress } from '../listen/address-ranges.ts'
import type { Upstream, UpstreamConnection } from '../upstream.ts'
import { acquireWithin } from './acquiring.ts'
import { passAnswer } from './answering.ts'
import { Upload } from './bodies.ts'
import { ownOrigins, type VisitorEnvironment } from './environment.ts'
import { fieldsOf, type RawHeaders } from './header-list.ts'
import { Http1Visit } from './http1-visit.ts'
import { Patience } from './patience.ts'
import { PinnedLine } from './pinned-line.ts'
import type { CheckedRequest } from './request-checks.ts'
import { mapRequestHead, type TargetHead } from './request-mapping.ts'
import { carriesConnectionLogin, mapResponseHead } from './response-mapping.ts'
import { type InterimAnswer, type TargetAnswer, TargetExchange } from './target-exchange.ts'
import { passUpgraded } from './upgrading.ts'
import type { TwoViews } from './url-mapping.ts'
import { NeedsHttp11, type Visit } from './visit.ts'

/** A request under way: what the parts of this folder hand to each other. */
export interface Relay {
  readonly visit: Visit
  readonly environment: VisitorEnvironment
  readonly upstream: Upstream
  readonly checked: CheckedRequest
  readonly views: TwoViews
  readonly head: TargetHead
}

/** Where the visitor sees what it asked for. */
export type Place = Pick<TwoViews, 'prefix' | 'isOwnOrigin' | 'isRootRelative'> & {
  /** Below the target's base, query included, byte for byte. */
  readonly rest: string
}

/** Methods that may be sent again when nobody knows whether they arrived (RFC 9110 §9.2.2). */
const idempotent: ReadonlySet<string> = new Set([
  'GET',
  'HEAD',
  'OPTIONS',
  'TRACE',
  'PUT',
  'DELETE',
  'PROPFIND',
  'REPORT',
  'SEARCH',
  'QUERY',
])

/** @throws TildegateError for what a page of our own tells the visitor; VisitorLeft */
export async function relayRequest(
  visit: Visit,
  environment: VisitorEnvironment,
  upstream: Upstream,
  checked: CheckedRequest,
  place: Place,
): Promise<void> {
  const views = viewsOf(visit, environment, upstream, place)
  const { httpVersion } = visit.request
  const rawHeaders = passableHeaders(visit)
  const visitorHead = { ...checked, rawHeaders, httpVersion, isUpgrade: visit.isUpgrade }
  const head = mapRequestHead(visitorHead, views, visit.context)
  const relay = { visit, environment, upstream, checked, views, head }
  for (let fresh = false; ; fresh = true) {
    const line = await takeLine(relay, fresh)
    const mayRetry =
      line.isReused &&
      !fresh &&
      checked.body === 'none' &&
      idempotent.has(checked.method) &&
      !visit.signal.aborted
    if (await attempt(relay, line, mayRetry)) return
  }
}

/** A login that the gateway took for its own is not for the target. */
function passableHeaders({ request: { rawHeaders }, login }: Visit): RawHeaders {
  if (login?.by !== 'basic') return rawHeaders
  return [...fieldsOf(rawHeaders)].filter(([name]) => name.toLowerCase() !== 'authorization').flat()
}

function viewsOf(
  visit: Visit,
  environment: VisitorEnvironment,
  { target }: Upstream,
  { rest, ...place }: Place,
): TwoViews {
  const visitorOrigins = ownOrigins(visit.context, environment)
  return { ...place, target, visitorOrigins, askedPath: target.base + rest }
}

/** The connection that belongs to this visitor, or one of the pool. */
async function takeLine(
  { visit, upstream, environment }: Relay,
  fresh: boolean,
): Promise<UpstreamConnection> {
  const pinned = visit.connection.pinned(upstream.name)
  if (pinned === undefined) {
    if (visit.connection.isShared && carriesConnectionLogin(visit.request.rawHeaders))
      throw new NeedsHttp11('The request logs a connection in.')
    const { signal, context } = visit
    const wish = { fresh, signal, address: countedAddress(context.address) }
    return acquireWithin(upstream, wish, environment.clock, environment.limits.acquireMs)
  }
  if (pinned.address !== visit.context.address) {
    // A proxy in front sends several visitors over one connection: none may get the other's login.
    pinned.destroy()
    environment.counters.protocolViolation('shared-login', visit.context.address)
    throw new TildegateError('target-broke-off')
  }
  pinned.take()
  return pinned
}

/** False: the connection was dead already, and the request may be sent again. */
async function attempt(relay: Relay, line: UpstreamConnection, mayRetry: boolean): Promise<boolean> {
  const { visit, environment, checked, head } = relay
  const { limits, clock } = environment
  const exchange: TargetExchange = new TargetExchange(line, head, limits.answerHeadBytes, interim =>
    passInterim(relay, interim, ++interims <= limits.interimAnswers ? patience : undefined),
  )
  let interims = 0
  const patience = new Patience(clock, { visitor: limits.uploadIdleMs, target: limits.answerMs }, awaited => {
    // A visitor that waits for 100 is not the one who keeps us waiting.
    const isVisitor = awaited === 'visitor' && (!visit.expectsContinue || upload?.passedBytes !== 0)
    exchange.fail(new TildegateError(isVisitor ? 'request-timeout' : 'target-timeout'))
  })
  let upload: Upload | undefined
  const leave = () => exchange.fail(visit.signal.reason as Error)
  visit.signal.addEventListener('abort', leave, { once: true })
  try {
    if (visit.signal.aborted) leave()
    if (checked.body === 'none') {
      exchange.request.end()
      patience.waitFor('target')
    } else {
      exchange.request.flushHeaders()
      upload = new Upload(visit.request, exchange.request, checked.body === 'chunked', patience)
    }
    const answer = await firstAnswer(exchange, line, mayRetry)
    patience.end()
    if (answer === undefined) return false
    if (answer.kind === 'answer') await passAnswer(relay, exchange, answer.message, upload)
    else if (visit instanceof Http1Visit) await passUpgraded(relay, visit, exchange, answer)
    return true
  } catch (error) {
    exchange.fail(error instanceof Error ? error : undefined)
    upload?.stop()
    throw error
  } finally {
    patience.end()
    visit.receivedBytes += upload?.passedBytes ?? 0
    visit.signal.removeEventListener('abort', leave)
  }
}

async function firstAnswer(
  exchange: TargetExchange,
  line: UpstreamConnection,
  mayRetry: boolean,
): Promise<TargetAnswer | undefined> {
  try {
    return await exchange.answered
  } catch (error) {
    const isSilent = exchange.receivedBytes === 0
    const isBrokenOff = error instanceof TildegateError && error.code === 'target-broke-off'
    exchange.fail()
    if (mayRetry && isSilent && isBrokenOff) return undefined
    if (line instanceof PinnedLine && isSilent && isBrokenOff)
      throw new LoginLost('The login ended.', { cause: error })
    throw error
  }
}

/**
 * The connection with the visitor's login died while it rested. The visitor's ends with it, without an answer,
 * so that a browser begins anew by itself.
 */
export class LoginLost extends Error {
  override readonly name = 'LoginLost'
}

/** 100 goes only to a visitor that waits for it; no 1xx to HTTP/1.0 (RFC 9110 §15.2). */
function passInterim({ visit, views }: Relay, answer: InterimAnswer, patience: Patience | undefined): void {
  // One that sends nothing else, forever, gets no more patience.
  if (patience === undefined) return
  if (visit.request.complete) patience.waitFor('target')
  if (!visit.speaksHttp11 || visit.isUpgrade || visit.response.headersSent) return
  if (answer.statusCode === 100) {
    if (visit.expectsContinue) visit.response.writeContinue()
    return
  }
  const head = { statusCode: answer.statusCode, httpVersion: '1.1', rawHeaders: answer.rawHeaders }
  visit.response.writeInformation(answer.statusCode, mapResponseHead(head, 'none', views))
}
