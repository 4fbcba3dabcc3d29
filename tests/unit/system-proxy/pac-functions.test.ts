/** The functions that a PAC file calls, against what Netscape's page and browsers say of them. */
import { describe, expect, it } from 'vitest'
import { isInNet, pureFunctions } from '../../../net/system-proxy/pac/pac-functions.ts'

/** A Wednesday. */
const now = Date.UTC(2026, 0, 14, 22, 30, 15)

function call(name: string, ...args: unknown[]) {
  const callee = pureFunctions(now)[name]
  if (callee === undefined) throw new Error(`no ${name}`)
  return callee(...args)
}

describe('a function of PAC files', () => {
  it.each([
    ['isPlainHostName', ['www'], true],
    ['isPlainHostName', ['www.example'], false],
    ['dnsDomainIs', ['www.Example.com', '.example.com'], true],
    ['dnsDomainIs', ['www.example.org', '.example.com'], false],
    ['dnsDomainIs', ['www', '.example.com'], false],
    ['localHostOrDomainIs', ['www.example.com', 'www.example.com'], true],
    ['localHostOrDomainIs', ['www', 'www.example.com'], true],
    ['localHostOrDomainIs', ['home.example.com', 'www.example.com'], false],
    ['dnsDomainLevels', ['www'], 0],
    ['dnsDomainLevels', ['www.example.com'], 2],
    ['shExpMatch', ['http://home.example.com/a/b', '*/a/*'], true],
    ['shExpMatch', ['a.b', 'a?b'], true],
    ['shExpMatch', ['aXb', 'a.b'], false],
    ['shExpMatch', ['aXb', 'a+b|aXb'], false],
    ['convert_addr', ['104.16.41.2'], 1745889538],
    ['convert_addr', ['255.255.255.255'], 4294967295],
    ['convert_addr', ['name'], 0],
    ['isInNetEx', ['fd00::7', 'fd00::/8'], true],
    ['isInNetEx', ['10.1.2.3', '10.0.0.0/8'], true],
    ['isInNetEx', ['10.1.2.3', 'fd00::/8'], false],
    ['isInNetEx', ['name', 'fd00::/8'], false],
    ['sortIpAddressList', ['10.2.3.9;2001:db8::1;10.0.0.1'], '2001:db8::1;10.0.0.1;10.2.3.9'],
    ['weekdayRange', ['WED', 'GMT'], true],
    ['weekdayRange', ['MON', 'FRI', 'GMT'], true],
    ['weekdayRange', ['SAT', 'TUE', 'GMT'], false],
    ['weekdayRange', ['SAT', 'WED', 'GMT'], true],
    ['weekdayRange', ['noday', 'GMT'], false],
    ['weekdayRange', [], false],
    ['dateRange', [14, 'GMT'], true],
    ['dateRange', [15, 'GMT'], false],
    ['dateRange', [1, 15, 'GMT'], true],
    ['dateRange', [20, 15, 'GMT'], true],
    ['dateRange', ['JAN', 'GMT'], true],
    ['dateRange', ['FEB', 'DEC', 'GMT'], false],
    ['dateRange', ['NOV', 'FEB', 'GMT'], true],
    ['dateRange', [2026, 'GMT'], true],
    ['dateRange', [2024, 2025, 'GMT'], false],
    ['dateRange', [24, 'DEC', 14, 'JAN', 'GMT'], true],
    ['dateRange', [1, 'JUN', 15, 'AUG', 'GMT'], false],
    ['dateRange', ['OCT', 2025, 'MAR', 2026, 'GMT'], true],
    ['dateRange', [1, 'JUN', 2025, 13, 'JAN', 2026, 'GMT'], false],
    ['dateRange', [1, 'JUN', 2025, 14, 'JAN', 2026, 'GMT'], true],
    ['dateRange', [14, 'JAN', 2026, 'GMT'], true],
    ['dateRange', [1, 'JAN', 'GMT'], false],
    ['dateRange', [1, 2025, 2, 'JAN', 'GMT'], false],
    ['dateRange', ['GMT'], false],
    ['timeRange', [22, 'GMT'], true],
    ['timeRange', [12, 13, 'GMT'], false],
    ['timeRange', [20, 22, 'GMT'], true],
    ['timeRange', [20, 6, 'GMT'], true],
    ['timeRange', [22, 30, 22, 30, 'GMT'], true],
    ['timeRange', [22, 31, 23, 0, 'GMT'], false],
    ['timeRange', [0, 0, 0, 22, 30, 14, 'GMT'], false],
    ['timeRange', [0, 0, 0, 22, 30, 15, 'GMT'], true],
    ['timeRange', ['noon', 'GMT'], false],
    ['timeRange', [], false],
    ['alert', ['x'], null],
    ['getClientVersion', [], '1.0'],
  ])('%s(%j) is %j', (name, args, expected) => {
    expect(call(name, ...args)).toBe(expected)
  })

  it.each(Object.keys(pureFunctions(0)))('%s bears any arguments', name => {
    for (const arg of [undefined, null, Number.NaN, {}, [], '', '\u0000', -1, 1e300, 'x'.repeat(1000)])
      for (let count = 0; count <= 7; count++)
        expect(() => call(name, ...Array(count).fill(arg))).not.toThrow()
  })

  it('weekdayRange and timeRange without GMT mean the time of this computer', () => {
    const local = new Date(now)
    expect(call('timeRange', local.getHours())).toBe(true)
    expect(call('weekdayRange', ['SUN', 'MON', 'TUE', 'WED', 'THU', 'FRI', 'SAT'][local.getDay()])).toBe(true)
    expect(call('dateRange', local.getDate())).toBe(true)
  })
})

describe('isInNet', () => {
  it.each([
    ['10.1.2.3', '10.0.0.0', '255.0.0.0', true],
    ['11.1.2.3', '10.0.0.0', '255.0.0.0', false],
    ['198.95.249.79', '198.95.249.79', '255.255.255.255', true],
    ['192.168.1.1', '192.168.1.77', '255.255.255.0', true],
    ['10.1.2.3', '0.0.0.0', '0.0.0.0', true],
    ['', '10.0.0.0', '255.0.0.0', false],
    ['10.1.2.3', '10.0.0', '255.0.0.0', false],
    ['fd00::1', '10.0.0.0', '255.0.0.0', false],
  ])('%s in %s, %s: %s', (address, network, mask, expected) => {
    expect(isInNet(address, network, mask)).toBe(expected)
  })
})
