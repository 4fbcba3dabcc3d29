/** Between a form of the windows, an entry of backbalance.bin and the passwords of both. Pure. */
import { proxyAccount, type SecretAccount, tunnelAccount, visitorsAccount } from '../../../agent/index.ts'
import {
  type AgentEntry,
  inEnglish,
  type PasswordSource,
  type PlainEntry,
  parseTarget,
  printEntry,
  printHost,
  printTarget,
  type TargetSpec,
  type VisitorsSource,
} from '../../../shared/balance/index.ts'
import { TildegateError } from '../../../shared/errors.ts'
import type { ProxyForm, TunnelForm } from '../../../shared/ipc/tunnel-form.ts'
import { Secret } from '../../../shared/secret.ts'

/** A form as it may be shown: without passwords. */
export function formOf(entry: AgentEntry, title: string | undefined): TunnelForm {
  const { name, gateway, hops, target, visitors } = entry
  const { scheme, host, port } = gateway
  return {
    name,
    gateway: { host, port, ...(scheme === undefined ? {} : { scheme }) },
    proxies: hops.map((hop): ProxyForm => {
      if (hop.kind === 'system') return { kind: 'system' }
      const { kind, login } = hop
      const address = { kind, host: hop.host, port: hop.port }
      if (login === undefined) return address
      const { scheme: way, domain, user } = login
      return { ...address, login: { scheme: way, user, ...(domain === undefined ? {} : { domain }) } }
    }),
    ...(target === undefined ? {} : { target: printTarget(target) }),
    ...(visitors === undefined
      ? {}
      : { visitors: visitors.kind === 'environment' ? { variable: visitors.variable } : {} }),
    ...(title === undefined ? {} : { title }),
  }
}

/** The line for the file, without passwords. @throws TildegateError entry-unwritable, target-unknown */
export function lineOf(form: TunnelForm): string {
  try {
    return printEntry(plainEntryOf(form))
  } catch (cause) {
    if (cause instanceof TildegateError) throw cause
    throw new TildegateError('entry-unwritable', {}, { cause })
  }
}

/** The entry with the passwords that were typed; those left out are asked of the keychain. @throws as `lineOf` */
export function entryOf(form: TunnelForm): AgentEntry {
  lineOf(form)
  const { hops, ...plain } = plainEntryOf(form)
  return {
    ...plain,
    password: sourceOf(form.password),
    hops: hops.map((hop, i) => {
      if (hop.kind === 'system') return hop
      const { login, ...address } = hop
      if (login === undefined) return address
      const typed = form.proxies[i]
      const password = typed?.kind === 'system' ? undefined : typed?.login?.password
      return { ...address, login: { ...login, password: sourceOf(password) } }
    }),
    line: 1,
    secretSpans: [],
  }
}

/** The passwords that were typed, and whom they are for. */
export function typedPasswords(form: TunnelForm): readonly { account: SecretAccount; secret: Secret }[] {
  const tunnel =
    form.password === undefined
      ? []
      : [{ account: tunnelAccount(form), secret: Secret.fromText(form.password) }]
  const proxies = form.proxies.flatMap(proxy => {
    if (proxy.kind === 'system' || proxy.login?.password === undefined) return []
    const { host, port, login } = proxy
    const account = proxyAccount(`${printHost(host)}:${port}`, withDomain(login))
    return [{ account, secret: Secret.fromText(proxy.login.password) }]
  })
  const visitors =
    form.visitors?.password === undefined
      ? []
      : [{ account: visitorsAccount(form), secret: Secret.fromText(form.visitors.password) }]
  return [...tunnel, ...proxies, ...visitors]
}

function plainEntryOf({ name, gateway, proxies, target, visitors }: TunnelForm): PlainEntry {
  return {
    name,
    gateway,
    hops: proxies.map(proxy => {
      if (proxy.kind === 'system') return proxy
      const { kind, host, port, login } = proxy
      return { kind, host, port, ...(login === undefined ? {} : { login: withDomain(login) }) }
    }),
    ...(target === undefined ? {} : { target: targetOf(target) }),
    ...(visitors === undefined ? {} : { visitors: visitorsOf(visitors) }),
  }
}

/** NTLM always has a domain, if an empty one: it is what forces NTLM. */
function withDomain({ scheme, domain, user }: { scheme: 'basic' | 'ntlm'; domain?: string; user: string }) {
  return scheme === 'ntlm' ? { scheme, user, domain: domain ?? '' } : { scheme, user }
}

function targetOf(text: string): TargetSpec {
  const target = parseTarget(text)
  if (!('wording' in target)) return target
  const { message: reason } = inEnglish(target.wording)
  throw new TildegateError('target-unreadable', { reason, 'reason.said': target.wording.text })
}

/** What is typed goes into the store. */
function visitorsOf({ password, variable }: NonNullable<TunnelForm['visitors']>): VisitorsSource {
  return password !== undefined || variable === undefined
    ? { kind: 'keychain' }
    : { kind: 'environment', variable }
}

function sourceOf(password: string | undefined): PasswordSource {
  return password === undefined ? { kind: 'keychain' } : { kind: 'file', secret: Secret.fromText(password) }
}
