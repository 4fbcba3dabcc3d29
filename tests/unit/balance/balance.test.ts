/** balance.bin: each line of the format's table, each error and each warning. */
import { describe, expect, it } from 'vitest'
import { codes, gateway, printed, spelt } from './reading.ts'

const pw = 'mypassword1234'
const back = { kind: 'back', name: 'srvBACK', password: pw, isSsl: false }

describe('the fixed forms of balance.bin', () => {
  it.each([
    ['/~~srvBACK=mypassword1234#:1;', { ...back, rule: { kind: 'any' } }],
    ['/~~srvBACK=mypassword1234#:*;', { ...back, rule: { kind: 'any' } }],
    [
      '/~~srvBACK=mypassword1234#:*51.254.22.85;',
      { ...back, rule: { kind: 'address', address: '51.254.22.85' } },
    ],
    [
      '/~~srvBACK=mypassword1234#:*51.254.*;',
      { ...back, rule: { kind: 'prefix', family: 'ipv4', labels: [51, 254] } },
    ],
    [
      '/~~srvBACK=mypassword1234#:*demo.mydyndns.net;',
      { ...back, rule: { kind: 'domain', domain: 'demo.mydyndns.net' } },
    ],
    ['SSL /~~srvBACK=mypassword1234#:*;', { ...back, isSsl: true, rule: { kind: 'any' } }],
    [
      'SSL /~~srvBACK=mypassword1234#:*51.254.*;',
      { ...back, isSsl: true, rule: { kind: 'prefix', family: 'ipv4', labels: [51, 254] } },
    ],
    [
      '/~~srv1=192.168.1.20:8080;',
      { kind: 'direct', name: 'srv1', host: '192.168.1.20', port: 8080, isSsl: false },
    ],
    ['SSL /~~srv1=host:443;', { kind: 'direct', name: 'srv1', host: 'host', port: 443, isSsl: true }],
  ])('%s is understood without a word', (line, expected) => {
    const { entries, diagnostics } = gateway(line)
    expect(diagnostics).toEqual([])
    expect(entries.map(spelt)).toEqual([expected])
  })

  it('RDPPORT is accepted, with the warning that it has no meaning', () => {
    const parsed = gateway('/~~srvBACK=mypassword1234#:3389 RDPPORT;')
    expect(parsed.entries.map(spelt)).toEqual([{ ...back, rule: { kind: 'any' } }])
    expect(codes(parsed)).toEqual(['warning rdpport'])
    expect(parsed.diagnostics[0]?.message).toContain('because the subserver makes the connection')
  })
})

describe('our own rules', () => {
  it.each([
    ['*2001:DB8:0:0::1', { kind: 'address', address: '2001:db8::1' }],
    ['*::ffff:51.254.22.85', { kind: 'address', address: '51.254.22.85' }],
    ['*10.0.0.0/8', { kind: 'cidr', network: '10.0.0.0', bits: 8 }],
    ['*2001:db8::/32', { kind: 'cidr', network: '2001:db8::', bits: 32 }],
    ['*::ffff:10.0.0.0/104', { kind: 'cidr', network: '10.0.0.0', bits: 8 }],
    ['*2001:db8:*', { kind: 'prefix', family: 'ipv6', labels: [0x2001, 0xdb8] }],
    ['99999', { kind: 'any' }],
    [' * ', { kind: 'any' }],
  ])('%s', (rule, expected) => {
    const { entries, diagnostics } = gateway(`/~~a=p#:${rule};`)
    expect(diagnostics).toEqual([])
    expect(entries).toMatchObject([{ rule: expected }])
  })
})

describe('the password of a back entry', () => {
  it.each([
    '=',
    ';',
    'a=b;c:d#e',
    'two words',
    '#:',
    'x#:*;y',
    ' ends ',
    '/~~b=c',
    '日本 ü 😀',
    '\ttab',
    'a#',
  ])('may be %j', password => {
    const { entries, diagnostics } = gateway(`/~~a=${password}#:*;`)
    expect(diagnostics).toEqual([])
    expect(entries.map(spelt)).toMatchObject([{ password }])
  })
})

