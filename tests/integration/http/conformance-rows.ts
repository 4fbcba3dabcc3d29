/**
 * Literal bytes: what a visitor sends, what the target sees of it, what it answers, what the visitor sees.
 * The tunnel is `t`, its target `app.local:3000`.
 */

export interface Row {
  readonly title: string
  /** Why HTTP/2 has no such request or answer. */
  readonly http1Only?: string
  readonly request: string
  /** Lines that the target must see (a regular expression: somewhere in its bytes). */
  readonly sees?: readonly (string | RegExp)[]
  readonly seesNot?: readonly (string | RegExp)[]
  readonly answer?: string
  readonly gets: readonly (string | RegExp)[]
  readonly getsNot?: readonly (string | RegExp)[]
}

export const ok = 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok'
const host = 'Host: gw.example\r\n'
const get = (path: string, headers = '') => `GET /~~t/${path} HTTP/1.1\r\n${host}${headers}\r\n`
const answer = (headers: string, body = '') =>
  `HTTP/1.1 200 OK\r\n${headers}${/content-length|transfer-encoding/i.test(headers) ? '' : `Content-Length: ${body.length}\r\n`}\r\n${body}`
const location = (given: string, mapped: string): Row => ({
  title: `Location ${given} becomes ${mapped}`,
  request: get('dir/page'),
  answer: `HTTP/1.1 302 Found\r\nLocation: ${given}\r\nContent-Length: 0\r\n\r\n`,
  gets: [`\r\nLocation: ${mapped}\r\n`],
})
const cookie = (given: string, mapped: string): Row => ({
  title: `Set-Cookie ${given} becomes ${mapped}`,
  request: get('dir/page'),
  answer: answer(`Set-Cookie: ${given}\r\n`),
  gets: [`\r\nSet-Cookie: ${mapped}\r\n`],
})
const path = (given: string, seen: string): Row => ({
  title: `the path ${given} reaches the target as ${seen}`,
  request: `GET ${given} HTTP/1.1\r\n${host}\r\n`,
  sees: [`GET ${seen} HTTP/1.1\r\n`],
  gets: ['200 OK'],
})

