/** What a tunnel shares: a service at an address, or a site built into the agent that no one can dial. */
import type { Hello } from '../../shared/protocol/control-json.ts'

export type Target =
  | {
      readonly kind: 'service'
      readonly scheme: 'http' | 'https'
      readonly host: string
      readonly port: number
      /** Begins and ends with `/`. */
      readonly base: string
      readonly keepsHost: boolean
    }
  | { readonly kind: 'site'; readonly site: SiteName }

export type SiteName = 'welcome' | 'sample'

const defaultPort = { http: 80, https: 443 } as const

/** `http://host:port/base`, `https://…`, `welcome:` or `sample:`; undefined for anything else. */
export function parseTarget(text: string): Target | undefined {
  if (text === 'welcome:' || text === 'sample:')
    return { kind: 'site', site: text === 'sample:' ? 'sample' : 'welcome' }
  if (!/^https?:\/\//i.test(text) || !URL.canParse(text)) return undefined
  const url = new URL(text)
  if (url.username !== '' || url.password !== '' || url.search !== '' || url.hash !== '') return undefined
  const scheme = url.protocol === 'https:' ? 'https' : 'http'
  const port = url.port === '' ? defaultPort[scheme] : Number(url.port)
  const base = url.pathname.endsWith('/') ? url.pathname : `${url.pathname}/`
  return { kind: 'service', scheme, host: url.hostname.replace(/^\[|\]$/g, ''), port, base, keepsHost: false }
}

/** How the target wants to be addressed, as HELLO tells the gateway. */
export function targetForHello(target: Target): NonNullable<Hello['target']> {
  if (target.kind === 'site') return { scheme: 'http', host: `${target.site}.tildegate.internal`, base: '/' }
  const { scheme, host, port, base, keepsHost } = target
  const name = host.includes(':') ? `[${host}]` : host
  const authority = port === defaultPort[scheme] ? name : `${name}:${port}`
  return { scheme, host: authority, base, ...(keepsHost ? { keepsHost } : {}) }
}

/** This computer itself: certificates of local services are usually self-signed, and nobody is in between. */
export function isLoopback(host: string): boolean {
  return /^(localhost|.+\.localhost|127\.\d+\.\d+\.\d+|::1|0:0:0:0:0:0:0:1)$/i.test(host)
}
