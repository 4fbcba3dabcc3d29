/**
 * A proxy as environments and settings write it: `[scheme://][user[:password]@]host[:port][/…]`. Not a URL parser: a login is often
 * written raw, with a backslash or a number sign in it, and a URL parser would take the domain before a backslash for the host.
 */
import { isPort, parseHostPort } from '../../shared/balance/index.ts'
import { Secret } from '../../shared/secret.ts'
import type { ResolvedLogin } from '../auth/index.ts'
import type { ResolvedHop } from '../proxy/chain.ts'

const addressPattern = /^(?:([a-z][a-z0-9+.-]*):\/\/)?(?:(.*)@)?([^@/?#]+)(?:[/?#][^@]*)?$/is

/** Scheme → kind of hop and its port where none is written. SOCKS proxies resolve the gateway's name, with `socks5` too. */
const kinds: Readonly<Record<string, { kind: ResolvedHop['kind']; port: number }>> = {
  http: { kind: 'http', port: 80 },
  https: { kind: 'https', port: 443 },
  socks: { kind: 'socks5', port: 1080 },
  socks5: { kind: 'socks5', port: 1080 },
  socks5h: { kind: 'socks5', port: 1080 },
}

/** @returns what is wrong with it, as a text without the address: it may hold a password */
export function readProxyAddress(text: string): ResolvedHop | string {
  const [, scheme = 'http', userinfo, hostPort = ''] = addressPattern.exec(text.trim()) ?? []
  const kind = kinds[scheme.toLowerCase()]
  if (kind === undefined) return 'proxies of this kind are not spoken: http, https and socks5 are'
  const address = parseHostPort(hostPort)
  if (address === undefined) return 'it is not host:port'
  const { host, port = kind.port } = address
  if (!isPort(port)) return 'its port is not between 1 and 65535'
  const login = userinfo === undefined ? undefined : readLogin(userinfo)
  return { kind: kind.kind, host, port, ...(login ? { login } : {}) }
}

/** A backslash before the first colon, `%5C` too, asks for NTLM, as in an entry. An empty user is no login. */
function readLogin(userinfo: string): ResolvedLogin | undefined {
  const colon = userinfo.indexOf(':')
  const account = textOf(decoded(colon < 0 ? userinfo : userinfo.slice(0, colon)))
  const password = Secret.fromBytes(decoded(colon < 0 ? '' : userinfo.slice(colon + 1)))
  return loginOf(account, password)
}

/** `user`, `\user` or `domain\user`. @returns undefined without a user */
export function loginOf(account: string, password: Secret): ResolvedLogin | undefined {
  const backslash = account.indexOf('\\')
  const user = account.slice(backslash + 1)
  if (user === '') return undefined
  if (backslash < 0) return { scheme: 'basic', user, password }
  return { scheme: 'ntlm', domain: account.slice(0, backslash), user, password }
}

/** `%XX` to its byte; a percent sign that begins none stands for itself. */
function decoded(text: string): Buffer {
  const parts = text.split(/(%[0-9a-f]{2})/i)
  return Buffer.concat(
    parts.map(part =>
      /^%[0-9a-f]{2}$/i.test(part) ? Buffer.from(part.slice(1), 'hex') : Buffer.from(part, 'utf8'),
    ),
  )
}

/** UTF-8, or what older tools write. */
function textOf(bytes: Buffer): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes)
  } catch {
    return bytes.toString('latin1')
  }
}
