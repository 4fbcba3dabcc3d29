/** Rules against peers' addresses. */
import { describe, expect, it } from 'vitest'
import { matchesAddress, parseAddressRule } from '../../../shared/balance/index.ts'

describe('an address', () => {
  it.each([
    ['', '203.0.113.1', true],
    ['51.254.22.85', '51.254.22.85', true],
    ['51.254.22.85', '::ffff:51.254.22.85', true],
    ['51.254.22.85', '51.254.22.86', false],
    ['51.254.*', '51.254.9.9', true],
    ['51.254.*', '::ffff:51.254.9.9', true],
    ['51.254.*', '51.25.4.1', false],
    ['51.25.*', '51.254.0.1', false],
    ['2001:db8::1', '2001:DB8:0:0:0:0:0:1', true],
    ['2001:db8::1', '2001:db8::2', false],
    ['fe80::1', 'fe80::1%eth0', true],
    ['2001:db8:*', '2001:db8:ffff::1', true],
    ['2001:db8:*', '2001:db80::1', false],
    ['2001:db8:*', '32.1.13.184', false],
    ['10.0.0.0/8', '10.200.3.4', true],
    ['10.0.0.0/8', '11.0.0.1', false],
    ['10.1.2.3/8', '10.200.3.4', true],
    ['0.0.0.0/0', '203.0.113.1', true],
    ['0.0.0.0/0', '2001:db8::1', false],
    ['::ffff:10.0.0.0/104', '10.200.3.4', true],
    ['2001:db8::/33', '2001:db8:8000::', false],
    ['51.254.22.85', 'nonsense', false],
  ])('%j against %s: %s', (rule, peer, expected) => {
    const parsed = parseAddressRule(rule)
    expect(parsed && matchesAddress(parsed, peer)).toBe(expected)
  })

  it('matches a domain when it is any of the addresses that the domain has now', () => {
    const rule = { kind: 'domain', domain: 'demo.mydyndns.net' } as const
    expect(matchesAddress(rule, '::ffff:192.0.2.7', ['2001:db8::1', '192.0.2.7'])).toBe(true)
    expect(matchesAddress(rule, '2001:DB8::1', ['2001:db8:0::1', '192.0.2.7'])).toBe(true)
    expect(matchesAddress(rule, '192.0.2.8', ['192.0.2.7'])).toBe(false)
    expect(matchesAddress(rule, '192.0.2.7')).toBe(false)
  })
})
