/**
 * The gateway's own pages as bytes and headers: HTML or JSON, in the visitor's language. The same question
 * about an unknown name and about one that is not connected gets the same bytes.
 */
import { createHash } from 'node:crypto'
import type { IncomingHttpHeaders } from 'node:http'
import Negotiator from 'negotiator'
import { type Language, languages, type PageKind, pageTexts, retryLabels } from './texts.ts'

export const pageStatus: Readonly<Record<PageKind, number>> = {
  'bad-request': 400,
  'not-connected': 404,
  'request-timeout': 408,
  internal: 500,
  'no-answer': 502,
  busy: 503,
  'too-slow': 504,
}

const RETRY_AFTER_SECONDS = 5
/** Where another try, by the link on the page, may well go better. */
const retriable: ReadonlySet<PageKind> = new Set([
  'not-connected',
  'internal',
  'no-answer',
  'busy',
  'too-slow',
])

const style = `:root{color-scheme:light dark;--bg:#f7f8f9;--card:#fff;--ink:#1b2227;--dim:#5a656d;--line:#e4e8eb;--acc:#0c7a6b;--on:#fff}
@media(prefers-color-scheme:dark){:root{--bg:#14181b;--card:#1c2226;--ink:#e8ecee;--dim:#a3aeb5;--line:#2b3338;--acc:#3fc0a9;--on:#08211d}}
*{box-sizing:border-box;margin:0}
body{min-height:100vh;display:grid;place-items:center;padding:24px;background:var(--bg);color:var(--ink);font:17px/1.55 system-ui,-apple-system,"Segoe UI",Roboto,sans-serif}
main{width:100%;max-width:34rem;padding:36px 32px;background:var(--card);border:1px solid var(--line);border-radius:14px}
svg{display:block;margin-bottom:22px}
h1{font-size:1.4rem;line-height:1.3;font-weight:650;margin-bottom:12px;text-wrap:balance}
p+p{margin-top:10px;color:var(--dim)}
a{display:inline-block;margin-top:26px;padding:9px 16px;border-radius:9px;background:var(--acc);color:var(--on);font-weight:550;text-decoration:none}
a:focus-visible{outline:3px solid var(--acc);outline-offset:3px}
@media(forced-colors:active){a{border:1px solid}}`

const styleHash = createHash('sha256').update(style).digest('base64')
const policy = `default-src 'none'; style-src 'sha256-${styleHash}'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'`

const mark = `<svg width="36" height="36" viewBox="0 0 24 24" aria-hidden="true"><rect width="24" height="24" rx="7" fill="#0c7a6b"/><path d="M5 14.2c1.6-4.6 4.2-4.6 7-2.2s5.4 2.4 7-2.2" stroke="#fff" stroke-width="2.4" fill="none" stroke-linecap="round"/></svg>`

export interface OwnPage {
  readonly status: number
  /** A flat list of names and values, the body's length included. */
  readonly headers: string[]
  /** To be left out for HEAD. */
  readonly body: Buffer
}

/** @param headers of the visitor's request: `Accept` and `Accept-Language` decide */
export function ownPage(kind: PageKind, headers: IncomingHttpHeaders): OwnPage {
  const wishes = new Negotiator({ headers })
  const language = readLanguage(wishes.language([...languages]))
  const isJson = wishes.mediaType(['text/html', 'application/json']) === 'application/json'
  const body = Buffer.from(isJson ? json(kind, language) : html(kind, language))
  const page = [
    ['Content-Type', isJson ? 'application/json; charset=utf-8' : 'text/html; charset=utf-8'],
    ['Content-Length', String(body.length)],
    ['Content-Language', language],
    ['Cache-Control', 'no-store'],
    ['Vary', 'Accept, Accept-Language'],
    ['Content-Security-Policy', policy],
    ['X-Content-Type-Options', 'nosniff'],
    ['Referrer-Policy', 'no-referrer'],
    ...(kind === 'busy' ? [['Retry-After', String(RETRY_AFTER_SECONDS)]] : []),
  ]
  return { status: pageStatus[kind], headers: page.flat(), body }
}

function readLanguage(wanted: string | undefined): Language {
  return languages.find(language => language === wanted) ?? 'en'
}

function json(kind: PageKind, language: Language): string {
  const { what, mend } = pageTexts[language][kind]
  return `${JSON.stringify({ error: { code: kind, message: `${what} ${mend}` } })}\n`
}

function html(kind: PageKind, language: Language): string {
  const { title, what, mend } = pageTexts[language][kind]
  // An empty reference is the address that the visitor asked for.
  const retry = retriable.has(kind) ? `\n<a href="">${escapeHtml(retryLabels[language])}</a>` : ''
  return `<!doctype html>
<html lang="${language}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="robots" content="noindex">
<title>${escapeHtml(title)}</title>
<style>${style}</style>
</head>
<body>
<main>
${mark}
<h1>${escapeHtml(title)}</h1>
<p>${escapeHtml(what)}</p>
<p>${escapeHtml(mend)}</p>${retry}
</main>
</body>
</html>
`
}

function escapeHtml(text: string): string {
  return text.replace(/[&<>"]/g, sign => `&#${sign.charCodeAt(0)};`)
}
