/** The target's answer on its way to the visitor: head, body, trailers, and how it ends. */
import type { IncomingMessage } from 'node:http'
import { type ErrorCode, TildegateError } from '../../shared/errors.ts'
import type { Clock } from '../../shared/world.ts'
import { passCookie, passTexts } from '../gate/gate-cookies.ts'
import { passBody, type Upload } from './bodies.ts'
import { passableTrailers, type RawHeaders, valuesOf } from './header-list.ts'
import { PinnedLine } from './pinned-line.ts'
import { keptPrivate } from './private-answers.ts'
import { mustClose } from './refusing.ts'
import type { Relay } from './relay.ts'
import {
  type AnswerFraming,
  type AnswerHead,
  answerFraming,
  asksConnectionLogin,
  carriesConnectionLogin,
  mapResponseHead,
} from './response-mapping.ts'
import { cookieForPage, opensPage } from './route-cookie.ts'
import type { TargetExchange } from './target-exchange.ts'
import { withHsts } from './transport-security.ts'
import type { Visit } from './visit.ts'
import type { VisitorResponse } from './visitor-exchange.ts'

/** @throws TildegateError before anything was sent: the agent's own refusal, or an answer that is no HTTP */
export async function passAnswer(
  relay: Relay,
  exchange: TargetExchange,
  message: IncomingMessage,
  upload: Upload | undefined,
): Promise<void> {
  const { visit, environment, checked } = relay
  const { clock, limits } = environment
  const head = answerHead(message)
  const refusal = agentRefusal(head)
  if (refusal !== undefined) throw new TildegateError(refusal)
  const framing = answerFraming(checked.method, head)
  if (framing === undefined) throw new TildegateError('target-broke-off')
  pinLogin(relay, exchange, head)

  // The answer came before the request was whole: nobody knows how much of it the target will read.
  const isEarly = upload !== undefined && !upload.isWhole
  if (isEarly) {
    exchange.closeAfterwards()
    // It wants no more, or will not read it.
    if (head.statusCode >= 300 || !exchange.request.shouldKeepAlive) upload.stop()
  }
  const toVisitor = visitorFraming(visit, framing)
  const response = visit.openAnswer(clock, limits.lingerMs)
  const isLast =
    isEarly ||
    toVisitor === 'until-close' ||
    mustClose(visit, environment) ||
    (exchange.line instanceof PinnedLine && !exchange.request.shouldKeepAlive)
  writeHead(relay, response, head, message.statusMessage ?? '', toVisitor, isLast)
  if (isEarly) visit.lingerAfterAnswer(clock, limits.lingerMs)

  try {
    await passBody(message, response, limits.stalledVisitorMs, clock, count => {
      visit.sentBytes += count
    })
    if (!(await within(exchange.endedInOrder(), limits.endedInOrderMs, clock)))
      throw new TildegateError('target-broke-off')
  } catch (error) {
    if (error instanceof TildegateError)
      environment.log.debug({ tunnel: visit.tunnel, code: error.code }, 'an answer was cut')
    visit.isBroken = true
    exchange.fail()
    visit.cut()
    return
  }
  if (framing === 'until-close') exchange.fail()
  if (toVisitor === 'chunked') response.addTrailers(passableTrailers(message.rawTrailers))
  if (isEarly && !upload.isWhole) {
    upload.stop()
    exchange.fail()
  }
  response.end()
}

/** How the visitor learns where the body ends. What only a close ends stays so where a cut can be told from it. */
function visitorFraming(visit: Visit, framing: AnswerFraming): AnswerFraming {
  if (framing === 'chunked' && !visit.speaksHttp11) return 'until-close'
  if (framing === 'until-close' && visit.speaksHttp11 && !visit.showsCuts) return 'chunked'
  return framing
}

function writeHead(
  { visit, views, upstream, environment }: Relay,
  response: VisitorResponse,
  head: AnswerHead,
  statusMessage: string,
  framing: AnswerFraming,
  isLast: boolean,
): void {
  const mapped = mapResponseHead(head, framing, views)
  const kept = visit.login === undefined ? mapped : keptPrivate(mapped)
  const headers = withHsts(kept, visit.context, environment.transport)
  if (!views.isOwnOrigin)
    for (const cookie of cookiesForPage(visit, headers, upstream.name)) headers.push('Set-Cookie', cookie)
  if (isLast) {
    headers.push('Connection', 'close')
    visit.connection.takeNoMore()
  }
  // Else Node would mark the end by chunks.
  if (framing === 'until-close') response.removeHeader('Transfer-Encoding')
  try {
    response.writeHead(head.statusCode, statusMessage, headers)
  } catch (cause) {
    throw new TildegateError('target-broke-off', {}, { cause })
  }
  visit.status = head.statusCode
  // At once, for events that begin with nothing; with the first bytes of the body where they are here already.
  setImmediate(() => {
    if (!response.writableEnded && !response.destroyed) response.flushHeaders()
  })
}

/** With which the pages that do not know their prefix find their tunnel, and get into it. */
function cookiesForPage({ request, context, login }: Visit, answer: RawHeaders, tunnel: string): string[] {
  const route = cookieForPage(request, answer, tunnel, context.scheme)
  const token = login?.by === 'cookie' ? login.token : undefined
  const needsPass =
    token !== undefined &&
    opensPage(request, answer) &&
    passTexts(request.rawHeaders, context.scheme)[0] !== token
  return [...(route === undefined ? [] : [route]), ...(needsPass ? [passCookie(token, context.scheme)] : [])]
}

/** The target logs connections in: from here on this one serves this visitor's connection alone. */
function pinLogin({ visit, upstream }: Relay, exchange: TargetExchange, head: AnswerHead): void {
  if (exchange.line instanceof PinnedLine) return
  if (!asksConnectionLogin(head) && !carriesConnectionLogin(visit.request.rawHeaders)) return
  if (visit.isUpgrade) exchange.closeAfterwards()
  else exchange.pinTo(visit.connection.pin(upstream.name, exchange.line, visit.context.address))
}

function answerHead({ statusCode = 0, httpVersion, rawHeaders }: IncomingMessage): AnswerHead {
  return { statusCode, httpVersion, rawHeaders }
}

const agentRefusals: ReadonlySet<string> = new Set<ErrorCode>([
  'target-refused',
  'target-timeout',
  'target-dns',
  'target-tls',
])

/** protocol.md §5: the agent could not reach the target and says so. A target that says it itself gets the same page. */
function agentRefusal(head: AnswerHead): ErrorCode | undefined {
  if (head.statusCode !== 502) return undefined
  const code = valuesOf(head.rawHeaders, 'tildegate-error')[0]
  return code !== undefined && agentRefusals.has(code) ? (code as ErrorCode) : undefined
}

/** What `promise` says, or false when it says nothing in time or fails. */
function within(promise: Promise<boolean>, ms: number, clock: Clock): Promise<boolean> {
  return new Promise(resolve => {
    const timer = clock.after(ms, () => resolve(false))
    const settle = (value: boolean) => {
      timer.cancel()
      resolve(value)
    }
    promise.then(settle, () => settle(false))
  })
}
