import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { mapCookie, mapSetCookie } from '../../../gateway/http/cookie-mapping.ts'
import { mapRequestHead } from '../../../gateway/http/request-mapping.ts'
import { climbsOut, routeRequest } from '../../../gateway/http/routing.ts'
import { type TwoViews, toTargetUrl, toVisitorUrl } from '../../../gateway/http/url-mapping.ts'

const views: TwoViews = {
  prefix: '/~~t/',
  isOwnOrigin: false,
  isRootRelative: false,
  target: { scheme: 'https', authority: 'intranet', base: '/app/', keepsHost: false },
  visitorOrigins: ['https://gw.example'],
  askedPath: '/app/dir/page',
}
const keeping: TwoViews = { ...views, target: { ...views.target, keepsHost: true } }

describe('URLs of a target with a base', () => {
  test.each([
    ['/app/x', '/~~t/x'],
    ['/app/', '/~~t/'],
    ['/app', '/~~t/'],
    ['/app?x', '/~~t/?x'],
    ['/application', '/application'],
    ['/login', '/login'],
    ['https://intranet/login', '/login'],
    ['https://intranet:443/app/x', '/~~t/x'],
    ['https://INTRANET/app/x', '/~~t/x'],
    // Another server, on default ports: mapping it back would turn a redirect to https into a loop.
    ['http://intranet/app/x', 'http://intranet/app/x'],
    ['https://intranet.evil/app/x', 'https://intranet.evil/app/x'],
    ['https://intranet//evil.example/', '/evil.example/'],
    ['https://gw.example/app/x', 'https://gw.example/~~t/x'],
    ['https://gw.example/~~other/', 'https://gw.example/~~other/'],
    ['../x', '/~~t/x'],
    ['../../x', '/x'],
    ['x/../y', '/~~t/dir/y'],
    ['', ''],
    ['?q', '?q'],
    ['javascript:alert(1)', 'javascript:alert(1)'],
  ])('%s becomes %s', (given, mapped) => {
    expect(toVisitorUrl(given, views)).toBe(mapped)
  })

  test.each([
    ['https://gw.example/~~t/x?y', 'https://intranet/app/x?y'],
    ['https://GW.example:443/%7E~t/x', 'https://intranet/app/x'],
    ['https://gw.example/', 'https://intranet/'],
    ['https://gw.example/~~other/x', undefined],
    ['https://gw.example/~~t', undefined],
    ['http://gw.example/~~t/x', undefined],
    ['not a url', undefined],
    ['https://gw.example/settings?a', 'https://intranet/settings?a'],
  ])('a Referer %s is %s to it', (given, mapped) => {
    expect(toTargetUrl(given, views)).toBe(mapped)
  })

  test('keep the gateway’s origin where the target sees the visitor’s Host', () => {
    expect(toTargetUrl('https://gw.example/~~t/x', keeping)).toBe('https://gw.example/app/x')
    const { headers } = mapRequestHead(
      {
        method: 'GET',
        httpVersion: '1.1',
        body: 'none',
        isUpgrade: false,
        rawHeaders: ['hOst', 'gw.example', 'Origin', 'https://gw.example'],
      },
      keeping,
      { address: '192.0.2.1', scheme: 'https', host: 'gw.example' },
    )
    expect(headers.slice(0, 4)).toEqual(['hOst', 'gw.example', 'Origin', 'https://gw.example'])
  })

  test('no answer’s URL throws, and no mapped path leaves the gateway', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.webUrl(), fc.webPath()), url => {
        const mapped = toVisitorUrl(url, views)
        if (mapped !== url && mapped.startsWith('/')) expect(mapped).not.toMatch(/^\/[/\\]/)
      }),
    )
  })
})

