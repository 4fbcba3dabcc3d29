/**
 * The gateway's own pages as bytes and headers: HTML or JSON, in the visitor's language. The same question
 * about an unknown name and about one that is not connected gets the same bytes.
 */
import type { IncomingHttpHeaders } from 'node:http'
import {
  baseStyle,
  escapeHtml,
  htmlPage,
  jsonError,
  type OwnPage,
  pageOf,
  policyFor,
  wishesOf,
} from './page-frame.ts'
import { type Language, type PageKind, pageTexts, retryLabels } from './texts.ts'

export const pageStatus: Readonly<Record<PageKind, number>> = {
  'bad-request': 400,
  'not-connected': 404,
  'request-timeout': 408,
  'too-many': 429,
  internal: 500,
  'no-answer': 502,
  busy: 503,
  'too-slow': 504,
}

const RETRY_AFTER_SECONDS = 5
/** Where another try, by the link on the page, may well go better. */
const retriable: ReadonlySet<PageKind> = new Set([
  'not-connected',
  'too-many',
  'internal',
  'no-answer',
  'busy',
  'too-slow',
])

const policy = policyFor(baseStyle, "'none'")

/**
 * @param headers of the visitor's request: `Accept` and `Accept-Language` decide
 * @param retryAfter seconds
 */
export function ownPage(
  kind: PageKind,
  headers: IncomingHttpHeaders,
  retryAfter = kind === 'busy' ? RETRY_AFTER_SECONDS : undefined,
): OwnPage {
  const wishes = wishesOf(headers)
  const { what, mend } = pageTexts[wishes.language][kind]
  const text = wishes.isJson ? jsonError(kind, `${what} ${mend}`) : html(kind, wishes.language)
  return pageOf(pageStatus[kind], text, wishes, policy, [
    ['Referrer-Policy', 'no-referrer'],
    ...(retryAfter === undefined ? [] : [['Retry-After', String(retryAfter)] as const]),
  ])
}

function html(kind: PageKind, language: Language): string {
  const { title, what, mend } = pageTexts[language][kind]
  // An empty reference is the address that the visitor asked for.
  const retry = retriable.has(kind) ? `\n<a href="">${escapeHtml(retryLabels[language])}</a>` : ''
  return htmlPage(
    language,
    title,
    baseStyle,
    `<p>${escapeHtml(what)}</p>\n<p>${escapeHtml(mend)}</p>${retry}`,
  )
}
