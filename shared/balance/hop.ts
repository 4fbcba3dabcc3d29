/** One proxy of a chain: `[scheme://][login@]host:port`, or `system`. */
import { Secret } from '../secret.ts'
import type { Span } from './diagnostic.ts'
import type { LineReading } from './entry-line.ts'
import { isPort, looksLikeHost, parseHostPort, printHost } from './host-port.ts'

/** Where a password is. In the file it wins over the keychain. */
export type PasswordSource =
  | { readonly kind: 'file'; readonly secret: Secret }
  | { readonly kind: 'keychain' }
  | { readonly kind: 'environment'; readonly variable: string }

export interface HopLogin {
  /** Basic, unless a backslash before the first colon asks for NTLM. */
  readonly scheme: 'basic' | 'ntlm'
  /** NTLM only; empty where the backslash stands alone. */
  readonly domain?: string
  readonly user: string
  readonly password: PasswordSource
}

export type Hop =
  | {
      readonly kind: 'http' | 'https' | 'socks5'
      /** Without brackets. */
      readonly host: string
      readonly port: number
      readonly login?: HopLogin
    }
  /** What the operating system says for this gateway. */
  | { readonly kind: 'system' }

const hopPattern = /^(?:(https?|socks5):\/\/)?(.*)$/is
const variablePattern = /^env:([A-Za-z_][A-Za-z0-9_]*)$/

/** Empty: keychain. `env:VAR` only where the options allow it. */
export function passwordSource(
  reading: LineReading,
  span: Span,
  options: { readonly allowEnvironment?: boolean },
): PasswordSource {
  const text = reading.text.slice(span.start, span.end)
  if (text === '') return { kind: 'keychain' }
  if (options.allowEnvironment && text.startsWith('env:')) {
    const variable = variablePattern.exec(text)?.[1]
    if (variable !== undefined) return { kind: 'environment', variable }
    reading.error('bad-variable', span, 'write', { instead: 'env:NAME' })
  }
  return { kind: 'file', secret: Secret.fromText(text) }
}

/** `secret`: where its password stands, with the colon before it; empty where there is none. */
export function readHop(
  reading: LineReading,
  part: Span,
  options: { readonly allowEnvironment?: boolean },
): { hop: Hop; secret: Span } | undefined {
  const raw = reading.text.slice(part.start, part.end)
  const text = raw.trim()
  const start = part.start + (raw.length - raw.trimStart().length)
  const none = { start: part.end, end: part.end }
  if (text.toLowerCase() === 'system') return { hop: { kind: 'system' }, secret: none }
  const [, scheme, rest = ''] = hopPattern.exec(text) ?? []
  const at = rest.lastIndexOf('@')
  const restStart = start + text.length - rest.length
  const login = at < 0 ? undefined : readLogin(reading, { start: restStart, end: restStart + at }, options)
  const addressStart = restStart + at + 1
  const spot = { start: addressStart, end: Math.max(addressStart + 1, start + text.length) }
  const address = readAddress(reading, rest.slice(at + 1), spot)
  if (address === undefined || (at >= 0 && login === undefined)) return undefined
  const spoken = scheme?.toLowerCase()
  const kind = spoken === 'https' || spoken === 'socks5' ? spoken : 'http'
  return {
    hop: { kind, ...address, ...(login ? { login: login.login } : {}) },
    secret: login?.secret ?? none,
  }
}

function readLogin(
  reading: LineReading,
  span: Span,
  options: { readonly allowEnvironment?: boolean },
): { login: HopLogin; secret: Span } | undefined {
  const text = reading.text.slice(span.start, span.end)
  const colon = text.indexOf(':')
  const account = colon < 0 ? text : text.slice(0, colon)
  const secret = colon < 0 ? { start: span.end, end: span.end } : { start: span.start + colon, end: span.end }
  if (colon >= 0) reading.hide(span.start + colon + 1, span.end)
  const backslash = account.indexOf('\\')
  // It may as well be a password whose user or colon was forgotten.
  if (colon < 0) reading.hide(span.start, span.end)
  const user = account.slice(backslash + 1)
  if (user === '') {
    const spot = { start: span.start, end: span.start + Math.max(1, account.length) }
    reading.error('proxy-no-user', spot, 'with-user')
    return undefined
  }
  const password: PasswordSource =
    colon < 0
      ? { kind: 'keychain' }
      : colon + 1 === text.length
        ? { kind: 'file', secret: Secret.fromText('') }
        : passwordSource(reading, { start: span.start + colon + 1, end: span.end }, options)
  const login: HopLogin =
    backslash < 0
      ? { scheme: 'basic', user, password }
      : { scheme: 'ntlm', domain: account.slice(0, backslash), user, password }
  return { login, secret }
}

function readAddress(
  reading: LineReading,
  text: string,
  spot: Span,
): { host: string; port: number } | undefined {
  const address = parseHostPort(text)
  if (address?.port !== undefined && isPort(address.port)) return { host: address.host, port: address.port }
  const isHost = looksLikeHost(text)
  // It may be the end of a password that holds an @.
  if (!isHost) reading.hideValue()
  const host = address !== undefined && isHost ? printHost(address.host) : '192.168.10.11'
  const wrong =
    address === undefined ? 'bad-proxy' : address.port === undefined ? 'proxy-no-port' : 'bad-port/proxy'
  reading.error(wrong, spot, 'write', { instead: `${host}:808` })
  return undefined
}
