/** What the commands and files of GNOME, KDE, macOS and Windows print, literally, and what is read out of it. */
import { describe, expect, it } from 'vitest'
import { nameOf } from '../../../net/proxy/chain.ts'
import { parseGnome } from '../../../net/system-proxy/platforms/gnome.ts'
import { parseGVariant } from '../../../net/system-proxy/platforms/gvariant.ts'
import { kdeFiles, parseKde } from '../../../net/system-proxy/platforms/kde.ts'
import { parseMacos } from '../../../net/system-proxy/platforms/macos.ts'
import {
  isPerComputer,
  parseWindowsComputer,
  parseWindowsUser,
} from '../../../net/system-proxy/platforms/windows.ts'
import { isEmpty, type SystemSettings, type WrittenProxy } from '../../../net/system-proxy/settings.ts'

/** In one line: what is set, and nothing that is not. */
function shown(settings: SystemSettings): string {
  const { findsPac, pacUrl, proxies = {}, exceptions, proxiesLoopback } = settings
  const proxy = (name: string, written: WrittenProxy | undefined) => {
    if (written === undefined) return ''
    if (typeof written === 'string') return `${name}: ${written}`
    const login = written.login
    const password = login?.password.use(bytes => Buffer.from(bytes).toString())
    const account = login
      ? `${login.domain === undefined ? '' : `${login.domain}\\`}${login.user}:${password}@`
      : ''
    return `${name}=${written.kind}://${account}${nameOf(written)}`
  }
  return [
    isEmpty(settings) ? 'empty' : '',
    findsPac ? 'finds PAC' : '',
    pacUrl ? `PAC ${pacUrl}` : '',
    proxy('http', proxies.http),
    proxy('https', proxies.https),
    proxy('any', proxies.any),
    exceptions && exceptions.rules.length > 0
      ? `${exceptions.areReversed ? 'only' : 'except'} ${exceptions.rules.join(' ')}`
      : '',
    proxiesLoopback ? 'even loopback' : '',
  ]
    .filter(part => part !== '')
    .join(', ')
}

describe('the text of a GVariant', () => {
  it.each([
    [`''`, ''],
    [`'a b'`, 'a b'],
    [`"it's"`, "it's"],
    [String.raw`'it\'s'`, "it's"],
    [String.raw`"a\"b'c\\d ü"`, `a"b'c\\d ü`],
    [String.raw`'\u00fc\U0001f600\n'`, 'ü😀\n'],
    ['true', true],
    ['false', false],
    ['8080', 8080],
    ['-1', -1],
    ['uint32 7', 7],
    [`['localhost', '127.0.0.0/8', "it's"]`, ['localhost', '127.0.0.0/8', "it's"]],
    ['@as []', []],
    ['[]', []],
    [`'open`, undefined],
    [`('a', 1)`, undefined],
    ['', undefined],
  ])('%s', (text, expected) => {
    expect(parseGVariant(text)).toEqual(expected)
  })
})

const gnome = (changes: Record<string, string>) => {
  const lines: Record<string, string> = {
    'proxy autoconfig-url': `''`,
    'proxy ignore-hosts': `['localhost', '127.0.0.0/8', '::1']`,
    'proxy mode': `'none'`,
    'proxy use-same-proxy': 'true',
    'proxy.ftp host': `''`,
    'proxy.ftp port': '0',
    'proxy.http authentication-password': `''`,
    'proxy.http authentication-user': `''`,
    'proxy.http enabled': 'false',
    'proxy.http host': `''`,
    'proxy.http port': '8080',
    'proxy.http use-authentication': 'false',
    'proxy.https host': `''`,
    'proxy.https port': '0',
    'proxy.socks host': `''`,
    'proxy.socks port': '0',
    ...changes,
  }
  return Object.entries(lines)
    .map(([key, value]) => `org.gnome.system.${key} ${value}\n`)
    .join('')
}

