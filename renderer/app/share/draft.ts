/** What the user has filled in so far, as text, and the form that it makes once nothing is missing. Pure. */
import { parseBackbalance, parseHostPort, parseTarget, printHost } from '../../../shared/balance/index.ts'
import { type ProxyForm, type TunnelForm, visitorPasswordMinLength } from '../../../shared/ipc/tunnel-form.ts'
import type { Secret } from '../../../shared/secret.ts'

export const ways = ['direct', 'system', 'proxies'] as const
export const loginKinds = ['none', 'basic', 'ntlm'] as const
export const proxyKinds = ['http', 'https', 'socks5'] as const

export interface ProxyDraft {
  readonly key: number
  readonly kind: (typeof proxyKinds)[number]
  /** `host:port` */
  readonly address: string
  readonly login: (typeof loginKinds)[number]
  readonly domain: string
  readonly user: string
  readonly password: string
}

export interface Draft {
  /** A web address of this PC or its network; empty: the welcome page. */
  readonly target: string
  readonly isTargetTyped: boolean
  readonly title: string
  readonly name: string
  readonly gateway: string
  readonly password: string
  readonly way: (typeof ways)[number]
  readonly proxies: readonly ProxyDraft[]
  /** Undefined: nobody has decided; then they are, where it is not plainly public. */
  readonly asksVisitors: boolean | undefined
  readonly visitorPassword: string
  /** What visitors are asked for now: nothing, what is stored, or this variable of the PC. */
  readonly askedBefore: 'nothing' | 'stored' | { readonly variable: string }
}

export const emptyDraft: Draft = {
  target: '',
  isTargetTyped: false,
  title: '',
  name: '',
  gateway: '',
  password: '',
  way: 'direct',
  proxies: [],
  asksVisitors: undefined,
  visitorPassword: '',
  askedBefore: 'nothing',
}

let lastKey = 0

export function emptyProxy(): ProxyDraft {
  lastKey += 1
  return { key: lastKey, kind: 'http', address: '', login: 'none', domain: '', user: '', password: '' }
}

/** The fields that keep a step from being done. */
export type Field =
  | 'target'
  | 'name'
  | 'gateway'
  | 'password'
  | 'visitors'
  | `address-${number}`
  | `user-${number}`

export interface Checked {
  readonly missing: ReadonlySet<Field>
  /** Present when nothing is missing. */
  readonly form?: TunnelForm
}

/** `keepsPasswords`: those left out are stored already. */
export function checked(draft: Draft, keepsPasswords: boolean): Checked {
  const { target, title, name, password, way } = draft
  const missing = new Set<Field>()
  if ((draft.isTargetTyped || target !== '') && 'wording' in parseTarget(target)) missing.add('target')
  if (!/^[A-Za-z0-9._-]{1,64}$/.test(name)) missing.add('name')
  const gateway = gatewayOf(draft.gateway)
  if (gateway === undefined) missing.add('gateway')
  if (password === '' && !keepsPasswords) missing.add('password')
  const drafts = way === 'proxies' ? draft.proxies : []
  const proxies = drafts.map(proxy => proxyOf(proxy, missing))
  const visitors = asksVisitors(draft) ? visitorsOf(draft, missing) : undefined
  if (missing.size > 0 || gateway === undefined) return { missing }
  const form: TunnelForm = {
    name,
    gateway,
    ...(password === '' ? {} : { password }),
    proxies: way === 'system' ? [{ kind: 'system' }] : proxies.flatMap(proxy => proxy ?? []),
    ...(target === '' ? {} : { target }),
    ...(title === '' ? {} : { title }),
    ...(visitors === undefined ? {} : { visitors }),
  }
  return { missing, form }
}

/** The welcome page is there to be seen. */
export function asksVisitors({ asksVisitors: asked, target, isTargetTyped }: Draft): boolean {
  return asked ?? (target !== '' || isTargetTyped)
}

function visitorsOf(
  { visitorPassword, askedBefore }: Draft,
  missing: Set<Field>,
): NonNullable<TunnelForm['visitors']> {
  if (visitorPassword === '' && askedBefore !== 'nothing')
    return askedBefore === 'stored' ? {} : { variable: askedBefore.variable }
  if (visitorPassword.length < visitorPasswordMinLength) missing.add('visitors')
  return { password: visitorPassword }
}