describe('what is an error in balance.bin', () => {
  it.each([
    ['an empty password', '/~~a=#:*;', 'empty-password'],
    ['port 0', '/~~a=p#:0;', 'bad-rule-port'],
    ['a negative port', '/~~a=p#:-1;', 'bad-rule-port'],
    ['a port that is no whole number', '/~~a=p#:1.5;', 'bad-rule-port'],
    ['no rule', '/~~a=p#:;', 'no-rule'],
    ['an address without *', '/~~a=p#:51.254.22.85;', 'no-star'],
    ['a prefix without *', '/~~a=p#:10.0.0.0/40;', 'bad-rule'],
    ['a domain without *', '/~~a=p#:demo.mydyndns.net;', 'no-star'],
    ['half an address', '/~~a=p#:*51.254;', 'bad-rule'],
    ['a number over 255', '/~~a=p#:*51.254.22.256;', 'bad-rule'],
    ['a range that is none', '/~~a=p#:*10.0.0.0/33;', 'bad-rule'],
    ['a prefix within a label', '/~~a=p#:*51.25*;', 'bad-rule'],
    ['two addresses', '/~~a=p#:*1.2.3.4 *5.6.7.8;', 'second-address'],
    ['two addresses with a comma', '/~~a=p#:*1.2.3.4,5.6.7.8;', 'second-address'],
    ['two addresses with a semicolon', '/~~a=p#:*1.2.3.4;*5.6.7.8;', 'second-address'],
    ['two addresses without anything', '/~~a=p#:*1.2.3.4*5.6.7.8;', 'second-address'],
    ['no name', '/~~=p#:*;', 'bad-name'],
    ['a space in the name', '/~~a b=p#:*;', 'bad-name'],
    ['65 characters of name', `/~~${'n'.repeat(65)}=p#:*;`, 'bad-name'],
    ['no =', '/~~a;', 'no-equals'],
    ['no colon behind the #', '/~~a=p#*;', 'no-colon'],
    ['the other file’s form', '/~~a=p#demo.tsplus.net:443;', 'no-colon'],
    ['neither form', '/~~a=p;', 'not-an-entry'],
    ['a direct entry on port 0', '/~~a=h:0;', 'not-an-entry'],
    ['a direct entry on port 65536', '/~~a=h:65536;', 'not-an-entry'],
    ['no semicolon', '/~~a=p#:*', 'no-semicolon'],
    ['no semicolon on a direct entry', '/~~a=h:1', 'no-semicolon'],
  ])('%s', (_, line, code) => {
    const parsed = gateway(line)
    expect(codes(parsed)).toEqual([`error ${code}`])
    expect(parsed.entries).toEqual([])
    expect(parsed.diagnostics[0]?.mend).toMatch(/\w/)
  })

  it.each([1, 65_535])('not the port %d of a direct entry', port => {
    expect(gateway(`/~~a=h:${port};`)).toMatchObject({ entries: [{ port }], diagnostics: [] })
  })

  it('the missing * comes with the mended line', () => {
    expect(printed(gateway('/~~srvBACK=secret#:51.254.22.85;').diagnostics)).toContain(
      'write /~~srvBACK=••••••#:*51.254.22.85;',
    )
  })

  it('a second address is told in the format’s own words', () => {
    expect(gateway('/~~a=p#:*1.2.3.4 *5.6.7.8;').diagnostics[0]?.message.toLowerCase()).toContain(
      'only one ip entry is allowed',
    )
  })

  it('a value that is neither form gets both explained', () => {
    expect(printed(gateway('/~~srv=pw;').diagnostics)).toMatch(/back entry.*direct entry/)
  })

  it('the same name twice names the first line', () => {
    const parsed = gateway('/~~a=p#:*;\n\n/~~a=q#:*;\n/~~a=h:1;')
    expect(codes(parsed)).toEqual(['error duplicate-name', 'error duplicate-name'])
    expect(parsed.diagnostics.map(({ line }) => line)).toEqual([3, 4])
    for (const { message } of parsed.diagnostics) expect(message).toContain('line 1')
  })

  it('all diagnostics of a file come at once, in order', () => {
    const { diagnostics } = gateway('/~~a=p#:0;\nnonsense\n/~~b=#:*;\n/~~c=p;')
    expect(diagnostics.map(({ line }) => line)).toEqual([1, 2, 3, 4])
  })
})

describe('what is a warning in balance.bin', () => {
  it('two names that differ only in case, and both work', () => {
    const parsed = gateway('/~~srv=p#:*;\n/~~SRV=q#:*;')
    expect(codes(parsed)).toEqual(['warning similar-name'])
    expect(parsed.diagnostics[0]?.message).toContain('line 1')
    expect(parsed.entries).toHaveLength(2)
  })

  it.each([
    'nonsense',
    '~~a=p#:*;',
    '/~a=p#:*;',
    ' /~~a=p#:*;',
    'ssl /~~a=p#:*;',
    'SSL  /~~a=p#:*;',
    'SSL/~~a=p#:*;',
  ])('a line that begins otherwise, as %j', line => {
    const parsed = gateway(line)
    expect(codes(parsed)).toEqual(['warning not-understood'])
    expect(parsed.diagnostics[0]?.message).toMatch(/not understood.*ignored/)
    expect(parsed.entries).toEqual([])
  })
})

describe('what is fine in balance.bin', () => {
  it.each([
    ['blank lines', '\n  \n\t\n/~~a=p#:*;\n\n'],
    ['comments', '# one\n// two\n/~~a=p#:*;'],
    ['a byte-order mark', '\ufeff/~~a=p#:*;'],
    ['CRLF', '/~~a=p#:*;\r\n'],
    ['trailing spaces', '/~~a=p#:*;  \t\r\n'],
  ])('%s', (_, source) => {
    expect(gateway(source)).toMatchObject({ entries: [{ name: 'a' }], diagnostics: [] })
  })

  it('an empty file', () => {
    expect(gateway('')).toMatchObject({ entries: [], diagnostics: [] })
  })
})
