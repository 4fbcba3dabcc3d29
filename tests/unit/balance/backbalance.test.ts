/** backbalance.bin: each line of the format's table, our additions, each error and each warning. */
import { describe, expect, it } from 'vitest'
import { parseAgentLine, parseTarget } from '../../../shared/balance/index.ts'
import { codes, printed, spelt, subserver } from './reading.ts'

const start = '/~~srvBACK=mypassword1234#demo.tsplus.net:443'
const fromFile = (secret: string) => ({ kind: 'file', secret })
const entry = {
  name: 'srvBACK',
  password: fromFile('mypassword1234'),
  gateway: { host: 'demo.tsplus.net', port: 443 },
}
const proxy = (host: string, port: number, login?: object) => ({
  kind: 'http',
  host,
  port,
  ...(login === undefined ? {} : { login }),
})
const basic = (user: string, secret: string) => ({ scheme: 'basic', user, password: fromFile(secret) })
const ntlm = (domain: string, user: string, secret: string) => ({
  scheme: 'ntlm',
  domain,
  user,
  password: fromFile(secret),
})

describe('the fixed forms of backbalance.bin', () => {
  it.each([
    ['', []],
    [' -> 192.168.10.11:808', [proxy('192.168.10.11', 808)]],
    [' -> myuser2:mypass@192.168.12.12:808', [proxy('192.168.12.12', 808, basic('myuser2', 'mypass'))]],
    [' -> \\myuser1:mypass@192.168.10.11:808', [proxy('192.168.10.11', 808, ntlm('', 'myuser1', 'mypass'))]],
    [
      ' -> mydomain\\myuser1:mypass@192.168.10.11:808',
      [proxy('192.168.10.11', 808, ntlm('mydomain', 'myuser1', 'mypass'))],
    ],
    [
      ' -> \\u1:p1@10.0.0.1:808 -> u2:p2@10.0.0.2:808',
      [proxy('10.0.0.1', 808, ntlm('', 'u1', 'p1')), proxy('10.0.0.2', 808, basic('u2', 'p2'))],
    ],
  ])('…%s; is understood without a word', (route, hops) => {
    const { entries, diagnostics } = subserver(`${start}${route};`)
    expect(diagnostics).toEqual([])
    expect(entries.map(spelt)).toEqual([{ ...entry, hops }])
  })
})

describe('passwords', () => {
  it.each(['a#b', 'a=b', 'a;b', 'a:b@c', 'two words', 'a->b', 'a=>b', 'a\t->\tb', '日本 😀'])(
    'of a tunnel may be %j',
    secret => {
      const { entries, diagnostics } = subserver(`/~~a=${secret}#h:1 -> p:1;`)
      expect(diagnostics).toEqual([])
      expect(entries.map(spelt)).toMatchObject([{ password: fromFile(secret) }])
    },
  )

  it.each(['a@b', 'a:b', 'a#b', 'a;b', 'two words', 'a\\b', 'x@y:1', '//x', '日本'])(
    'of a proxy may be %j',
    secret => {
      const { entries, diagnostics } = subserver(`${start} -> u:${secret}@p:808;`)
      expect(diagnostics).toEqual([])
      expect(entries.map(spelt)).toMatchObject([{ hops: [{ login: basic('u', secret) }] }])
    },
  )

  it('that are empty are in the keychain', () => {
    const { entries, diagnostics } = subserver('/~~srv=#host:443 -> \\user@host:808;')
    expect(diagnostics).toEqual([])
    expect(entries.map(spelt)).toMatchObject([
      { password: { kind: 'keychain' }, hops: [{ login: { user: 'user', password: { kind: 'keychain' } } }] },
    ])
  })

  it('env:VAR names a variable in --line only', () => {
    const line = '/~~srv=env:PW#host:443 -> u:env:PROXY_PW@p:1;'
    expect(parseAgentLine(line).entries).toMatchObject([
      {
        password: { kind: 'environment', variable: 'PW' },
        hops: [{ login: { password: { kind: 'environment', variable: 'PROXY_PW' } } }],
      },
    ])
    expect(subserver(line).entries.map(spelt)).toMatchObject([{ password: fromFile('env:PW') }])
    expect(codes(parseAgentLine('/~~srv=env:1 2#host:443;'))).toEqual(['error bad-variable'])
  })
})

describe('our additions', () => {
  it.each([
    ['https://gw.example:8443', { scheme: 'https', host: 'gw.example', port: 8443 }],
    ['http://gw.example:8080', { scheme: 'http', host: 'gw.example', port: 8080 }],
    ['https://gw.example', { scheme: 'https', host: 'gw.example', port: 443 }],
    ['[2001:db8::1]:443', { host: '2001:db8::1', port: 443 }],
  ])('the gateway %s', (text, gateway) => {
    expect(subserver(`/~~a=p#${text};`)).toMatchObject({ entries: [{ gateway }], diagnostics: [] })
  })

  it.each([
    ['https://u:p@proxy:3129', { kind: 'https', host: 'proxy', port: 3129 }],
    ['socks5://proxy:1080', { kind: 'socks5', host: 'proxy', port: 1080 }],
    ['[::1]:808', { kind: 'http', host: '::1', port: 808 }],
    ['system', { kind: 'system' }],
  ])('the proxy %s', (text, hop) => {
    expect(subserver(`${start}  ->  ${text};`)).toMatchObject({ entries: [{ hops: [hop] }], diagnostics: [] })
  })

  it.each([
    [
      'http://127.0.0.1:3000/base',
      { scheme: 'http', host: '127.0.0.1', port: 3000, base: '/base/', keepsHost: false },
    ],
    ['https://nas', { scheme: 'https', host: 'nas', port: 443, base: '/', keepsHost: false }],
    ['http://[::1]:80/ host=keep', { scheme: 'http', host: '::1', port: 80, base: '/', keepsHost: true }],
  ])('the target %s', (text, target) => {
    expect(subserver(`${start} -> p:1 => ${text};`)).toMatchObject({ entries: [{ target }], diagnostics: [] })
    expect(parseTarget(text)).toEqual(target)
  })
})

