/**
 * What a stored secret belongs to: a tunnel at a gateway, or a login at a proxy. Entries that pass the same proxy with the same
 * login share one secret. Holds no secret itself.
 */
import { nameOf } from '../../net/proxy/endpoint.ts'
import type { AgentEntry, HopLogin } from '../../shared/balance/index.ts'
import type { SecretStoreKind } from './secret-store.ts'

export type SecretAccount =
  | {
      readonly kind: 'tunnel'
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

export function tunnelAccount({ name, gateway }: Pick<AgentEntry, 'name' | 'gateway'>): SecretAccount {
  return { kind: 'tunnel', name, gateway: nameOf(gateway).toLowerCase() }
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
  return account.kind === 'tunnel'
    ? `tunnel ${account.name}@${account.gateway}`
    : `proxy ${account.login}@${account.proxy}`
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
    account.kind === 'tunnel'
      ? `--tunnel ${quoted(`${account.name}@${account.gateway}`)}`
      : `--hop ${quoted(account.proxy)} --login ${quoted(account.login)}`
  return `tildegate secret set ${whose}${store === 'file' ? ' --secret-store file' : ''}`
}

/** All passwords of an entry, each with its account: the tunnel's, then one for each login at a proxy. */
export function passwordsOf(entry: Pick<AgentEntry, 'name' | 'gateway' | 'password' | 'hops'>) {
  const logins = entry.hops.flatMap(hop =>
    hop.kind === 'system' || hop.login === undefined
      ? []
      : [{ account: proxyAccount(nameOf(hop), hop.login), password: hop.login.password }],
  )
  return [{ account: tunnelAccount(entry), password: entry.password }, ...logins]
}

/** The accounts whose secrets the entries leave to the store, each once. */
export function accountsNeeded(entries: readonly AgentEntry[]): SecretAccount[] {
  const needed = entries.flatMap(passwordsOf).filter(({ password }) => password.kind === 'keychain')
  return [...new Map(needed.map(({ account }) => [labelOf(account), account])).values()]
}