describe('gsettings list-recursively org.gnome.system.proxy', () => {
  const usual = 'except localhost 127.0.0.0/8 ::1'
  const manual = { 'proxy mode': `'manual'` }
  it.each([
    ['says nothing as it comes', {}, 'empty'],
    ['says nothing while the mode is none', { 'proxy.https host': `'p'` }, 'empty'],
    [
      'has a proxy for each protocol',
      {
        ...manual,
        'proxy.http host': `'a.corp'`,
        'proxy.https host': `'b.corp'`,
        'proxy.https port': '3128',
        'proxy.socks host': `'c.corp'`,
        'proxy.socks port': '1080',
      },
      `http=http://a.corp:8080, https=http://b.corp:3128, any=socks5://c.corp:1080, ${usual}`,
    ],
    [
      'lets that of http hold for https',
      { ...manual, 'proxy.http host': `'a.corp'` },
      `http=http://a.corp:8080, https=http://a.corp:8080, ${usual}`,
    ],
    [
      'has a login',
      {
        ...manual,
        'proxy.http host': `'a.corp'`,
        'proxy.http use-authentication': 'true',
        'proxy.http authentication-user': String.raw`'LAB\\alice'`,
        'proxy.http authentication-password': `"it's"`,
      },
      `http=http://LAB\\alice:it's@a.corp:8080, https=http://LAB\\alice:it's@a.corp:8080, ${usual}`,
    ],
    [
      'keeps a login to itself that is not used',
      { ...manual, 'proxy.http host': `'a'`, 'proxy.http authentication-user': `'alice'` },
      `http=http://a:8080, https=http://a:8080, ${usual}`,
    ],
    [
      'takes a port of 0 for none, and IPv6 with or without brackets',
      {
        ...manual,
        'proxy.https host': `'fd00::1'`,
        'proxy.http host': `'[fd00::2]'`,
        'proxy.http port': '0',
      },
      `http=http://[fd00::2]:80, https=http://[fd00::1]:80, ${usual}`,
    ],
    [
      'has no exceptions',
      {
        ...manual,
        'proxy.socks host': `'c'`,
        'proxy.ignore-hosts': '@as []',
        'proxy ignore-hosts': '@as []',
      },
      'any=socks5://c:1080',
    ],
    [
      'has a PAC file',
      { 'proxy mode': `'auto'`, 'proxy autoconfig-url': `'http://pac.corp/p.pac'` },
      `PAC http://pac.corp/p.pac, ${usual}`,
    ],
    ['looks for a PAC file', { 'proxy mode': `'auto'` }, `finds PAC, ${usual}`],
    ['is manual and empty', manual, `empty, ${usual}`],
    [
      'has what is no host',
      { ...manual, 'proxy.https host': `'not a host'` },
      `https: it is not host:port, ${usual}`,
    ],
  ])('%s', (_, changes, expected) => {
    expect(shown(parseGnome(gnome(changes)))).toBe(expected)
  })

  it('of a computer without the schema says nothing', () => {
    expect(shown(parseGnome('No such schema “org.gnome.system.proxy”\n'))).toBe('empty')
  })
})

