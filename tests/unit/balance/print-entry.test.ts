import { describe, expect, it } from 'vitest'
import { type PlainEntry, parseBackbalance, printEntry } from '../../../shared/balance/index.ts'

const gateway = { host: 'gw.example', port: 443 }
const target = { scheme: 'http', host: '127.0.0.1', port: 8123, base: '/', keepsHost: false } as const

describe('an entry made by the app', () => {
  it.each<[PlainEntry, string]>([
    [{ name: 'home', gateway, hops: [] }, '/~~home=#gw.example:443;'],
    [{ name: 'home', gateway, hops: [], target }, '/~~home=#gw.example:443 => http://127.0.0.1:8123;'],
    [
      { name: 'a', gateway, hops: [], target, visitors: { kind: 'keychain' } },
      '/~~a=#gw.example:443 => http://127.0.0.1:8123 visitors=keychain;',
    ],
    [
      { name: 'a', gateway, hops: [], visitors: { kind: 'environment', variable: 'VISITORS' } },
      '/~~a=#gw.example:443 => visitors=env:VISITORS;',
    ],
    [
      { name: 'a', gateway: { scheme: 'https', host: '::1', port: 8443 }, hops: [{ kind: 'system' }] },
      '/~~a=#https://[::1]:8443 -> system;',
    ],
    [
      {
        name: 'a',
        gateway,
        hops: [
          {
            kind: 'http',
            host: '10.0.0.1',
            port: 808,
            login: { scheme: 'ntlm', domain: 'corp', user: 'anna' },
          },
          { kind: 'https', host: 'p', port: 3128, login: { scheme: 'ntlm', domain: '', user: 'ben' } },
          {
            kind: 'socks5',
            host: 'q',
            port: 1080,
            login: { scheme: 'basic', user: 'c', isPasswordEmpty: true },
          },
        ],
      },
      '/~~a=#gw.example:443 -> corp\\anna@10.0.0.1:808 -> https://\\ben@p:3128 -> socks5://c:@q:1080;',
    ],
  ])('is written so that it reads back the same', (entry, text) => {
    expect(printEntry(entry)).toBe(text)
    expect(parseBackbalance(text, 'f').diagnostics).toEqual([])
  })

  it.each<[string, PlainEntry]>([
    ['a colon in a user’s name', login('a:b')],
    ['an arrow in a user’s name', login('a -> b')],
    ['a name with a slash', { name: 'a/b', gateway, hops: [] }],
    ['an equals sign in the name', { name: 'a=b', gateway, hops: [] }],
    ['a line break in a host', { name: 'a', gateway: { host: 'gw\nx', port: 443 }, hops: [] }],
    ['a port out of range', { name: 'a', gateway: { host: 'gw', port: 70_000 }, hops: [] }],
  ])('is not written with %s', (_, entry) => {
    expect(() => printEntry(entry)).toThrow(RangeError)
  })
})

function login(user: string): PlainEntry {
  return {
    name: 'a',
    gateway,
    hops: [{ kind: 'http', host: 'p', port: 80, login: { scheme: 'basic', user } }],
  }
}
