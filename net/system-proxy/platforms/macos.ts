/** macOS: `scutil --proxy`. Passwords of proxies are in its keychain, and are not asked for. */
import { readProxyAddress } from '../proxy-address.ts'
import type { SystemSettings, WrittenProxy } from '../settings.ts'

export const macosCommand = ['/usr/sbin/scutil', '--proxy'] as const

const name = 'macOS settings'

export function parseMacos(output: string): SystemSettings {
  const { values, exceptions } = readDictionary(output)
  const isOn = (key: string) => values.get(key) === '1'
  const pacUrl = isOn('ProxyAutoConfigEnable') ? values.get('ProxyAutoConfigURLString') : undefined
  const simple = isOn('ExcludeSimpleHostnames') ? ['<local>'] : []
  return {
    name,
    findsPac: isOn('ProxyAutoDiscoveryEnable'),
    ...(pacUrl ? { pacUrl } : {}),
    proxies: {
      http: proxyOf(values, 'HTTP', 'http'),
      https: proxyOf(values, 'HTTPS', 'http'),
      any: proxyOf(values, 'SOCKS', 'socks5'),
    },
    exceptions: { rules: [...exceptions, ...simple], style: 'exact' },
  }
}

function proxyOf(values: ReadonlyMap<string, string>, key: string, scheme: string): WrittenProxy | undefined {
  const host = values.get(`${key}Proxy`)
  if (values.get(`${key}Enable`) !== '1' || !host) return undefined
  const port = values.get(`${key}Port`)
  const bracketed = host.includes(':') && !host.startsWith('[') ? `[${host}]` : host
  return readProxyAddress(`${scheme}://${bracketed}${port && port !== '0' ? `:${port}` : ''}`)
}

/** The outermost dictionary and the array of exceptions in it; what is scoped to one interface is left out. */
function readDictionary(output: string): { values: Map<string, string>; exceptions: string[] } {
  const values = new Map<string, string>()
  const exceptions: string[] = []
  const open: string[] = []
  for (const line of output.split(/\r?\n/)) {
    const [, key = '', value = ''] = /^\s*(\S+) : (.*?)\s*$/.exec(line) ?? []
    if (/<(?:dictionary|array)> \{\s*$/.test(line)) open.push(key)
    else if (line.trim() === '}') open.pop()
    else if (key !== '' && open.length === 1) values.set(key, value)
    else if (key !== '' && open.length === 2 && open[1] === 'ExceptionsList') exceptions.push(value)
  }
  return { values, exceptions }
}
