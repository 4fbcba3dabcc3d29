/** What all pages of the gateway have in common: look, language, and the headers that let nothing in and keep nothing. */
import { createHash } from 'node:crypto'
import type { IncomingHttpHeaders } from 'node:http'
import Negotiator from 'negotiator'
import { type Language, languages } from './texts.ts'

export const baseStyle = `:root{color-scheme:light dark;--bg:#f7f8f9;--card:#fff;--ink:#1b2227;--dim:#5a656d;--line:#e4e8eb;--acc:#0c7a6b;--on:#fff}
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

const mark = `<svg width="36" height="36" viewBox="0 0 24 24" aria-hidden="true"><rect width="24" height="24" rx="7" fill="#0c7a6b"/><path d="M5 14.2c1.6-4.6 4.2-4.6 7-2.2s5.4 2.4 7-2.2" stroke="#fff" stroke-width="2.4" fill="none" stroke-linecap="round"/></svg>`

export interface OwnPage {
  readonly status: number
  /** A flat list of names and values, the body's length included. */
  readonly headers: string[]
  /** To be left out for HEAD. */
  readonly body: Buffer
}

export interface PageWishes {
  readonly language: Language
  readonly isJson: boolean
}

/** @param headers of the visitor's request: `Accept` and `Accept-Language` decide */
export function wishesOf(headers: IncomingHttpHeaders): PageWishes {
  const wishes = new Negotiator({ headers })
  const wanted = wishes.language([...languages])
  return {
    language: languages.find(language => language === wanted) ?? 'en',
    isJson: wishes.mediaType(['text/html', 'application/json']) === 'application/json',
  }
}

/** `default-src 'none'`, but for this one style; `formAction`: where a form may go. */
export function policyFor(style: string, formAction: "'none'" | "'self'"): string {
  const hash = createHash('sha256').update(style).digest('base64')
  return `default-src 'none'; style-src 'sha256-${hash}'; base-uri 'none'; form-action ${formAction}; frame-ancestors 'none'`
}

export function pageOf(
  status: number,
  text: string,
  { language, isJson }: PageWishes,
  policy: string,
  more: readonly (readonly [name: string, value: string])[],
): OwnPage {
  const body = Buffer.from(text)
  const headers = [
    ['Content-Type', isJson ? 'application/json; charset=utf-8' : 'text/html; charset=utf-8'],
    ['Content-Length', String(body.length)],
    ['Content-Language', language],
    ['Cache-Control', 'no-store'],
    ['Vary', 'Accept, Accept-Language'],
    ['Content-Security-Policy', policy],
    ['X-Content-Type-Options', 'nosniff'],
    ...more,
  ]
  return { status, headers: headers.flat(), body }
}

/** @param content of the page, as HTML, behind its mark */
export function htmlPage(language: Language, title: string, style: string, content: string): string {
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
${content}
</main>
</body>
</html>
`
}

export function jsonError(code: string, message: string): string {
  return `${JSON.stringify({ error: { code, message } })}\n`
}

export function escapeHtml(text: string): string {
  return text.replace(/[&<>"]/g, sign => `&#${sign.charCodeAt(0)};`)
}
