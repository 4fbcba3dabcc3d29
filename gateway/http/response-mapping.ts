/** The head of a target's answer, as the visitor gets it (RFC 9110 §7.6). A pure function. */
import { mapAnswerField } from './answer-fields.ts'
import { fieldsOf, type RawHeaders, singleHopNames, tokensOf, valuesOf } from './header-list.ts'
import type { TwoViews } from './url-mapping.ts'

export interface AnswerHead {
  readonly statusCode: number
  readonly httpVersion: string
  readonly rawHeaders: RawHeaders
}

/** `until-close`: only the end of the connection marks the end of the body. */
export type AnswerFraming = 'none' | 'length' | 'chunked' | 'until-close'

/** How the answer of a target is framed (RFC 9112 §6.3); undefined where it contradicts itself. */
export function answerFraming(method: string, head: AnswerHead): AnswerFraming | undefined {
  const codings = tokensOf(head.rawHeaders, 'transfer-encoding')
  const lengths = valuesOf(head.rawHeaders, 'content-length')
  if (codings.length > 0) {
    if (codings.length > 1 || codings[0] !== 'chunked' || head.httpVersion !== '1.1') return undefined
    if (lengths.length > 0) return undefined
  }
  if (lengths.length > 1 || !lengths.every(length => /^\d{1,16}$/.test(length))) return undefined
  if (method === 'HEAD' || head.statusCode === 204 || head.statusCode === 304) return 'none'
  if (codings.length > 0) return 'chunked'
  return lengths.length > 0 ? 'length' : 'until-close'
}

/** @param framing towards the visitor, which may differ from the target's */
export function mapResponseHead(head: AnswerHead, framing: AnswerFraming, views: TwoViews): string[] {
  const dropped = singleHopNames(head.rawHeaders)
  const headers: string[] = []
  for (const [name, value] of fieldsOf(head.rawHeaders)) {
    const lower = name.toLowerCase()
    if (lower === 'transfer-encoding') {
      if (framing === 'chunked') headers.push(name, 'chunked')
      continue
    }
    if (dropped.has(lower) || lower === 'tildegate-error') continue
    switch (lower) {
      case 'content-length':
        // The length that a body would have had: allowed for HEAD and 304, not for 1xx and 204 (RFC 9110 §8.6).
        if (framing === 'length' || (framing === 'none' && mayTellLength(head.statusCode)))
          headers.push(name, value)
        break
      case 'trailer':
        if (framing === 'chunked') headers.push(name, value)
        break
      default: {
        const mapped = mapAnswerField(lower, value, views)
        if (mapped !== undefined) headers.push(name, mapped)
      }
    }
  }
  if (framing === 'chunked' && !headers.some(text => text.toLowerCase() === 'transfer-encoding')) {
    headers.push('Transfer-Encoding', 'chunked')
  }
  return lengthLast(headers)
}

function mayTellLength(status: number): boolean {
  return status >= 200 && status !== 204
}

/**
 * Node re-encodes a `Content-Disposition` that follows a `Content-Length`, and would so spoil a file name that
 * is not ASCII. The order of different fields means nothing (RFC 9110 §5.3): the length goes behind.
 */
function lengthLast(headers: string[]): string[] {
  const isPlain = [...fieldsOf(headers)].every(
    ([name, value]) => name.toLowerCase() !== 'content-disposition' || /^[\t\x20-\x7e]*$/.test(value),
  )
  if (isPlain) return headers
  const front: string[] = []
  const back: string[] = []
  for (const [name, value] of fieldsOf(headers)) {
    if (name.toLowerCase() === 'content-length') back.push(name, value)
    else front.push(name, value)
  }
  return [...front, ...back]
}

/** The answer asks for a login of the connection itself: NTLM, or Negotiate (RFC 4559), as IIS does. */
export function asksConnectionLogin(head: AnswerHead): boolean {
  return (
    head.statusCode === 401 &&
    valuesOf(head.rawHeaders, 'www-authenticate').some(value => /(?:^|,)\s*(?:ntlm|negotiate)\b/i.test(value))
  )
}

/** The request carries such a login. */
export function carriesConnectionLogin(headers: RawHeaders): boolean {
  return valuesOf(headers, 'authorization').some(value => /^\s*(?:ntlm|negotiate)(?:\s|$)/i.test(value))
}