/** `host`, `host:port`, with http:// or https:// before it where the user says so. */
function gatewayOf(text: string): TunnelForm['gateway'] | undefined {
  const [, spoken, rest = ''] = /^(?:(https?):\/\/)?([^/]*)\/*$/i.exec(text.trim()) ?? []
  const address = parseHostPort(rest)
  if (address === undefined || rest === '') return undefined
  const scheme = spoken?.toLowerCase() === 'http' ? 'http' : spoken === undefined ? undefined : 'https'
  const { host, port = scheme === 'http' ? 80 : 443 } = address
  if (port < 1 || port > 65_535) return undefined
  return { host, port, ...(scheme === undefined ? {} : { scheme }) }
}

function proxyOf(draft: ProxyDraft, missing: Set<Field>): ProxyForm | undefined {
  const { key, kind, login, domain, user, password } = draft
  const { host, port } = parseHostPort(draft.address.trim()) ?? {}
  const hasUser = login === 'none' || user !== ''
  if (host === undefined || port === undefined || port < 1 || port > 65_535) missing.add(`address-${key}`)
  if (!hasUser) missing.add(`user-${key}`)
  if (host === undefined || port === undefined || !hasUser) return undefined
  if (login === 'none') return { kind, host, port }
  const secret = password === '' ? {} : { password }
  const account = login === 'ntlm' ? { scheme: login, domain, user } : { scheme: login, user }
  return { kind, host, port, login: { ...account, ...secret } }
}

/** A form that the app gave back: its passwords stay where they are. */
export function draftOf(form: TunnelForm): Draft {
  const { name, gateway, proxies, target = '', title = '', password = '', visitors } = form
  const { scheme, host, port } = gateway
  const own = proxies.flatMap((proxy): ProxyDraft[] => {
    if (proxy.kind === 'system') return []
    const { login } = proxy
    const account = { domain: login?.domain ?? '', user: login?.user ?? '', password: login?.password ?? '' }
    const address = `${printHost(proxy.host)}:${proxy.port}`
    return [{ ...emptyProxy(), kind: proxy.kind, address, login: login?.scheme ?? 'none', ...account }]
  })
  return {
    target,
    isTargetTyped: target !== '',
    title,
    name,
    gateway: `${scheme === undefined ? '' : `${scheme}://`}${printHost(host)}:${port}`,
    password,
    way: own.length > 0 ? 'proxies' : proxies.length > 0 ? 'system' : 'direct',
    proxies: own,
    asksVisitors: visitors !== undefined,
    visitorPassword: '',
    askedBefore: askedBy(visitors),
  }
}

function askedBy(visitors: TunnelForm['visitors']): Draft['askedBefore'] {
  if (visitors === undefined) return 'nothing'
  return visitors.variable === undefined ? 'stored' : { variable: visitors.variable }
}

/** A whole line of backbalance.bin, as somebody was given it. Undefined: it is none. */
export function draftOfLine(line: string): Draft | undefined {
  const [entry, ...others] = parseBackbalance(line.trim(), 'line').entries
  if (entry === undefined || others.length > 0) return undefined
  const { name, gateway, hops, target } = entry
  const draft = draftOf({
    name,
    gateway,
    proxies: hops.map((hop): ProxyForm => {
      if (hop.kind === 'system') return hop
      const { kind, host, port, login } = hop
      if (login === undefined) return { kind, host, port }
      const { scheme, domain, user, password } = login
      const secret = password.kind === 'file' ? { password: textOf(password.secret) } : {}
      return {
        kind,
        host,
        port,
        login: { scheme, user, ...(domain === undefined ? {} : { domain }), ...secret },
      }
    }),
    ...(entry.password.kind === 'file' ? { password: textOf(entry.password.secret) } : {}),
  })
  const shared = target === undefined ? '' : targetText(target)
  return {
    ...draft,
    target: shared,
    isTargetTyped: shared !== '',
    // What it is on this PC, a line cannot say.
    askedBefore: 'nothing',
    asksVisitors: entry.visitors === undefined ? undefined : true,
  }
}

function textOf(secret: Secret): string {
  return secret.use(bytes => new TextDecoder().decode(bytes))
}

function targetText({
  scheme,
  host,
  port,
  base,
}: {
  scheme: string
  host: string
  port: number
  base: string
}): string {
  return `${scheme}://${printHost(host)}:${port}${base}`
}
