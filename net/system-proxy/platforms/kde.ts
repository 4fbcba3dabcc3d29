/** KDE: `kioslaverc`, a cascade of files of which the user's own is the last; `kreadconfig` would be a process for each key. */
import { join } from 'node:path'
import { splitRules } from '../bypass.ts'
import type { Environment } from '../environment.ts'
import { readProxyAddress } from '../proxy-address.ts'
import type { SystemSettings, WrittenProxy } from '../settings.ts'

const name = 'KDE settings'

/** From the system's files to the user's, which wins. */
export function kdeFiles(environment: Environment, home: string): string[] {
  const systems = (environment['XDG_CONFIG_DIRS'] || '/etc/xdg').split(':').filter(folder => folder !== '')
  const own = environment['XDG_CONFIG_HOME'] || join(home, '.config')
  return [...systems.toReversed(), own].map(folder => join(folder, 'kioslaverc'))
}

/** `texts`: the files in that order. `environment`: for the kind that names variables. */
export function parseKde(texts: readonly string[], environment: Environment): SystemSettings {
  const values = readGroup(texts, environment)
  const rules = splitRules(values.get('NoProxyFor') ?? '')
  const areReversed = values.get('ReversedException') === 'true'
  const exceptions = { rules, style: 'suffix', areReversed } as const
  switch (values.get('ProxyType')) {
    case '1':
      return { name, proxies: proxiesOf(key => values.get(key)), exceptions }
    case '2': {
      const url = values.get('Proxy Config Script') ?? ''
      if (url === '') return { name, findsPac: true }
      return { name, pacUrl: url.startsWith('/') ? `file://${url}` : url }
    }
    case '3':
      return { name, findsPac: true }
    case '4': {
      const variable = (key: string) => environment[values.get(key) ?? '']
      const own = { rules: splitRules(variable('NoProxyFor') ?? ''), style: 'suffix' } as const
      return { name, proxies: proxiesOf(variable), exceptions: own }
    }
    default:
      return { name }
  }
}

/** The group [Proxy Settings]. `[$i]` makes a value immutable for later files; in one with `[$e]` variables are filled in. */
function readGroup(texts: readonly string[], environment: Environment): ReadonlyMap<string, string> {
  const values = new Map<string, string>()
  const immutable = new Set<string>()
  for (const text of texts) {
    const fixed = new Set<string>()
    let isOurs = false
    let isFixed = false
    for (const line of text.split(/\r?\n/)) {
      const [, group, marks = ''] = /^\[(.*?)\]((?:\[.*\])?)\s*$/.exec(line) ?? []
      if (group !== undefined) {
        isOurs = group === 'Proxy Settings'
        isFixed = marks.includes('$i')
      }
      const [, key = '', flags = '', value = ''] =
        /^([^[=#]+?)((?:\[[^\]]*\])*)\s*=\s*(.*?)\s*$/.exec(line) ?? []
      if (!isOurs || key === '' || immutable.has(key)) continue
      values.set(key, flags.includes('e') ? filled(value, environment) : value)
      if (isFixed || flags.includes('i')) fixed.add(key)
    }
    for (const key of fixed) immutable.add(key)
  }
  return values
}

function filled(text: string, environment: Environment): string {
  return text.replace(/\$(?:\{(\w+)\}|(\w+))/g, (_, braced, bare) => environment[braced ?? bare] ?? '')
}

/** `http://proxy.corp 8080`, with a space, is how KDE has always written the port. */
function proxiesOf(value: (key: string) => string | undefined): NonNullable<SystemSettings['proxies']> {
  const proxyOf = (key: string, scheme: string): WrittenProxy | undefined => {
    const text =
      value(key)
        ?.trim()
        .replace(/\s+(\d+)$/, ':$1')
        .replace(/:0?$/, '') ?? ''
    if (text === '') return undefined
    return readProxyAddress(text.includes('://') ? text : `${scheme}://${text}`)
  }
  return {
    http: proxyOf('httpProxy', 'http'),
    https: proxyOf('httpsProxy', 'http'),
    any: proxyOf('socksProxy', 'socks5'),
  }
}