describe('kioslaverc', () => {
  const file = (lines: string) =>
    `[$Version]\nupdate_info=x\n\n[Proxy Settings]\n${lines}\n[Other]\nProxyType=9\n`
  const manual =
    'ProxyType=1\nhttpProxy=http://a.corp 8080\nhttpsProxy=http://b.corp 3128\nsocksProxy=socks://c.corp 1080\nftpProxy='
  it.each([
    ['no proxy', 'ProxyType=0\nhttpProxy=http://a 1', 'empty'],
    ['no type', 'httpProxy=http://a 1', 'empty'],
    [
      'proxies by hand',
      `${manual}\nNoProxyFor=localhost,.corp, 10.0.0.0/8`,
      'http=http://a.corp:8080, https=http://b.corp:3128, any=socks5://c.corp:1080, except localhost .corp 10.0.0.0/8',
    ],
    [
      'a reversed list',
      `${manual}\nNoProxyFor=.ext\nReversedException=true`,
      'http=http://a.corp:8080, https=http://b.corp:3128, any=socks5://c.corp:1080, only .ext',
    ],
    [
      'ports behind a colon, and none',
      'ProxyType=1\nhttpProxy=a.corp:81\nhttpsProxy=http://b.corp 0',
      'http=http://a.corp:81, https=http://b.corp:80',
    ],
    ['a PAC file', 'ProxyType=2\nProxy Config Script=http://pac.corp/p.pac', 'PAC http://pac.corp/p.pac'],
    [
      'a PAC file by its path',
      'ProxyType=2\nProxy Config Script[$e]=$HOME/p.pac',
      'PAC file:///home/u/p.pac',
    ],
    ['a PAC file without a place', 'ProxyType=2', 'finds PAC'],
    ['a PAC file to be found', 'ProxyType=3\nProxy Config Script=http://x/', 'finds PAC'],
    [
      'variables',
      'ProxyType=4\nhttpProxy=HTTP_PROXY\nhttpsProxy=MY_PROXY\nNoProxyFor=NO_PROXY',
      'https=http://v.corp:1, except .var',
    ],
  ])('with %s', (_, lines, expected) => {
    const environment = { HOME: '/home/u', MY_PROXY: 'http://v.corp:1', NO_PROXY: '.var' }
    expect(shown(parseKde([file(lines)], environment))).toBe(expected)
  })

  it('of the user wins over the system’s, except where that is immutable', () => {
    const system = '[Proxy Settings]\nProxyType[$i]=1\nhttpsProxy=http://system 1\n'
    const user = '[Proxy Settings]\nProxyType=0\nhttpsProxy=http://user 2\n'
    expect(shown(parseKde([system, user], {}))).toBe('https=http://user:2')
    const fixed = system.replace(']\n', '][$i]\n')
    expect(shown(parseKde([fixed, user], {}))).toBe('https=http://system:1')
  })

  it('is looked for where XDG says', () => {
    expect(kdeFiles({}, '/home/u')).toEqual(['/etc/xdg/kioslaverc', '/home/u/.config/kioslaverc'])
    expect(kdeFiles({ XDG_CONFIG_DIRS: '/a:/b', XDG_CONFIG_HOME: '/c' }, '/home/u')).toEqual([
      '/b/kioslaverc',
      '/a/kioslaverc',
      '/c/kioslaverc',
    ])
  })
})

describe('scutil --proxy', () => {
  it('of a Mac without a proxy says nothing', () => {
    const output = `<dictionary> {
  ExceptionsList : <array> {
    0 : *.local
    1 : 169.254/16
  }
  FTPPassive : 1
}
`
    expect(shown(parseMacos(output))).toBe('empty, except *.local 169.254/16')
    expect(shown(parseMacos('<dictionary> {\n}\n'))).toBe('empty')
    expect(shown(parseMacos(''))).toBe('empty')
  })

  it('has proxies, exceptions and simple names', () => {
    const output = `<dictionary> {
  ExceptionsList : <array> {
    0 : *.local
    1 : 169.254/16
    2 : gw.corp
  }
  ExcludeSimpleHostnames : 1
  FTPPassive : 1
  HTTPEnable : 1
  HTTPPort : 8080
  HTTPProxy : proxy.corp
  HTTPSEnable : 1
  HTTPSPort : 8443
  HTTPSProxy : secure.corp
  ProxyAutoConfigEnable : 0
  ProxyAutoConfigURLString : http://stale.corp/p.pac
  ProxyAutoDiscoveryEnable : 0
  SOCKSEnable : 1
  SOCKSPort : 1080
  SOCKSProxy : fd00::1
}
`
    expect(shown(parseMacos(output))).toBe(
      'http=http://proxy.corp:8080, https=http://secure.corp:8443, any=socks5://[fd00::1]:1080, except *.local 169.254/16 gw.corp <local>',
    )
  })

  it('has a PAC file, or looks for one, and leaves out what is switched off or of one interface', () => {
    const output = `<dictionary> {
  HTTPSEnable : 0
  HTTPSPort : 8443
  HTTPSProxy : stale.corp
  ProxyAutoConfigEnable : 1
  ProxyAutoConfigURLString : http://pac.corp/p.pac?a=b : c
  ProxyAutoDiscoveryEnable : 1
  __SCOPED__ : <dictionary> {
    en0 : <dictionary> {
      HTTPSEnable : 1
      HTTPSProxy : scoped.corp
      ExceptionsList : <array> {
        0 : scoped
      }
    }
  }
}
`
    expect(shown(parseMacos(output))).toBe('finds PAC, PAC http://pac.corp/p.pac?a=b : c')
  })
})

