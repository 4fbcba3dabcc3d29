/**
 * The library `acme-client` with its HTTP taken out of its hands (docs/decisions/0020-acme.md). It signs, counts nonces and knows the
 * order of things; what goes over the wire goes through here: only by https, with a deadline, no redirects, no proxy of the
 * environment, no retries of its own, and refusals as errors of ours.
 */
import { AsyncLocalStorage } from 'node:async_hooks'
import { once } from 'node:events'
import type { IncomingMessage } from 'node:http'
import { request as httpsRequest } from 'node:https'
import type * as Acme from 'acme-client'
import { TildegateError } from '../../shared/errors.ts'
import type { Clock } from '../../shared/world.ts'
import { isBadNonce, type Refusal, refusedBy } from './problems.ts'

export type AcmeLibrary = typeof Acme

/** Who is asked, and what the answers said beside what the library tells. */
export interface AcmeCall {
  readonly directoryUrl: string
  /** PEM; undefined: what Node trusts. */
  readonly directoryCa: string | undefined
  readonly signal: AbortSignal
  readonly clock: Clock
  readonly requestMs: number
  /** Of the latest answer. */
  retryAfterMs?: number | undefined
}

interface Sent {
  readonly url?: string
  readonly method?: string
  readonly data?: unknown
  readonly headers: { toJSON(): Record<string, string> }
}

/** Certificate chains are the largest of what comes. */
const answerMax = 1024 * 1024

const calls = new AsyncLocalStorage<AcmeCall>()
let loading: Promise<AcmeLibrary> | undefined

/** Everything that `work` does with the library belongs to this call. */
export async function withAcme<T>(call: AcmeCall, work: (acme: AcmeLibrary) => Promise<T>): Promise<T> {
  // Only who uses it pays for it.
  loading ??= import('acme-client').then(tamed)
  const acme = await loading
  return calls.run(call, () => work(acme))
}

function tamed(acme: AcmeLibrary): AcmeLibrary {
  acme.axios.defaults.adapter = async sent => {
    const call = calls.getStore()
    if (call === undefined) throw new Error('not within a call')
    const answer = await exchange(sent as unknown as Sent, call)
    return { ...answer, statusText: '', config: sent, request: undefined }
  }
  return acme
}

/** @throws TildegateError, for anything but an answer that the library is to see */
async function exchange(sent: Sent, call: AcmeCall) {
  const { answer, body } = await send(sent, call)
  const status = answer.statusCode ?? 0
  call.retryAfterMs = retryAfter(answer.headers['retry-after'], call.clock)
  const isJson = /[/+]json\b/.test(answer.headers['content-type'] ?? '')
  const data: unknown = isJson ? parsed(body) : body
  const refusal: Refusal = { status, body: data, retryAfterMs: call.retryAfterMs }
  // The library knows no redirects either.
  if (status >= 300 && !isBadNonce(refusal)) throw refusedBy(call.directoryUrl, refusal)
  return { status, data, headers: answer.headers as Record<string, string> }
}

async function send(
  { url = '', method = 'get', data, headers }: Sent,
  { directoryUrl, directoryCa, signal, clock, requestMs }: AcmeCall,
): Promise<{ answer: IncomingMessage; body: string }> {
  const unreachable = (reason: string, cause?: unknown) =>
    new TildegateError('acme-directory-unreachable', { directory: directoryUrl, reason }, { cause })
  if (!url.startsWith('https://')) throw unreachable('it leads away from https')
  const deadline = new AbortController()
  const timer = clock.after(requestMs, () => deadline.abort(new Error('no answer in time')))
  try {
    const asking = httpsRequest(url, {
      method: method.toUpperCase(),
      headers: headers.toJSON(),
      signal: AbortSignal.any([signal, deadline.signal]),
      agent: false,
      ...(directoryCa === undefined ? {} : { ca: directoryCa }),
    })
    asking.end(typeof data === 'string' ? data : undefined)
    const [answer] = (await once(asking, 'response')) as [IncomingMessage]
    return { answer, body: await textOf(answer) }
  } catch (cause) {
    signal.throwIfAborted()
    if (deadline.signal.aborted) throw unreachable('no answer in time', cause)
    const { code, message } = cause as NodeJS.ErrnoException
    throw unreachable(code ?? message, cause)
  } finally {
    timer.cancel()
  }
}

async function textOf(answer: IncomingMessage): Promise<string> {
  const pieces: Buffer[] = []
  let total = 0
  for await (const piece of answer as AsyncIterable<Buffer>) {
    total += piece.length
    if (total > answerMax) throw new Error('its answer is too large')
    pieces.push(piece)
  }
  return Buffer.concat(pieces).toString()
}

function parsed(body: string): unknown {
  try {
    return JSON.parse(body)
  } catch {
    return undefined
  }
}

/** Seconds, or a date (RFC 9110 §10.2.3). */
function retryAfter(value: string | undefined, clock: Clock): number | undefined {
  if (value === undefined) return undefined
  if (/^\d{1,9}$/.test(value)) return Number(value) * 1000
  const at = Date.parse(value)
  return Number.isNaN(at) ? undefined : Math.max(0, at - clock.wall())
}
