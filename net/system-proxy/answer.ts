/** What the system says about the way to one gateway: the words that all parts of this folder share. */
import type { Route } from '../dial/line.ts'
import { nameOf, type ResolvedHop } from '../proxy/chain.ts'

export type Gateway = Route['gateway']

export interface SystemAnswer {
  /** In the order in which they are tried; never empty. `undefined` is the direct way. */
  readonly ways: readonly (ResolvedHop | undefined)[]
  /** Who said so, to be shown: `environment HTTPS_PROXY`, `PAC http://…`, `direct: NO_PROXY matches .corp`. */
  readonly source: string
}

export function direct(why: string): SystemAnswer {
  return { ways: [undefined], source: `direct: ${why}` }
}

export function through(proxy: ResolvedHop, source: string): SystemAnswer {
  return { ways: [proxy], source }
}

/** For logs, tests and windows; no login. */
export function printAnswer({ ways, source }: SystemAnswer): string {
  const [first] = ways
  if (first === undefined && ways.length === 1) return source
  return `${ways.map(way => (way === undefined ? 'direct' : printProxy(way))).join(', else ')} (${source})`
}

function printProxy(proxy: ResolvedHop): string {
  return proxy.kind === 'http' ? nameOf(proxy) : `${proxy.kind}://${nameOf(proxy)}`
}

/** Whether the agent surely speaks plain to the gateway (see the dialer); where it finds out, TLS comes first. */
export function isPlain({ scheme, port }: Gateway): boolean {
  return scheme === 'http' || (scheme === undefined && port === 80)
}

/** What a browser would ask about. */
export function urlOf(gateway: Gateway): string {
  const { port } = gateway
  const plain = isPlain(gateway)
  const authority = nameOf(gateway)
  const isDefaultPort = port === (plain ? 80 : 443)
  return `${plain ? 'http' : 'https'}://${isDefaultPort ? authority.replace(/:\d+$/, '') : authority}/`
}
