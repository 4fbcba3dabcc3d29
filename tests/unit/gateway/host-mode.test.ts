import { describe, expect, test } from 'vitest'
import { HostMode, parseHostDomain } from '../../../gateway/host-mode.ts'
import { type Log, silentLog } from '../../../shared/world.ts'

function hostMode(...names: string[]): HostMode {
  const mode = new HostMode('Gateway.Example.', silentLog)
  mode.renew(names)
  return mode
}

describe('a host below the domain', () => {
  test.each([
    ['home.gateway.example', { name: 'home' }],
    ['HOME.Gateway.EXAMPLE:8443', { name: 'home' }],
    ['home.gateway.example.', { name: 'home' }],
    ['srvback.gateway.example', { name: 'srvBACK' }],
    ['unknown.gateway.example', { name: undefined }],
    ['a.home.gateway.example', { name: undefined }],
    ['a.b.gateway.example', { name: undefined }],
    ['with_line.gateway.example', { name: undefined }],
    ['.gateway.example', { name: undefined }],
    ['gateway.example', undefined],
    ['homegateway.example', undefined],
    ['home.gateway.example.evil', undefined],
    ['127.0.0.1:8080', undefined],
    ['[::1]:8080', undefined],
    ['', undefined],
    [undefined, undefined],
  ])('%s', (host, found) => {
    expect(hostMode('home', 'srvBACK', 'a.b', 'with_line').find(host)).toEqual(found)
  })

  test('is of the name in lower case where names differ only in case, or of none', () => {
    expect(hostMode('Home', 'home', 'HOME').find('home.gateway.example')).toEqual({ name: 'home' })
    expect(hostMode('Home', 'HOME').find('home.gateway.example')).toEqual({ name: undefined })
    expect(hostMode('Home', 'home').originOf('Home', 'https://g')).toBe(undefined)
  })

  test.each([
    ['home', 'https://gateway.example', 'https://home.gateway.example'],
    ['srvBACK', 'http://10.0.0.1:8080', 'http://srvback.gateway.example:8080'],
    ['a.b', 'https://gateway.example', undefined],
    ['-a', 'https://gateway.example', undefined],
    ['a'.repeat(64), 'https://gateway.example', undefined],
    ['a'.repeat(63), 'https://gateway.example', `https://${'a'.repeat(63)}.gateway.example`],
    ['unknown', 'https://gateway.example', undefined],
  ])('of %s at %s is %s', (name, origin, found) => {
    const mode = hostMode('home', 'srvBACK', 'a.b', '-a', 'a'.repeat(64), 'a'.repeat(63))
    expect(mode.originOf(name, origin)).toBe(found)
  })

  test('is warned of once where a name gets none', () => {
    const warned: unknown[] = []
    const log: Log = { ...silentLog, warn: fields => void warned.push((fields as { name: string }).name) }
    const mode = new HostMode('gateway.example', log)
    mode.renew(['home', 'a_b', 'X', 'x'])
    expect(warned).toEqual(['a_b', 'X'])
    mode.renew(['home', 'a_b', 'X'])
    expect(warned).toEqual(['a_b', 'X'])
    mode.renew(['home', 'X', 'x', 'a_b'])
    expect(warned).toEqual(['a_b', 'X', 'X'])
  })
})

describe('the domain', () => {
  test.each(['gateway.example', 'GATEWAY.example.', 'localhost', 'xn--bcher-kva.example'])(
    '%s is fine',
    text => {
      expect(parseHostDomain(text)).toBe(text.toLowerCase().replace(/\.$/, ''))
    },
  )

  test.each([
    '',
    '*.gateway.example',
    'https://gateway.example',
    'gateway.example:443',
    '10.0.0.1',
    'a..b',
    '-a.b',
    'a_b.example',
  ])('%s is none', text => {
    expect(() => parseHostDomain(text)).toThrow(RangeError)
  })
})
