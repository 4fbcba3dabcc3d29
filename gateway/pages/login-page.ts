/** The page that asks a visitor for the password of a tunnel, or to log out. HTML with one form, or JSON. */
import type { IncomingHttpHeaders } from 'node:http'
import { type ErrorCode, errorTable } from '../../shared/errors.ts'
import { type LoginKind, loginTexts } from './login-texts.ts'
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

/** What a program is told; `leaving` is for people only. */
const codes: Readonly<Record<LoginKind, ErrorCode | undefined>> = {
  ask: 'visitor-login-needed',
  wrong: 'visitor-password-wrong',
  limited: 'visitor-guesses',
  foreign: 'visitor-login-foreign',
  leaving: undefined,
}

const style = `${baseStyle}
form{margin-top:24px}
label{display:block;font-weight:550}
input{width:100%;margin-top:6px;padding:10px 12px;font:inherit;color:inherit;background:var(--bg);border:1px solid var(--dim);border-radius:9px}
button{margin-top:18px;padding:9px 20px;font:inherit;font-weight:550;color:var(--on);background:var(--acc);border:0;border-radius:9px;cursor:pointer}
input:focus-visible,button:focus-visible{outline:3px solid var(--acc);outline-offset:3px}
@media(forced-colors:active){button{border:1px solid}}`

const policy = policyFor(style, "'self'")

export interface LoginForm {
  /** A path of this origin. */
  readonly action: string
  /** Where the visitor wanted to go, below the tunnel's root. */
  readonly back: string
}

/** @param headers of the visitor's request @param more headers of the answer */
export function loginPage(
  kind: LoginKind,
  form: LoginForm,
  headers: IncomingHttpHeaders,
  more: readonly (readonly [name: string, value: string])[] = [],
): OwnPage {
  const code = codes[kind]
  const row = code === undefined ? undefined : errorTable[code]
  const status = row !== undefined && 'http' in row ? row.http : 200
  const wishes = wishesOf(headers)
  const words = loginTexts[wishes.language]
  const { title, what } = words.kinds[kind]
  const text =
    wishes.isJson && code !== undefined
      ? jsonError(code, `${title}. ${what}`)
      : htmlPage(wishes.language, title, style, `<p>${escapeHtml(what)}</p>\n${formOf(kind, form, words)}`)
  return pageOf(status, text, { ...wishes, isJson: wishes.isJson && code !== undefined }, policy, [
    // The form tells whose page it came from by its Origin, which stricter policies leave out.
    ['Referrer-Policy', 'same-origin'],
    ['Cross-Origin-Opener-Policy', 'same-origin'],
    ...more,
  ])
}

function formOf(
  kind: LoginKind,
  { action, back }: LoginForm,
  words: { password: string; open: string; logOut: string },
): string {
  const head = `<form method="post" action="${escapeHtml(action)}">`
  if (kind === 'leaving') return `${head}<button>${escapeHtml(words.logOut)}</button></form>`
  const hidden = back === '' ? '' : `<input type="hidden" name="back" value="${escapeHtml(back)}">`
  return `${head}${hidden}<label>${escapeHtml(words.password)}<input type="password" name="password" required autofocus autocomplete="current-password" maxlength="1024"></label><button>${escapeHtml(words.open)}</button></form>`
}
