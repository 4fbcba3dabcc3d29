/** Answers that the gateway gives by itself: its own pages, and redirects. */
import { STATUS_CODES } from 'node:http'
import { type ErrorCode, TildegateError } from '../../shared/errors.ts'
import { ownPage } from '../pages/own-page.ts'
import type { OwnPage } from '../pages/page-frame.ts'
import type { PageKind } from '../pages/texts.ts'
import type { VisitorEnvironment } from './environment.ts'
import { withHsts } from './transport-security.ts'
import { type Visit, VisitorLeft } from './visit.ts'

/** Answers with the page that fits what went wrong; where an answer has begun already, cuts it off. */
export function refuse(visit: Visit, environment: VisitorEnvironment, cause: unknown): void {
  if (cause instanceof VisitorLeft || visit.isGone) {
    visit.isBroken = true
    visit.drop()
    return
  }
  const error = cause instanceof TildegateError ? cause : new TildegateError('internal', {}, { cause })
  if (error.code === 'internal')
    environment.log.error({ tunnel: visit.tunnel, err: cause }, 'a request failed inside')
  else environment.log.debug({ tunnel: visit.tunnel, code: error.code, err: error.cause }, error.message)
  if (error.code === 'request-malformed') {
    environment.counters.protocolViolation('request-malformed', visit.context.address)
  }
  if (visit.response.headersSent) {
    visit.isBroken = true
    visit.cut()
    return
  }
  const { seconds } = error.details
  const retryAfter = error.code === 'too-many-requests' ? Number(seconds) : undefined
  const page = ownPage(pageKindOf(error.code), visit.request.headers, retryAfter)
  answerItself(visit, environment, page.status, page.headers, page.body, error.code === 'request-malformed')
}

/** Answers with a page of ours that is no refusal. */
export function answerWith(visit: Visit, environment: VisitorEnvironment, page: OwnPage): void {
  answerItself(visit, environment, page.status, page.headers, page.body, false)
}

/** An answer without a body that names another address. */
export function redirect(
  visit: Visit,
  environment: VisitorEnvironment,
  status: number,
  headers: readonly string[],
): void {
  answerItself(visit, environment, status, [...headers, 'Content-Length', '0'], Buffer.alloc(0), false)
}

function answerItself(
  visit: Visit,
  environment: VisitorEnvironment,
  status: number,
  headers: string[],
  body: Buffer,
  isLast: boolean,
): void {
  const { clock, limits } = environment
  const response = visit.openAnswer(clock, limits.lingerMs)
  visit.status = status
  headers = withHsts(headers, visit.context, environment.transport)
  if (isLast || mustClose(visit, environment) || !visit.request.complete) {
    headers = [...headers, 'Connection', 'close']
    visit.connection.takeNoMore()
    visit.lingerAfterAnswer(clock, limits.lingerMs)
  }
  response.writeHead(status, STATUS_CODES[status] ?? '', headers)
  const isHead = visit.request.method === 'HEAD'
  if (!isHead) visit.sentBytes += body.length
  response.end(isHead ? undefined : body)
}

/** Whether this answer is the last on its connection, whoever gives it. */
export function mustClose(visit: Visit, environment: VisitorEnvironment): boolean {
  return (
    visit.isUpgrade ||
    environment.isStopping() ||
    visit.connection.isClosing ||
    // Node loses the bytes behind a request with an `Upgrade` that is not followed.
    visit.request.headers.upgrade !== undefined
  )
}

function pageKindOf(code: ErrorCode): PageKind {
  switch (code) {
    case 'request-malformed':
      return 'bad-request'
    case 'tunnel-offline':
      return 'not-connected'
    case 'request-timeout':
      return 'request-timeout'
    case 'too-many-requests':
      return 'too-many'
    case 'tunnel-busy':
      return 'busy'
    case 'back-connection-timeout':
    case 'target-timeout':
      return 'too-slow'
    case 'back-connection-refused':
    case 'target-refused':
    case 'target-dns':
    case 'target-tls':
    case 'target-broke-off':
      return 'no-answer'
    default:
      return 'internal'
  }
}
