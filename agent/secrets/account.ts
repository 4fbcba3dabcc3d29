/**
 * What a stored secret belongs to: a tunnel at a gateway, or a login at a proxy. Entries that pass the same proxy with the same
 * login share one secret. Holds no secret itself.
 */
import { nameOf } from '../../net/proxy/endpoint.ts'
import type { AgentEntry, HopLogin, PasswordSource } from '../../shared/balance/index.ts'
import type { ErrorDetails } from '../../shared/errors.ts'
import { said } from '../../shared/phrases.ts'
import type { SecretStoreKind } from './secret-store.ts'

export type SecretAccount =
  | {
      /** `visitors`: the password that visitors of the tunnel are asked for. */
      readonly kind: 'tunnel' | 'visitors'
      readonly name: string
      /** `host:port`, the host in small letters. */
      readonly gateway: string
    }
  | {
      readonly kind: 'proxy'
      /** As an entry writes it before the proxy: `user`, `\user` or `domain\user`. */
      readonly login: string
      /** `host:port`, the host in small letters. */
      readonly proxy: string
    }

export function tunnelAccount({ name, gateway }: Pick<AgentEntry, 'name' | 'gateway'>) {
  return { kind: 'tunnel', name, gateway: nameOf(gateway).toLowerCase() } as const
}

export function visitorsAccount(entry: Pick<AgentEntry, 'name' | 'gateway'>): SecretAccount {
  return { ...tunnelAccount(entry), kind: 'visitors' }
}

/** `proxy` as `host:port`. */
export function proxyAccount(proxy: string, { domain, user }: Omit<HopLogin, 'password'>): SecretAccount {
  const login = domain === undefined ? user : `${domain}\\${user}`
  return { kind: 'proxy', login, proxy: proxy.toLowerCase() }
}

/** The other way round. */
export function loginOf(text: string): Omit<HopLogin, 'password'> {
  const backslash = text.indexOf('\\')
  if (backslash < 0) return { scheme: 'basic', user: text }
  return { scheme: 'ntlm', domain: text.slice(0, backslash), user: text.slice(backslash + 1) }
}

/** Whose secret it is, in words; different for different accounts, and the name of the keychain's entry. */
export function labelOf(account: SecretAccount): string {
  return account.kind === 'proxy'
    ? `proxy ${account.login}@${account.proxy}`
    : `${account.kind} ${account.name}@${account.gateway}`
}

/** For an error's details: whose secret it is. */
export function whose(account: SecretAccount): ErrorDetails {
  if (account.kind === 'proxy')
    return said('name', 'secret-of-proxy', { login: account.login, proxy: account.proxy })
  const { kind, name: tunnel, gateway } = account
  return said('name', `secret-of-${kind}`, { tunnel, gateway })
}

/** What stores its secret, quoted for the shell. */
export function commandFor(
  account: SecretAccount,
  store: SecretStoreKind,
  platform: NodeJS.Platform = process.platform,
): string {
  const quoted = (text: string) => {
    if (/^[\w@.:[\]-]+$/.test(text)) return text
    return platform === 'win32' ? `"${text}"` : `'${text.replaceAll("'", "'\\''")}'`
  }
  const whose =
    account.kind === 'proxy'
      ? `--hop ${quoted(account.proxy)} --login ${quoted(account.login)}`
      : `--${account.kind} ${quoted(`${account.name}@${account.gateway}`)}`
  return `tildegate secret set ${whose}${store === 'file' ? ' --secret-store file' : ''}`
}

/** All passwords of an entry, each with its account: the tunnel's, one for each login at a proxy, the visitors'. */
export function passwordsOf(
  entry: Pick<AgentEntry, 'name' | 'gateway' | 'password' | 'hops' | 'visitors'>,
): { readonly account: SecretAccount; readonly password: PasswordSource }[] {
  const logins = entry.hops.flatMap(hop =>
    hop.kind === 'system' || hop.login === undefined
      ? []
      : [{ account: proxyAccount(nameOf(hop), hop.login), password: hop.login.password }],
  )
  const visitors =
    entry.visitors === undefined ? [] : [{ account: visitorsAccount(entry), password: entry.visitors }]
  return [{ account: tunnelAccount(entry), password: entry.password }, ...logins, ...visitors]
}

/** The accounts whose secrets the entries leave to the store, each once. */
export function accountsNeeded(entries: readonly AgentEntry[]): SecretAccount[] {
  const needed = entries.flatMap(passwordsOf).filter(({ password }) => password.kind === 'keychain')
  return [...new Map(needed.map(({ account }) => [labelOf(account), account])).values()]
}