describe('what is an error in backbalance.bin', () => {
  it.each([
    ['no # behind the password', '/~~a=p;', 'no-hash'],
    ['no gateway', '/~~a=p#;', 'bad-gateway'],
    ['no port of the gateway', '/~~a=p#gw.example;', 'gateway-no-port'],
    ['port 0 of the gateway', '/~~a=p#gw.example:0;', 'bad-port'],
    ['port 65536 of the gateway', '/~~a=p#gw.example:65536;', 'bad-port'],
    ['the other file’s form', '/~~a=p#:*;', 'bad-gateway'],
    ['no port of a proxy', `${start} -> 192.168.12.12;`, 'proxy-no-port'],
    ['port 0 of a proxy', `${start} -> 192.168.12.12:0;`, 'bad-port'],
    ['IPv6 without brackets', `${start} -> 2001:db8::1:808;`, 'bad-proxy'],
    ['a proxy missing', `${start} ->  -> p:1;`, 'bad-proxy'],
    ['a login without a user', `${start} -> :pw@p:1;`, 'proxy-no-user'],
    ['a proxy behind the target', `${start} => http://h/ -> p:1;`, 'misplaced-arrow'],
    ['two targets', `${start} => http://h/ => http://i/;`, 'misplaced-arrow'],
    ['rdp://', `${start} => rdp://host:3389;`, 'target-not-supported'],
    ['vnc://', `${start} => vnc://host:5900;`, 'target-not-supported'],
    ['tcp://', `${start} => tcp://host:22;`, 'target-not-supported'],
    ['folder:', `${start} => folder:/home/me/My files;`, 'target-not-supported'],
    ['a target without http', `${start} => 127.0.0.1:3000;`, 'bad-target'],
    ['a login in the target', `${start} => http://u:pw@h/;`, 'bad-target'],
    ['an option that is not known', `${start} => http://h/ color=red;`, 'bad-option'],
    ['an option twice', `${start} => http://h/ visitors=keychain visitors=keychain;`, 'bad-option'],
    ['an option of an address without one', `${start} => host=keep;`, 'bad-target'],
    ['host=keep behind no address', `${start} => visitors=keychain host=keep;`, 'bad-option'],
    ['a password for visitors', `${start} => http://h/ visitors=hunter2;`, 'bad-visitors'],
    ['a variable with a bad name', `${start} => visitors=env:1;`, 'bad-visitors'],
    ['no semicolon', start, 'no-semicolon'],
  ])('%s', (_, line, code) => {
    const parsed = subserver(line)
    expect(codes(parsed)).toEqual([`error ${code}`])
    expect(parsed.entries).toEqual([])
    expect(parsed.diagnostics[0]?.mend).toMatch(/\w/)
  })

  it('shows nothing of a password for visitors, also where it has spaces', () => {
    for (const line of [`${start} => http://h/ visitors=hun ter2 x;`, `${start} => visitors=hun ter2 x;`]) {
      const text = printed(subserver(line).diagnostics)
      expect(text).toContain('visitors=keychain')
      expect(text).not.toMatch(/hun|ter2/)
    }
  })

  it('a target of a later kind is "not supported yet"', () => {
    expect(subserver(`${start} => rdp://host:3389;`).diagnostics[0]?.message).toContain('not supported yet')
  })

  it('the same name twice at one gateway, but not at two', () => {
    const parsed = subserver('/~~a=p#gw:1;\n/~~a=p#other:1;\n/~~a=q#GW:1;')
    expect(codes(parsed)).toEqual(['error duplicate-name'])
    expect(parsed.diagnostics[0]).toMatchObject({ line: 3 })
    expect(parsed.diagnostics[0]?.message).toContain('line 1')
  })
})

describe('what is a warning in backbalance.bin', () => {
  it.each([
    ['SSL', 'SSL /~~a=p#gw:1;', 'ssl-here', 1],
    ['a line that is not understood', 'nonsense', 'not-understood', 0],
  ])('%s', (_, line, code, count) => {
    const parsed = subserver(line)
    expect(codes(parsed)).toEqual([`warning ${code}`])
    expect(parsed.entries).toHaveLength(count)
  })
})

it('is printed as a good compiler does, the caret under the spot of the masked line', () => {
  const source = '\n\n/~~srv1=ab#gw.example:443 -> myuser2:cd@192.168.12.12;'
  expect(printed(subserver(source).diagnostics)).toBe(
    [
      'backbalance.bin:3:41 error  The proxy has no port.',
      '  /~~srv1=••••••#gw.example:443 -> myuser2:••••••@192.168.12.12;',
      '                                                  ^^^^^^^^^^^^^ write 192.168.12.12:808',
    ].join('\n'),
  )
})
