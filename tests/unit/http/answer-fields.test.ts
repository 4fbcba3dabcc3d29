import { describe, expect, test } from 'vitest'
import { mapAnswerField } from '../../../gateway/http/answer-fields.ts'
import type { TwoViews } from '../../../gateway/http/url-mapping.ts'

const belowPrefix: TwoViews = {
  prefix: '/~~t/',
  isOwnOrigin: false,
  isRootRelative: false,
  target: { scheme: 'http', authority: 'app.local:3000', base: '/', keepsHost: false },
  visitorOrigins: ['https://gw.example'],
  askedPath: '/dir/page',
}
const withBase: TwoViews = { ...belowPrefix, target: { ...belowPrefix.target, base: '/app/' } }
const ownOrigin: TwoViews = {
  ...belowPrefix,
  prefix: '/',
  isOwnOrigin: true,
  visitorOrigins: ['https://t.gw.example'],
}

describe('fields of an answer', () => {
  test.each([
    ['link', '</style.css>; rel=preload; as=style', '</~~t/style.css>; rel=preload; as=style', undefined],
    [
      'link',
      '<http://app.local:3000/a,b>; rel=next; title="</x>", <c>; rel=prev, <https://cdn.example/>; rel=preconnect',
      '</~~t/a,b>; rel=next; title="</x>", <c>; rel=prev, <https://cdn.example/>; rel=preconnect',
      '</a,b>; rel=next; title="</x>", <c>; rel=prev, <https://cdn.example/>; rel=preconnect',
    ],
    ['link', 'no link', 'no link', undefined],
    ['sourcemap', '/maps/app.js.map', '/~~t/maps/app.js.map', undefined],
    ['x-sourcemap', 'app.js.map', 'app.js.map', undefined],
    ['refresh', '5; url="/next"', '5; url="/~~t/next"', undefined],
    ['location', 'http://app.local:3000//evil.example', '/~~t//evil.example', '/evil.example'],
    ['service-worker-allowed', '/', '/~~t/', undefined],
    ['service-worker-allowed', '/sub/', '/~~t/sub/', undefined],
    ['service-worker-allowed', '/a/../..', '/~~t/', '/'],
    ['service-worker-allowed', '/.%2E/', '/~~t/', '/'],
    ['service-worker-allowed', '/~~other/', '/~~t/~~other/', undefined],
    ['service-worker-allowed', 'https://gw.example/', '/~~t/', '/'],
    ['alt-svc', 'h3=":443"', undefined, null],
    ['strict-transport-security', 'max-age=1', undefined, 'max-age=1'],
    ['nel', '{}', undefined, '{}'],
    ['report-to', '{}', undefined, '{}'],
    ['clear-site-data', '"cache", "cookies"', undefined, '"cache"'],
    ['clear-site-data', '"*"', undefined, '"cache", "storage", "executionContexts"'],
    ['clear-site-data', '"cookies"', undefined, null],
    ['www-authenticate', 'Basic realm="Home"', 'Basic realm="Home (/~~t/)"', undefined],
    ['www-authenticate', 'Negotiate, Basic realm=Home', 'Negotiate, Basic realm="Home (/~~t/)"', undefined],
    [
      'www-authenticate',
      'basic charset="UTF-8", realm="a\\"b"',
      'basic charset="UTF-8", realm="a\\"b (/~~t/)"',
      undefined,
    ],
    [
      'www-authenticate',
      'Digest realm="Basic realm=x", nonce="y"',
      'Digest realm="Basic realm=x", nonce="y"',
      undefined,
    ],
    [
      'content-security-policy',
      "default-src 'self'; report-uri /csp",
      "default-src 'self'; report-uri /csp",
      undefined,
    ],
    ['constructor', 'x', 'x', undefined],
  ])('%s: %s becomes %s, on an origin of its own %s', (name, given, below, own) => {
    expect(mapAnswerField(name, given, belowPrefix)).toBe(below)
    expect(mapAnswerField(name, given, ownOrigin)).toBe(own === undefined ? given : (own ?? undefined))
  })

  test('a service worker reaches all of what is shared where it may reach further', () => {
    expect(mapAnswerField('service-worker-allowed', '/', withBase)).toBe('/~~t/')
    expect(mapAnswerField('service-worker-allowed', '/app/x/', withBase)).toBe('/~~t/x/')
    expect(mapAnswerField('service-worker-allowed', '/other/', withBase)).toBe('/~~t/')
  })
})