describe('reg query', () => {
  const key = 'HKEY_CURRENT_USER\\Software\\Microsoft\\Windows\\CurrentVersion\\Internet Settings'
  const listing = (...lines: string[]) =>
    ['', key, ...lines.map(line => `    ${line}`), '', `${key}\\Connections`, ''].join('\r\n')
  const flags = (byte: string) =>
    `\r\n${key}\\Connections\r\n    DefaultConnectionSettings    REG_BINARY    4600000023000000${byte}000000000000000000000000000000\r\n\r\n`
  const missing = 'ERROR: The system was unable to find the specified registry key or value.\r\n'
  const on = 'ProxyEnable    REG_DWORD    0x1'

  it.each([
    [
      'says nothing',
      listing(
        'User Agent    REG_SZ    Mozilla/4.0 (compatible; MSIE 8.0; Win32)',
        'ProxyEnable    REG_DWORD    0x0',
      ),
      flags('01'),
      'empty',
    ],
    [
      'says nothing while the proxy is off',
      listing('ProxyEnable    REG_DWORD    0x0', 'ProxyServer    REG_SZ    p:8080'),
      flags('01'),
      'empty',
    ],
    [
      'has one proxy for all',
      listing(
        on,
        'ProxyServer    REG_SZ    127.0.0.1:7890',
        'ProxyOverride    REG_SZ    localhost;127.*;*.corp.local;<local>',
      ),
      flags('03'),
      'any=http://127.0.0.1:7890, except localhost 127.* *.corp.local <local>',
    ],
    [
      'has one for each protocol',
      listing(on, 'ProxyServer    REG_SZ    http=a:80;https=b:8443;ftp=c:21;socks=d:1080'),
      flags('03'),
      'http=http://a:80, https=http://b:8443, any=socks5://d:1080',
    ],
    [
      'has a scheme before a proxy, and one without a port',
      listing(on, 'ProxyServer    REG_SZ    http=http://a;https=https://b'),
      flags('03'),
      'http=http://a:80, https=https://b:443',
    ],
    [
      'has none for https',
      listing(on, 'ProxyServer    REG_SZ    http=a:80'),
      flags('03'),
      'http=http://a:80',
    ],
    [
      'has a PAC file',
      listing('AutoConfigURL    REG_SZ    http://pac.corp/p.pac'),
      flags('05'),
      'PAC http://pac.corp/p.pac',
    ],
    ['has an empty PAC file', listing('AutoConfigURL    REG_SZ    '), flags('01'), 'empty'],
    ['looks for a PAC file', listing('ProxyEnable    REG_DWORD    0x0'), flags('09'), 'finds PAC'],
    ['looks for one, said the old way', listing('AutoDetect    REG_DWORD    0x1'), missing, 'finds PAC'],
    [
      'asks the proxy even for this computer',
      listing(on, 'ProxyServer    REG_SZ    p:1', 'ProxyOverride    REG_SZ    <-loopback>'),
      flags('03'),
      'any=http://p:1, even loopback',
    ],
  ])('of the user %s', (_, settings, connections, expected) => {
    expect(shown(parseWindowsUser(settings, connections))).toBe(expected)
  })

  const winHttp = (...parts: string[]) =>
    `\r\nHKEY_LOCAL_MACHINE\\${key}\\Connections\r\n    WinHttpSettings    REG_BINARY    ${parts.join('')}\r\n\r\n`
  const text = (value: string) => {
    const length = Buffer.alloc(4)
    length.writeUInt32LE(value.length)
    return length.toString('hex') + Buffer.from(value).toString('hex')
  }

  it.each([
    ['is direct', winHttp('1800000000000000010000000000000000000000'), 'empty'],
    [
      'has a proxy',
      winHttp('180000000000000003000000', text('proxy.corp:8080'), text('*.corp;<local>')),
      'any=http://proxy.corp:8080, except *.corp <local>',
    ],
    ['is not there', missing, 'empty'],
    ['is cut', winHttp('180000000000000003000000ff0000007072'), 'any=http://pr:80'],
    ['is no hexadecimal', winHttp('zz'), 'empty'],
  ])('of the computer %s', (_, output, expected) => {
    expect(shown(parseWindowsComputer(output))).toBe(expected)
  })

  it('tells whether an admin has moved the settings to the computer', () => {
    const policy = (value: string) => `\r\n${key}\r\n    ProxySettingsPerUser    REG_DWORD    ${value}\r\n`
    expect([policy('0x0'), policy('0x1'), missing, ''].map(isPerComputer)).toEqual([
      true,
      false,
      false,
      false,
    ])
  })
})
