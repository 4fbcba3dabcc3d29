/**
 * Windows: the registry, as `reg query` prints it, since its words are the same in each language (those of `netsh winhttp show proxy`
 * are not). The user's Internet settings; where they say nothing, the computer's (WinHTTP), for an agent that runs as a service.
 */
import { readProxyAddress } from '../proxy-address.ts'
import type { Exceptions, SystemSettings, WrittenProxy } from '../settings.ts'

const internetSettings = 'Software\\Microsoft\\Windows\\CurrentVersion\\Internet Settings'
const policies = 'HKLM\\Software\\Policies\\Microsoft\\Windows\\CurrentVersion\\Internet Settings'

/** The arguments of each `reg`. With `ProxySettingsPerUser` 0 an admin has moved the user's settings to the computer. */
export const windowsQueries = {
  policy: ['query', policies, '/v', 'ProxySettingsPerUser'],
  settings: (root: 'HKCU' | 'HKLM') => ['query', `${root}\\${internetSettings}`],
  connections: (root: 'HKCU' | 'HKLM') => [
    'query',
    `${root}\\${internetSettings}\\Connections`,
    '/v',
    'DefaultConnectionSettings',
  ],
  computer: ['query', `HKLM\\${internetSettings}\\Connections`, '/v', 'WinHttpSettings'],
} as const

const valuePattern = /^ {4}(\S.*?) {4}(REG_\w+)(?: {4}(.*))?$/

/** Values by their names in lower case; those of the first key alone. An error text has none. */
export function parseRegistry(output: string): ReadonlyMap<string, string> {
  const values = new Map<string, string>()
  for (const line of output.split(/\r?\n/)) {
    const [, name, , value = ''] = valuePattern.exec(line.trimEnd()) ?? []
    if (name !== undefined) values.set(name.toLowerCase(), value)
  }
  return values
}

export function isPerComputer(policy: string): boolean {
  return isNumber(parseRegistry(policy).get('proxysettingsperuser'), 0)
}

/** `connections`: only there stands whether to look for a PAC file. */
export function parseWindowsUser(settings: string, connections: string): SystemSettings {
  const values = parseRegistry(settings)
  const pacUrl = values.get('autoconfigurl')
  const isOn = isNumber(values.get('proxyenable'), 1)
  const server = isOn ? (values.get('proxyserver') ?? '') : ''
  const blob = readBlob(parseRegistry(connections).get('defaultconnectionsettings'))
  const findsPac = blob === undefined ? isNumber(values.get('autodetect'), 1) : (blob.flags & 8) !== 0
  return {
    name: 'Windows settings',
    findsPac,
    ...(pacUrl ? { pacUrl } : {}),
    ...manual(server, values.get('proxyoverride') ?? ''),
  }
}

/** WinHTTP keeps its proxy in a binary value of the same form as the connections' one. */
export function parseWindowsComputer(output: string): SystemSettings {
  const name = 'Windows settings of the computer (WinHTTP)'
  const blob = readBlob(parseRegistry(output).get('winhttpsettings'))
  if (blob === undefined || (blob.flags & 2) === 0) return { name }
  return { name, ...manual(blob.server, blob.override) }
}

function manual(
  server: string,
  override: string,
): Pick<SystemSettings, 'proxies' | 'exceptions' | 'proxiesLoopback'> {
  const rules = override.split(/[;\s]+/).filter(rule => rule !== '')
  const exceptions: Exceptions = { rules: rules.filter(rule => rule !== '<-loopback>'), style: 'exact' }
  return { proxies: readServer(server), exceptions, proxiesLoopback: rules.includes('<-loopback>') }
}

/** `proxy:8080` for all, or `http=a:80;https=b:80;socks=c:1080`, in each of which a scheme may stand. */
function readServer(text: string): NonNullable<SystemSettings['proxies']> {
  const proxies: { http?: WrittenProxy; https?: WrittenProxy; any?: WrittenProxy } = {}
  for (const part of text.split(/[;\s]+/).filter(part => part !== '')) {
    const [, protocol, address = ''] = /^(?:(\w+)=)?(.*)$/.exec(part) ?? []
    if (protocol === undefined) proxies.any ??= readProxyAddress(address)
    else if (protocol === 'http' || protocol === 'https') proxies[protocol] ??= readProxyAddress(address)
    else if (protocol === 'socks')
      proxies.any ??= readProxyAddress(address.includes('://') ? address : `socks5://${address}`)
  }
  return proxies
}

/** Version and counter, flags (2: proxy, 4: PAC file, 8: look for one), then texts, each behind its length. */
function readBlob(hex: string | undefined): { flags: number; server: string; override: string } | undefined {
  const bytes = Buffer.from(hex ?? '', 'hex')
  if (bytes.length < 12) return undefined
  let at = 12
  const next = () => {
    const length = at + 4 <= bytes.length ? bytes.readUInt32LE(at) : 0
    const text = bytes.subarray(at + 4, at + 4 + length).toString('latin1')
    at += 4 + length
    return text
  }
  return { flags: bytes.readUInt32LE(8), server: next(), override: next() }
}

/** A REG_DWORD as it is printed: `0x1`. */
function isNumber(text: string | undefined, number: number): boolean {
  return text !== undefined && text !== '' && Number(text) === number
}