describe('cookies of a target with a base', () => {
  test.each([
    ['a=b; Path=/', 'a=b; Path=/~~t/'],
    ['a=b; Path=/app', 'a=b; Path=/~~t/'],
    ['a=b; Path=/app/x', 'a=b; Path=/~~t/x'],
    ['a=b; Path=/other', 'a=b; Path=/~~t/other'],
    ['a=b; Path=relative', 'a=b; Path=relative'],
    ['a=b; Path', 'a=b; Path'],
    ['a=b;path = /;Secure', 'a=b;path=/~~t/;Secure'],
    ['a=b; Domain=intranet', 'a=b'],
    ['a=b; Domain=example; Path=/', 'a=b; Path=/~~t/'],
    ['a=/; Max-Age=1', 'a=/; Max-Age=1'],
    ['', ''],
    ['__Host-a=b; Path=/; Secure', '__Secure-~Host-a=b; Path=/~~t/; Secure'],
    ['__Secure-a=b; Secure', '__Secure-a=b; Secure'],
    ['tildegate-route=b; Path=/', undefined],
    [' __Host-tildegate-route=b; Path=/; Secure', undefined],
  ])('%s becomes %s', (given, mapped) => {
    expect(mapSetCookie(given, views)).toBe(mapped)
  })

  test('get a path of their own where the browser would take one outside of the tunnel', () => {
    const rootRelative = { ...views, isRootRelative: true }
    expect(mapSetCookie('a=b', rootRelative)).toBe('a=b; Path=/~~t/')
    expect(mapSetCookie('a=b; Path=x', rootRelative)).toBe('a=b; Path=x; Path=/~~t/')
    expect(mapSetCookie('a=b; Path=/app/x', rootRelative)).toBe('a=b; Path=/~~t/x')
  })

  test.each([
    ['a=b', 'a=b'],
    ['a=b;c=d', 'a=b;c=d'],
    ['tildegate-route=t', undefined],
    ['tildegate-route=t; a=b', 'a=b'],
    ['a=b; __Host-tildegate-route=t; c="d=;"', 'a=b; c="d=;"'],
    ['__Secure-~Host-a=b; __Secure-c=d', '__Host-a=b; __Secure-c=d'],
    ['x-tildegate-route=t', 'x-tildegate-route=t'],
  ])('come back: %s as %s', (given, mapped) => {
    expect(mapCookie(given, views)).toBe(mapped)
  })

  test('never reach beyond the tunnel with a path', () => {
    fc.assert(
      fc.property(fc.webPath(), path => {
        const mapped = /Path=(.*)$/.exec(
          mapSetCookie(`a=b; Path=/${path.replaceAll(';', '')}`, views) ?? '',
        )?.[1]
        expect(mapped?.startsWith('/~~t/')).toBe(true)
      }),
    )
  })
})

describe('routing', () => {
  test.each([
    ['/~~a/b?c', { kind: 'tunnel', name: 'a', prefix: '/~~a/', rest: 'b?c' }],
    ['/~~a.B-_9/', { kind: 'tunnel', name: 'a.B-_9', prefix: '/~~a.B-_9/', rest: '' }],
    ['/~~../x', { kind: 'tunnel', name: '..', prefix: '/~~../', rest: 'x' }],
    ['/~~a//x', { kind: 'tunnel', name: 'a', prefix: '/~~a/', rest: '/x' }],
    ['/~~a/../~~b/', { kind: 'tunnel', name: 'a', prefix: '/~~a/', rest: '../~~b/' }],
    ['/~~a', { kind: 'redirect', status: 301, location: '/~~a/' }],
    ['/~~a?', { kind: 'redirect', status: 301, location: '/~~a/?' }],
    ['/~~', { kind: 'nothing' }],
    ['/~~/', { kind: 'nothing' }],
    ['/~a/', { kind: 'nothing' }],
    ['/~~~a/', { kind: 'nothing' }],
    ['//~~a/', { kind: 'nothing' }],
    ['/~~a%41/', { kind: 'nothing' }],
    ['/~~ä/', { kind: 'nothing' }],
    [`/~~${'a'.repeat(65)}/`, { kind: 'nothing' }],
  ])('%s', (target, route) => {
    expect(routeRequest({ method: 'GET', target })).toEqual(route)
  })

  test.each([
    ['x/../y', false],
    ['..', true],
    ['x/../../y', true],
    ['%2e%2E/x', true],
    ['.%2e/x', true],
    ['..%2fx', true],
    ['..\\x', true],
    ['..;v=1/x', true],
    ['a/./../b', false],
    ['a//../../b', true],
    ['a?x=/../../', false],
    ['...', false],
  ])('%s climbs out: %s', (rest, isOut) => {
    expect(climbsOut(rest)).toBe(isOut)
  })
})
