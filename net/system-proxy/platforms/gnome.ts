/** GNOME and its kin (Cinnamon, Budgie, Unity): `gsettings list-recursively org.gnome.system.proxy`. */
import { Secret } from '../../../shared/secret.ts'
import { loginOf, readProxyAddress } from '../proxy-address.ts'
import type { SystemSettings, WrittenProxy } from '../settings.ts'
import { type GVariant, parseGVariant } from './gvariant.ts'

export const gnomeCommand = ['gsettings', 'list-recursively', 'org.gnome.system.proxy'] as const

const name = 'GNOME settings'
const linePattern = /^org\.gnome\.system\.proxy(?:\.(\w+))? ([\w-]+) (.+)$/

export function parseGnome(output: string): SystemSettings {
  const values = new Map<string, GVariant>()
  for (const line of output.split(/\r?\n/)) {
    const [, child = '', key = '', text = ''] = linePattern.exec(line) ?? []
    const value = parseGVariant(text)
    if (value !== undefined) values.set(child === '' ? key : `${child} ${key}`, value)
  }
  const rules = values.get('ignore-hosts')
  const exceptions = {
    rules: Array.isArray(rules) ? (rules as readonly string[]) : [],
    style: 'suffix',
    coverPac: true,
  } as const
  switch (values.get('mode')) {
    case 'auto': {
      const url = text(values, 'autoconfig-url')
      return url === '' ? { name, findsPac: true, exceptions } : { name, pacUrl: url, exceptions }
    }
    case 'manual':
      return { name, proxies: manual(values), exceptions }
    default:
      return { name }
  }
}

/** As glib-networking reads it: without an own proxy for https that of http holds; SOCKS for what is left. */
function manual(values: ReadonlyMap<string, GVariant>): NonNullable<SystemSettings['proxies']> {
  const http = proxyOf(values, 'http', 'http')
  const https = proxyOf(values, 'https', 'http') ?? http
  return { http, https, any: proxyOf(values, 'socks', 'socks5') }
}

function proxyOf(
  values: ReadonlyMap<string, GVariant>,
  child: string,
  scheme: string,
): WrittenProxy | undefined {
  const host = text(values, `${child} host`).trim()
  if (host === '') return undefined
  const port = values.get(`${child} port`)
  const bracketed = host.includes(':') && !host.startsWith('[') ? `[${host}]` : host
  const proxy = readProxyAddress(`${scheme}://${bracketed}${port ? `:${port}` : ''}`)
  if (typeof proxy === 'string' || child !== 'http' || values.get('http use-authentication') !== true)
    return proxy
  const password = Secret.fromText(text(values, 'http authentication-password'))
  const login = loginOf(text(values, 'http authentication-user'), password)
  return { ...proxy, ...(login ? { login } : {}) }
}

function text(values: ReadonlyMap<string, GVariant>, key: string): string {
  const value = values.get(key)
  return typeof value === 'string' ? value : ''
}