export const rows: readonly Row[] = [
  // Paths.
  path('/~~t/', '/'),
  path('/~~t/a/b?x=1&y=%20', '/a/b?x=1&y=%20'),
  path('/~~t/?q', '/?q'),
  path('/~~t//double//slash', '//double//slash'),
  path('/~~t/a%2Fb%41%e4', '/a%2Fb%41%e4'),
  path('/~~t/../~~other/', '/../~~other/'),
  path('/~~t/a/../../b', '/a/../../b'),
  path('/~~t/a\\b"<>{}|^`', '/a\\b"<>{}|^`'),
  path('/%7E%7et/tilde', '/tilde'),
  path('http://gw.example/~~t/absolute?q', '/absolute?q'),
  path('/~~t/~~t/x', '/~~t/x'),
  {
    title: '/~~t is redirected to /~~t/ with its query',
    request: `GET /~~t?a=b HTTP/1.1\r\n${host}\r\n`,
    gets: ['HTTP/1.1 301 ', '\r\nLocation: /~~t/?a=b\r\n'],
  },
  {
    title: 'a POST to /~~t keeps its method at the redirect',
    request: `POST /~~t HTTP/1.1\r\n${host}Content-Length: 0\r\n\r\n`,
    gets: ['HTTP/1.1 308 ', '\r\nLocation: /~~t/\r\n'],
  },
  {
    title: 'names are case-sensitive',
    request: `GET /~~T/ HTTP/1.1\r\n${host}\r\n`,
    gets: ['HTTP/1.1 404 '],
  },
  { title: 'the root has nothing', request: `GET / HTTP/1.1\r\n${host}\r\n`, gets: ['HTTP/1.1 404 '] },
  {
    title: 'a name of 65 letters is none',
    request: `GET /~~${'a'.repeat(65)}/ HTTP/1.1\r\n${host}\r\n`,
    gets: ['HTTP/1.1 404 '],
  },
  {
    title: '* is refused',
    request: `OPTIONS * HTTP/1.1\r\n${host}\r\n`,
    gets: ['HTTP/1.1 400 ', 'Connection: close'],
  },
  {
    title: 'CONNECT is refused',
    http1Only: 'it has another form',
    request: `CONNECT a:1 HTTP/1.1\r\n${host}\r\n`,
    gets: ['HTTP/1.1 400 ', 'Connection: close'],
  },
  // Request heads.
  {
    title: 'order, case and repetitions of fields are kept',
    http1Only: 'names are in lower case',
    request: get('', 'x-ONE: 1\r\nAccept: a\r\nX-one: 2\r\nACCEPT: b\r\n'),
    sees: ['x-ONE: 1\r\nAccept: a\r\nX-one: 2\r\nACCEPT: b\r\n'],
    gets: ['200 OK'],
  },
  {
    title: 'the target sees its own Host, and ours of the visitor',
    request: get(
      '',
      'X-Forwarded-For: 6.6.6.6\r\nX_Forwarded_For: 6.6.6.6\r\nForwarded: for=6.6.6.6\r\nX-Real-IP: 6.6.6.6\r\nX-Forwarded-Port: 6\r\n',
    ),
    sees: [
      '\r\nHost: app.local:3000\r\n',
      '\r\nX-Forwarded-For: 192.0.2.7\r\n',
      '\r\nX-Forwarded-Proto: http\r\n',
      '\r\nX-Forwarded-Host: gw.example\r\n',
      '\r\nX-Forwarded-Prefix: /~~t\r\n',
    ],
    seesNot: ['6.6.6.6', 'X-Forwarded-Port'],
    gets: ['200 OK'],
  },
  {
    title: 'fields for one hop are not passed on',
    http1Only: 'such fields make a request malformed',
    request: get(
      '',
      'Connection: keep-alive, X-Hop, close\r\nX-Hop: 1\r\nKeep-Alive: 5\r\nTE: gzip\r\nProxy-Authorization: x\r\nProxy-Connection: x\r\nX-End: 2\r\n',
    ),
    sees: ['\r\nX-End: 2\r\n', '\r\nConnection: keep-alive\r\n'],
    seesNot: ['X-Hop', 'Keep-Alive: 5', '\r\nTE:', 'Proxy-'],
    gets: ['200 OK', '\r\nConnection: close\r\n'],
  },
  {
    title: 'Connection cannot remove the length of a body',
    http1Only: 'there is no Connection',
    request: `POST /~~t/ HTTP/1.1\r\n${host}Connection: Content-Length, Host\r\nContent-Length: 2\r\n\r\nhi`,
    sees: ['\r\nContent-Length: 2\r\n', '\r\nHost: app.local:3000\r\n', '\r\n\r\nhi'],
    gets: ['200 OK'],
  },
  {
    title: 'Origin and Referer are those of the target',
    request: get('', 'Origin: http://gw.example\r\nReferer: http://gw.example/~~t/page?x\r\n'),
    sees: ['\r\nOrigin: http://app.local:3000\r\n', '\r\nReferer: http://app.local:3000/page?x\r\n'],
    gets: ['200 OK'],
  },
  {
    title: 'a foreign Origin and Referer stay what they are',
    request: get('', 'Origin: http://evil.example\r\nReferer: http://evil.example/~~t/page\r\n'),
    sees: ['\r\nOrigin: http://evil.example\r\n', '\r\nReferer: http://evil.example/~~t/page\r\n'],
    gets: ['200 OK'],
  },
  {
    title: 'of a page of another tunnel the target learns no more than the origin',
    request: get('', 'Referer: http://gw.example/~~other/page?secret\r\n'),
    sees: ['\r\nReferer: http://gw.example/\r\n'],
    gets: ['200 OK'],
  },
  {
    title: 'the other URL of a WebDAV request is the target’s',
    request: `MOVE /~~t/a HTTP/1.1\r\n${host}Destination: http://gw.example/~~t/b%20c\r\n\r\n`,
    sees: ['MOVE /a HTTP/1.1\r\n', '\r\nDestination: http://app.local:3000/b%20c\r\n'],
    gets: ['200 OK'],
  },
  {
    title: 'TE: trailers is said anew',
    http1Only: 'TE may say nothing but trailers, and there is no Connection',
    request: get('', 'Connection: TE\r\nTE: trailers, gzip;q=0.5\r\n'),
    sees: ['\r\nTE: trailers\r\n', '\r\nConnection: keep-alive, TE\r\n'],
    seesNot: ['gzip'],
    gets: ['200 OK'],
  },
  {
    title: 'h2c is an ordinary request without Upgrade, and the connection ends after it',
    http1Only: 'there is no Upgrade',
    request: get('', 'Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAA\r\n'),
    seesNot: ['Upgrade', 'h2c', 'HTTP2-Settings'],
    gets: ['200 OK', '\r\nConnection: close\r\n'],
  },
  {
    title: 'an Upgrade with a body is an ordinary request',
    http1Only: 'there is no Upgrade',
    request: `POST /~~t/ HTTP/1.1\r\n${host}Connection: Upgrade\r\nUpgrade: websocket\r\nContent-Length: 2\r\n\r\nhi`,
    sees: ['\r\n\r\nhi'],
    seesNot: ['Upgrade', 'websocket'],
    gets: ['200 OK', '\r\nConnection: close\r\n'],
  },
  // Request bodies.
  {
    title: 'a length stays a length',
    request: `PUT /~~t/ HTTP/1.1\r\n${host}Content-Length: 5\r\n\r\nhello`,
    sees: ['\r\nContent-Length: 5\r\n', /\r\n\r\nhello$/],
    seesNot: ['Transfer-Encoding'],
    gets: ['200 OK'],
  },
  {
    title: 'chunks stay chunks, their extensions do not',
    http1Only: 'there are no chunks',
    request: `POST /~~t/ HTTP/1.1\r\n${host}Transfer-Encoding: Chunked\r\n\r\n5;x=y\r\nhello\r\n0\r\n\r\n`,
    sees: ['\r\nTransfer-Encoding: chunked\r\n', /\r\n\r\n5\r\nhello\r\n0\r\n\r\n$/],
    seesNot: ['Content-Length', 'x=y'],
    gets: ['200 OK'],
  },
  {
    title: 'trailers of a request arrive, but not those that could change its meaning',
    http1Only: 'there are no chunks',
    request: `POST /~~t/ HTTP/1.1\r\n${host}Trailer: X-Sum\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nhi\r\n0\r\nX-Sum: 7\r\nHost: evil\r\nAuthorization: evil\r\n\r\n`,
    sees: ['\r\nTrailer: X-Sum\r\n', /\r\n0\r\nX-Sum: 7\r\n\r\n$/],
    seesNot: ['evil', 'Content-Length'],
    gets: ['200 OK'],
  },
  {
    title: 'a POST without a body gets none invented',
    request: `POST /~~t/ HTTP/1.1\r\n${host}\r\n`,
    sees: [/\r\n\r\n$/],
    seesNot: ['Transfer-Encoding', 'Content-Length'],
    gets: ['200 OK'],
  },
  {
    title: 'a DELETE with a body keeps it',
    request: `DELETE /~~t/ HTTP/1.1\r\n${host}Content-Length: 2\r\n\r\nhi`,
    sees: [/\r\n\r\nhi$/],
    gets: ['200 OK'],
  },
  {
    title: 'Range and conditions are the target’s business',
    request: get('', 'Range: bytes=1-2\r\nIf-Range: "e"\r\nAccept-Encoding: br\r\n'),
    sees: ['Range: bytes=1-2\r\nIf-Range: "e"\r\nAccept-Encoding: br\r\n'],
    answer: 'HTTP/1.1 206 Partial Content\r\nContent-Range: bytes 1-2/9\r\nContent-Length: 2\r\n\r\nbc',
    gets: ['HTTP/1.1 206 Partial Content\r\n', '\r\nContent-Range: bytes 1-2/9\r\n', /bc$/],
  },
  // HTTP/1.0 visitors.
  {
    title: 'HTTP/1.0 without Host, and its connection ends',
    http1Only: 'another version',
    request: 'GET /~~t/old HTTP/1.0\r\n\r\n',
    sees: ['GET /old HTTP/1.1\r\nHost: app.local:3000\r\n'],
    seesNot: ['X-Forwarded-Host'],
    gets: ['200 OK', '\r\nConnection: close\r\n', /ok$/],
  },
  {
    title: 'HTTP/1.0 gets no chunks',
    http1Only: 'another version',
    request: 'GET /~~t/ HTTP/1.0\r\n\r\n',
    answer: answer('Transfer-Encoding: chunked\r\n', '2\r\nok\r\n0\r\n\r\n'),
    gets: [/\r\n\r\nok$/],
    getsNot: ['chunked'],
  },
  {
    title: 'HTTP/1.0 gets no 1xx',
    http1Only: 'another version',
    request: 'GET /~~t/ HTTP/1.0\r\nExpect: 100-continue\r\n\r\n',
    seesNot: ['Expect'],
    answer: `HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n${ok}`,
    gets: [/^HTTP\/1.1 200 OK/],
    getsNot: ['103'],
  },
  // Answers.
  {
    title: 'order, case, repetitions, reason and Date of an answer are kept',
    http1Only: 'there is no reason, names are in lower case',
    request: get(''),
    answer:
      'HTTP/1.1 299 Quite Fine\r\nx-B: 1\r\nDate: Thu, 01 Jan 1970 00:00:00 GMT\r\nX-b: 2\r\nContent-Length: 0\r\n\r\n',
    gets: ['HTTP/1.1 299 Quite Fine\r\n', 'x-B: 1\r\nDate: Thu, 01 Jan 1970 00:00:00 GMT\r\nX-b: 2\r\n'],
    getsNot: [/date:[\s\S]*date:/i],
  },
  {
    title: 'fields for one hop and the agent’s are not passed back',
    request: get(''),
    answer: answer(
      'Connection: X-Hop\r\nX-Hop: 1\r\nKeep-Alive: timeout=1\r\nUpgrade: h2c\r\nTildegate-Error: target-refused\r\n',
    ),
    gets: ['200 OK'],
    getsNot: ['X-Hop', 'timeout=1', 'h2c', 'Tildegate-Error'],
  },
  {
    title: 'chunks and their trailers come back',
    http1Only: 'there are no chunks',
    request: get(''),
    answer: answer(
      'Trailer: X-Sum\r\nTransfer-Encoding: chunked\r\n',
      '3\r\nabc\r\n0\r\nX-Sum: 1\r\nSet-Cookie: no\r\n\r\n',
    ),
    gets: [
      '\r\nTransfer-Encoding: chunked\r\n',
      '\r\nTrailer: X-Sum\r\n',
      /3\r\nabc\r\n0\r\nX-Sum: 1\r\n\r\n$/,
    ],
    getsNot: ['Set-Cookie'],
  },
  {
    title: 'a body that ends with the connection ends with the connection',
    http1Only: 'it ends with its stream',
    request: get(''),
    answer: 'HTTP/1.1 200 OK\r\nX-A: b\r\n\r\nall of it<end>',
    gets: ['\r\nConnection: close\r\n', /\r\n\r\nall of it$/],
    getsNot: ['chunked', 'Content-Length'],
  },
  {
    title: 'HEAD keeps the length and has no body',
    request: `HEAD /~~t/ HTTP/1.1\r\n${host}\r\n`,
    answer: 'HTTP/1.1 200 OK\r\nContent-Length: 1234\r\n\r\n',
    gets: ['\r\nContent-Length: 1234\r\n', /\r\n\r\n$/],
  },
  {
    title: '204 has neither a body nor a length',
    request: get(''),
    answer: 'HTTP/1.1 204 No Content\r\nContent-Length: 0\r\n\r\n',
    gets: ['HTTP/1.1 204 No Content\r\n', /\r\n\r\n$/],
    getsNot: ['Content-Length', 'chunked'],
  },
  {
    title: '304 keeps what it says of the body',
    request: get(''),
    answer: 'HTTP/1.1 304 Not Modified\r\nETag: "x"\r\nContent-Length: 99\r\n\r\n',
    gets: ['\r\nETag: "x"\r\n', '\r\nContent-Length: 99\r\n', /\r\n\r\n$/],
  },
  {
    title: 'early hints are passed on, before the answer',
    request: get(''),
    answer: `HTTP/1.1 103 Early Hints\r\nLink: </s.css>; rel=preload\r\nConnection: x\r\n\r\n${ok}`,
    gets: [/^HTTP\/1.1 103 Early Hints\r\nLink: <\/~~t\/s.css>; rel=preload\r\n\r\nHTTP\/1.1 200 OK/],
  },
  {
    title: '102 is passed on, 100 is not to a visitor that did not ask',
    request: get(''),
    answer: `HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 102 Processing\r\n\r\n${ok}`,
    gets: [/^HTTP\/1.1 102 Processing\r\n\r\nHTTP\/1.1 200 OK/],
  },
  {
    title: 'a file name in UTF-8 survives byte for byte',
    request: get(''),
    answer: answer(
      'Content-Length: 2\r\nContent-Disposition: attachment; filename="\xe6\x97\xa5.txt"\r\n',
      'ok',
    ),
    gets: ['Content-Disposition: attachment; filename="\xe6\x97\xa5.txt"\r\n', '\r\nContent-Length: 2\r\n'],
  },
  {
    title: 'Refresh and Content-Location are mapped',
    request: get(''),
    answer: answer('Refresh: 5; url=/next\r\nContent-Location: http://app.local:3000/c\r\n'),
    gets: ['\r\nRefresh: 5; url=/~~t/next\r\n', '\r\nContent-Location: /~~t/c\r\n'],
  },
  {
    title: 'Link, SourceMap and how far a service worker may reach are mapped',
    request: get(''),
    answer: answer('Link: </a>; rel=next\r\nSourceMap: /a.map\r\nService-Worker-Allowed: /\r\n'),
    gets: ['\r\nLink: </~~t/a>; rel=next\r\nSourceMap: /~~t/a.map\r\nService-Worker-Allowed: /~~t/\r\n'],
  },
  {
    title: 'what speaks for all of the gateway’s origin is not a target’s to say',
    request: get(''),
    answer: answer(
      'X-A: b\r\nAlt-Svc: h3=":443"\r\nStrict-Transport-Security: max-age=1\r\nClear-Site-Data: "*"\r\nNEL: {}\r\n',
    ),
    gets: ['\r\nX-A: b\r\n'],
    getsNot: ['Alt-Svc', 'Strict-Transport-Security', 'Clear-Site-Data', 'NEL'],
  },
  location('/login?x=1#y', '/~~t/login?x=1#y'),
  location('http://app.local:3000/a', '/~~t/a'),
  location('http://app.local:3000', '/~~t/'),
  location('https://APP.local:3000/a', '/~~t/a'),
  location('//app.local:3000/a', '/~~t/a'),
  location('http://gw.example/a', 'http://gw.example/~~t/a'),
  location('http://gw.example/~~t/a', 'http://gw.example/~~t/a'),
  location('/~~t/a', '/~~t/a'),
  location('next', 'next'),
  location('../x', '/~~t/x'),
  location('https://elsewhere.example/a', 'https://elsewhere.example/a'),
  location('http://app.local:3000@evil.example/', 'http://app.local:3000@evil.example/'),
  location('mailto:a@b', 'mailto:a@b'),
  cookie('a=b; Path=/; HttpOnly', 'a=b; Path=/~~t/; HttpOnly'),
  cookie('a=b; path=/app', 'a=b; path=/~~t/app'),
  cookie('a="x;y"', 'a="x;y"'),
  cookie('a=b; Domain=app.local; Secure', 'a=b; Secure'),
  cookie('a=b; Domain=.gw.example; Path=/', 'a=b; Path=/~~t/'),
  cookie('a=b; Domain=elsewhere.example', 'a=b; Domain=elsewhere.example'),
  // The agent's own answers.
  ...(
    [
      ['target-refused', 502],
      ['target-dns', 502],
      ['target-tls', 502],
      ['target-timeout', 504],
    ] as const
  ).map(
    ([code, status]): Row => ({
      title: `${code} of the agent becomes a page with ${status}`,
      request: get(''),
      answer: `HTTP/1.1 502 Bad Gateway\r\nTildegate-Error: ${code}\r\nContent-Length: 0\r\nConnection: close\r\n\r\n`,
      gets: [`HTTP/1.1 ${status} `, 'text/html'],
      getsNot: ['Tildegate', code],
    }),
  ),
  {
    title: 'a 502 of the target itself is its own',
    request: get(''),
    answer: 'HTTP/1.1 502 Bad Gateway\r\nContent-Length: 4\r\n\r\nmine',
    gets: ['HTTP/1.1 502 ', /mine$/],
  },
  // Answers that are no HTTP.
  ...(
    [
      ['garbage', 'SSH-2.0-OpenSSH\r\n'],
      ['length and chunks', answer('Content-Length: 3\r\nTransfer-Encoding: chunked\r\n', '0\r\n\r\n')],
      ['two lengths', answer('Content-Length: 1\r\nContent-Length: 2\r\n', 'ab')],
      ['an unknown coding', answer('Transfer-Encoding: gzip, chunked\r\n', '0\r\n\r\n')],
      ['a bare line end', 'HTTP/1.1 200 OK\nContent-Length: 0\n\n'],
      ['a NUL in a field', answer('X: a\0b\r\n')],
      [
        'a 101 that nobody asked for',
        'HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: x\r\n\r\n',
      ],
      ['nothing', '<end>'],
      ['a head without end', 'HTTP/1.1 200 OK\r\nX: <end>'],
      ['a head over the limit', `HTTP/1.1 200 OK\r\nX: ${'x'.repeat(70_000)}\r\n\r\n`],
    ] as const
  ).map(
    ([title, text]): Row => ({
      title: `${title} from the target becomes a page with 502`,
      request: get(''),
      answer: text,
      gets: ['HTTP/1.1 502 ', 'text/html'],
    }),
  ),
]

export function pattern(wanted: string | RegExp): RegExp {
  return typeof wanted === 'string' ? new RegExp(wanted.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')) : wanted
}

/** Whether a target has seen all of a request. */
export function wholeRequest(seen: string): boolean {
  const [head = '', body] = seen.split(/\r\n\r\n([\s\S]*)/)
  if (body === undefined) return false
  if (/transfer-encoding/i.test(head)) return /(?:^|\r\n)0\r\n(?:.+\r\n)*\r\n$/.test(body)
  return body.length >= Number(/content-length: (\d+)/i.exec(head)?.[1] ?? 0)
}
