/** Exceptions from the proxy, in both readings of plain names, and the patterns in them. */
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { bypassedBy, splitRules } from '../../../net/system-proxy/bypass.ts'
import { matchesGlob } from '../../../net/system-proxy/glob.ts'

/** `host:port` taken out by the rule? */
function matches(rule: string, host: string, style: 'suffix' | 'exact' = 'suffix', port = 443): boolean {
  return bypassedBy([rule], { host, port }, style) !== undefined
}

describe('NO_PROXY and lists like it', () => {
  it.each([
    ['corp', 'corp', true],
    ['corp', 'gw.corp', true],
    ['corp', 'a.b.corp', true],
    ['corp', 'evilcorp', false],
    ['corp', 'corp.example', false],
    ['.corp', 'gw.corp', true],
    ['.corp', 'corp', true],
    ['*.corp', 'gw.corp', true],
    ['CORP', 'gw.corp', true],
    ['corp', 'GW.CORP', true],
    ['corp', 'gw.corp.', true],
    ['corp.', 'gw.corp', true],
    ['*', 'anything.example', true],
    ['*', '10.1.2.3', true],
    ['gw.*', 'gw.corp', true],
    ['10.0.0.0/8', '10.1.2.3', true],
    ['10.0.0.0/8', '11.1.2.3', false],
    ['10.0.0.0/8', 'gw.corp', false],
    ['10.1.2.3', '10.1.2.3', true],
    ['10.1.2.3', '10.1.2.30', false],
    ['1.2.3', '10.1.2.3', false],
    ['10.1.2.3:443', '10.1.2.3', true],
    ['10.1.2.3:80', '10.1.2.3', false],
    ['corp:443', 'gw.corp', true],
    ['.corp:8443', 'gw.corp', false],
    ['::1', '::1', true],
    ['[::1]', '::1', true],
    ['[::1]:443', '::1', true],
    ['[::1]:80', '::1', false],
    ['fd00::/8', 'fd12:3456::1', true],
    ['fe80::/10', 'fd12::1', false],
    ['0:0:0:0:0:0:0:1', '::1', true],
    ['10.1.2.3', '::ffff:10.1.2.3', true],
    ['<local>', 'intranet', true],
    ['<local>', 'gw.corp', false],
    ['<local>', '::1', false],
    ['10.0.0.0/33', '10.1.2.3', false],
    ['/', 'gw.corp', false],
    ['.', 'gw.corp', false],
    [':443', 'gw.corp', false],
  ])('%s takes %s out: %s', (rule, host, expected) => {
    expect(matches(rule, host)).toBe(expected)
  })

  it('names the first rule that matches', () => {
    const rules = splitRules('localhost,  10.0.0.0/8 ,.corp;gw.corp\n')
    expect(rules).toEqual(['localhost', '10.0.0.0/8', '.corp', 'gw.corp'])
    expect(bypassedBy(rules, { host: 'gw.corp', port: 443 }, 'suffix')).toBe('.corp')
  })
})

describe('the exceptions of macOS and Windows', () => {
  it.each([
    ['corp', 'corp', true],
    ['corp', 'gw.corp', false],
    ['*.corp', 'gw.corp', true],
    ['*.corp', 'corp', false],
    ['*corp', 'evilcorp', true],
    ['.corp', 'gw.corp', true],
    ['gw.*', 'gw.corp', true],
    ['10.*', '10.1.2.3', true],
    ['10.*', '11.1.2.3', false],
    ['192.168.1.?', '192.168.1.7', true],
    ['169.254/16', '169.254.7.7', true],
    ['10/8', '10.7.7.7', true],
    ['https://*.corp', 'gw.corp', true],
    ['*.corp:443', 'gw.corp', true],
    ['*.corp:80', 'gw.corp', false],
    ['<local>', 'intranet', true],
  ])('%s takes %s out: %s', (rule, host, expected) => {
    expect(matches(rule, host, 'exact')).toBe(expected)
  })
})

describe('a pattern', () => {
  it.each([
    ['', '', true],
    ['', 'a', false],
    ['*', '', true],
    ['?', '', false],
    ['a*b*c', 'a-b-b-c', true],
    ['a*b*c', 'a-c-b', false],
    ['**a**', 'bab', true],
    ['*?', 'x', true],
    ['(a+)+$', 'aaaa', false],
    ['a.c', 'abc', false],
  ])('%s against %s: %s', (pattern, text, expected) => {
    expect(matchesGlob(pattern, text)).toBe(expected)
  })

  it('matches what a regular expression made of it matches', () => {
    const text = fc.string({ unit: fc.constantFrom('a', 'b', '.'), maxLength: 12 })
    const pattern = fc.string({ unit: fc.constantFrom('a', 'b', '.', '*', '?'), maxLength: 8 })
    fc.assert(
      fc.property(pattern, text, (pattern, text) => {
        const escaped = pattern.replaceAll('.', '\\.').replaceAll('?', '.').replaceAll('*', '.*')
        expect(matchesGlob(pattern, text)).toBe(new RegExp(`^${escaped}$`).test(text))
      }),
    )
  })

  it('made to take long does not', () => {
    expect(matchesGlob(`${'*a'.repeat(500)}b`, 'a'.repeat(5_000))).toBe(false)
  })
})
