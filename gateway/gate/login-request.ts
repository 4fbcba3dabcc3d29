/** What a visitor sends to log in: the form of our page or HTTP Basic, and whether it may have come from elsewhere. */
import { TildegateError } from '../../shared/errors.ts'
import { Secret } from '../../shared/secret.ts'
import type { Clock } from '../../shared/world.ts'
import { type RawHeaders, valuesOf } from '../http/header-list.ts'
import { climbsOut } from '../http/routing.ts'
import type { Visit } from '../http/visit.ts'

export interface LoginAttempt {
  readonly password: Secret
  /** Below the tunnel's root. */
  readonly back: string
}

/**
 * Fetch Metadata where the browser sends it, else Origin. Whoever sends neither is no browser that another site
 * could have sent here, and may use Basic.
 */
export function isFromOwnPage(headers: RawHeaders, ownOrigins: readonly string[]): boolean {
  const site = valuesOf(headers, 'sec-fetch-site')[0]?.toLowerCase()
  if (site !== undefined) return site === 'same-origin'
  const origin = valuesOf(headers, 'origin')[0]?.toLowerCase()
  return origin !== undefined && ownOrigins.includes(origin)
}

/** Programs that are not browsers, which would open a window of their own for a challenge by Basic. */
export function isBrowser(headers: RawHeaders): boolean {
  return (
    ['sec-fetch-mode', 'sec-fetch-site', 'origin'].some(name => valuesOf(headers, name).length > 0) ||
    valuesOf(headers, 'user-agent').some(agent => agent.startsWith('Mozilla/'))
  )
}

export function asksForPage(headers: RawHeaders): boolean {
  return valuesOf(headers, 'accept').some(value => /\btext\/html\b/i.test(value))
}

/** The password of HTTP Basic (RFC 7617), whatever the user's name; undefined where there is none. */
export function basicPassword(headers: RawHeaders): Secret | undefined {
  const [only, ...others] = valuesOf(headers, 'authorization')
  const [, encoded] = /^\s*basic\s+([A-Za-z0-9+/_-]+={0,2})\s*$/i.exec(only ?? '') ?? []
  if (encoded === undefined || others.length > 0) return undefined
  const pair = Buffer.from(encoded, 'base64')
  const colon = pair.indexOf(':')
  return colon < 0 || colon === pair.length - 1 ? undefined : Secret.fromBytes(pair.subarray(colon + 1))
}

/** @throws TildegateError request-malformed where it is no form or too large, request-timeout; the visitor's leaving */
export async function readLogin(
  visit: Visit,
  clock: Clock,
  { visitorLoginBytes, visitorLoginMs }: { visitorLoginBytes: number; visitorLoginMs: number },
): Promise<LoginAttempt> {
  const { rawHeaders } = visit.request
  const [type = ''] = valuesOf(rawHeaders, 'content-type')
  if (!/^application\/x-www-form-urlencoded\s*(?:;|$)/i.test(type)) throw malformed()
  if (valuesOf(rawHeaders, 'content-length').some(length => Number(length) > visitorLoginBytes))
    throw malformed()
  if (visit.expectsContinue) visit.response.writeContinue()
  const fields = new URLSearchParams(
    (await readBody(visit, clock, visitorLoginBytes, visitorLoginMs)).toString(),
  )
  return {
    password: Secret.fromText(fields.get('password') ?? ''),
    back: safeBack(fields.get('back') ?? ''),
  }
}

/** A path and query below the tunnel's root, and nothing else; else the root itself. */
export function safeBack(text: string): string {
  const isSafe =
    text.length <= 2_048 && /^[\x21-\x7e]*$/.test(text) && !/^[/\\]/.test(text) && !climbsOut(text)
  return isSafe ? text : ''
}

function readBody(
  { request, signal }: Visit,
  clock: Clock,
  maxBytes: number,
  withinMs: number,
): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const pieces: Buffer[] = []
    let size = 0
    const settle = (cause?: Error) => {
      timer.cancel()
      signal.removeEventListener('abort', leave)
      request.off('data', take)
      if (cause === undefined) resolve(Buffer.concat(pieces))
      else reject(cause)
    }
    const leave = () => settle(signal.reason as Error)
    const take = (piece: Buffer) => {
      size += piece.length
      pieces.push(piece)
      if (size > maxBytes) settle(malformed())
    }
    const timer = clock.after(withinMs, () => settle(new TildegateError('request-timeout')))
    signal.addEventListener('abort', leave, { once: true })
    request.on('data', take)
    request.once('end', () => settle())
    if (signal.aborted) leave()
    else if (request.readableEnded) settle()
    else request.resume()
  })
}

function malformed(): TildegateError {
  return new TildegateError('request-malformed', { reason: 'login' })
}
