import type { IncomingMessage } from 'node:http'
import { Duplex } from 'node:stream'
import { describe, expect, test } from 'vitest'
import {
  AddressRanges,
  canonicalAddress,
  countedAddress,
  isLoopback,
} from '../../../gateway/listen/address-ranges.ts'
import { ConnectionOrigins, PeerFinder } from '../../../gateway/listen/connection-peer.ts'

describe('addresses', () => {
  test.each([
    ['192.0.2.7', '192.0.2.7'],
    ['::ffff:192.0.2.7', '192.0.2.7'],
    ['2001:0DB8::0:1', '2001:db8::1'],
    ['fe80::1%eth0', 'fe80::1'],
    ['192.0.2', undefined],
    ['192.0.2.07', undefined],
    ['0x7f.1', undefined],
    ['example.org', undefined],
    ['', undefined],
  ])('%s is %s in canonical form', (text, canonical) => {
    expect(canonicalAddress(text)).toBe(canonical)
  })

  test('an IPv6 address is counted as its /64, an IPv4 one as itself', () => {
    expect(countedAddress('2001:db8:1:2:3:4:5:6')).toBe(countedAddress('2001:db8:1:2::9'))
    expect(countedAddress('2001:db8:1:2::1')).not.toBe(countedAddress('2001:db8:1:3::1'))
    expect(countedAddress('192.0.2.7')).toBe('192.0.2.7')
  })

  test.each([
    ['127.0.0.1', true],
    ['127.8.8.8', true],
    ['::1', true],
    ['localhost', true],
    ['0.0.0.0', false],
    ['192.0.2.7', false],
    ['localhost.example', false],
  ])('%s is loopback: %s', (host, expected) => {
    expect(isLoopback(host)).toBe(expected)
  })

  test('a range holds its addresses, whatever form they come in', () => {
    const ranges = AddressRanges.parse(['10.0.0.0/8', '192.0.2.7', '2001:db8::/32'])
    expect(ranges.has('10.200.3.4')).toBe(true)
    expect(ranges.has('::ffff:10.200.3.4')).toBe(true)
    expect(ranges.has('192.0.2.7')).toBe(true)
    expect(ranges.has('2001:db8:ffff::1')).toBe(true)
    expect(ranges.has('192.0.2.8')).toBe(false)
    expect(ranges.has('11.0.0.1')).toBe(false)
    expect(ranges.has('nonsense')).toBe(false)
  })

  test('a range that is none is named in the error', () => {
    expect(() => AddressRanges.parse(['10.0.0.0/8', '10.0.0/33'])).toThrow('"10.0.0/33"')
  })
})

function request(headers: Record<string, string>): IncomingMessage {
  return { headers, socket } as unknown as IncomingMessage
}

const socket = new Duplex()

function peer(address: string, headers: Record<string, string>, isTls = false) {
  const origins = new ConnectionOrigins()
  origins.set(socket, { address, port: 4711, isTls })
  const finder = new PeerFinder(origins, AddressRanges.parse(['10.0.0.0/8']))
  return finder.of(request({ host: 'gw.example', ...headers }))
}

describe('the peer of a request', () => {
  test('a stranger’s X-Forwarded headers are not believed', () => {
    const headers = {
      'x-forwarded-for': '203.0.113.9',
      'x-forwarded-proto': 'https',
      'x-forwarded-host': 'bank.example',
    }
    expect(peer('192.0.2.7', headers)).toEqual({
      certSha256: undefined,
      address: '192.0.2.7',
      scheme: 'http',
      host: 'gw.example',
      front: 'untrusted',
    })
  })

  test('is told where a front proxy may hide many', () => {
    expect(peer('192.0.2.7', {}).front).toBeUndefined()
    expect(peer('10.1.1.1', {}).front).toBe('silent')
    expect(peer('10.1.1.1', { 'x-forwarded-for': '203.0.113.9' }).front).toBeUndefined()
  })

  test.each([
    ['one hop', '203.0.113.9', '203.0.113.9'],
    ['the rightmost that is not ours counts', '198.51.100.1, 203.0.113.9, 10.0.0.2', '203.0.113.9'],
    ['with a port', '203.0.113.9:5123', '203.0.113.9'],
    ['IPv6 with a port', '[2001:db8::9]:5123', '2001:db8::9'],
    ['all ours: the farthest of them', '10.0.0.5, 10.0.0.4', '10.0.0.5'],
    ['what is no address ends the walk', '203.0.113.9, unknown, 10.0.0.2', '10.0.0.2'],
    ['only nonsense: the socket’s address', 'unknown', '10.1.1.1'],
    ['none', '', '10.1.1.1'],
  ])('X-Forwarded-For of a trusted front proxy: %s', (_, value, expected) => {
    expect(peer('10.1.1.1', { 'x-forwarded-for': value }).address).toBe(expected)
  })

  test('scheme and host of a trusted front proxy count, malformed ones do not', () => {
    const headers = { 'x-forwarded-proto': 'https', 'x-forwarded-host': 'share.example:8443' }
    expect(peer('10.1.1.1', headers)).toMatchObject({ scheme: 'https', host: 'share.example:8443' })
    const broken = { 'x-forwarded-proto': 'gopher', 'x-forwarded-host': 'a b/c' }
    expect(peer('10.1.1.1', broken, true)).toMatchObject({ scheme: 'https', host: 'gw.example' })
  })

  test('lists as long as X-Forwarded-For are read beside it', () => {
    const headers = {
      'x-forwarded-for': '198.51.100.1, 203.0.113.9, 10.0.0.2',
      'x-forwarded-proto': 'http, https, http',
    }
    expect(peer('10.1.1.1', headers).scheme).toBe('https')
  })
})
