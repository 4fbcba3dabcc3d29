/** What `FindProxyForURL` returns, and `session.resolveProxy` of Electron too: `PROXY a:8080; SOCKS5 b:1080; DIRECT`. */
import type { ResolvedHop } from '../../proxy/chain.ts'
import { readProxyAddress } from '../proxy-address.ts'

/** SOCKS without a number is tried as 5, which nearly all such proxies speak; 4 has no names and no logins. */
const schemes: Readonly<Record<string, string>> = {
  PROXY: 'http',
  HTTP: 'http',
  HTTPS: 'https',
  SOCKS: 'socks5',
  SOCKS5: 'socks5',
}

const maxWays = 8

/**
 * Words that are not known are passed over, as browsers do. `undefined` is the direct way; an empty text is too.
 * @returns an empty list where there is something, and nothing in it that we speak
 */
export function readPacResult(text: string): readonly (ResolvedHop | undefined)[] {
  const parts = text.split(';').map(part => part.trim())
  const said = parts.filter(part => part !== '')
  if (said.length === 0) return [undefined]
  const ways: (ResolvedHop | undefined)[] = []
  for (const part of said.slice(0, 4 * maxWays)) {
    const [word = '', address = ''] = part.split(/\s+/)
    if (word.toUpperCase() === 'DIRECT') ways.push(undefined)
    const scheme = schemes[word.toUpperCase()]
    if (scheme === undefined) continue
    const proxy = readProxyAddress(`${scheme}://${address}`)
    if (typeof proxy !== 'string') ways.push(proxy)
  }
  return ways.slice(0, maxWays)
}
