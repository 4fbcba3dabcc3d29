/** What the property tests of the grammars draw from: any text, sound lines, and sound lines that were spoilt. */
import fc from 'fast-check'

/** Passwords are made of these alone, and nothing else is: one of them in a diagnostic is a leak. */
export const secretAlphabet = 'ΩЖ♠中😎\u0301'

/** What means something in either file. */
const tokens = [
  ...['/~~', 'SSL ', 'SSL', 'srv', '=', '#', ':', '#:', '*', ';', ' -> ', ' => ', '->', '=>', '@', '\\'],
  ...[
    '51.254.22.85',
    '51.254.*',
    '10.0.0.0/8',
    '2001:db8:*',
    'demo.mydyndns.net',
    '[::1]',
    ':443',
    '0',
    '99999',
  ],
  ...[' ', '\t', '\r', '\n', '\r\n', '\ufeff', '//', 'RDPPORT', 'http://', 'https://', 'socks5://', 'system'],
  ...['rdp://', 'folder:', 'host=keep', 'ü', '日本', '😀', '\ud800', '\u202e', '\0', '\u001b[31m'],
]

const token = fc.constantFrom(...tokens)
const joined = (pieces: fc.Arbitrary<string>, maxLength: number) =>
  fc.array(pieces, { maxLength }).map(list => list.join(''))

const word = joined(
  fc.constantFrom(...secretAlphabet, ...secretAlphabet, 'Ω♠', ' ', '=', '#', ':', ';'),
  6,
).map(text => `Ω${text}Ж`)
/** Of a proxy: no arrow, and no space at an end. */
const proxySecret = joined(fc.constantFrom(...secretAlphabet, '@', ':', '#', ';', ' '), 5).map(
  text => `♠${text}中`,
)
const name = fc.constantFrom('a', 'srvBACK', 'home-PC_1.x', 'n'.repeat(64))
const rule = fc.constantFrom(
  ...['*', '1', '99999', '*51.254.22.85', '*51.254.*', '*10.0.0.0/8', '*2001:db8::1', '*demo.mydyndns.net'],
  '3389 RDPPORT',
)
const host = fc.constantFrom('gw.example', '192.168.10.11', '[2001:db8::1]', 'localhost')
const hop = fc.oneof(
  fc.constantFrom('192.168.10.11:808', 'proxy.corp.example:3128', 'system', 'socks5://10.0.0.1:1080'),
  fc
    .tuple(fc.constantFrom('u2', '\\u1', 'dom\\u1'), proxySecret)
    .map(([user, pw]) => `${user}:${pw}@10.0.0.1:808`),
)
const target = fc.constantFrom('', ' => http://127.0.0.1:3000/base', ' => https://nas host=keep')

const backLine = fc
  .tuple(fc.constantFrom('', 'SSL '), name, word, rule)
  .map(([ssl, tunnel, password, last]) => `${ssl}/~~${tunnel}=${password}#:${last};`)
const agentLine = fc
  .tuple(name, word, host, fc.array(hop, { maxLength: 3 }), target)
  .map(
    ([tunnel, password, gateway, hops, last]) =>
      `/~~${tunnel}=${password}#${gateway}:443${hops.map(one => ` -> ${one}`).join('')}${last};`,
  )

/** One sound entry of either file, its passwords made of `secretAlphabet` and a few signs. */
export const soundLine: fc.Arbitrary<string> = fc.oneof(backLine, agentLine)
export const soundAgentLine: fc.Arbitrary<string> = agentLine

/** Up to three pieces cut out, doubled or put in, anywhere outside of a character. */
export function disturbed(line: fc.Arbitrary<string>): fc.Arbitrary<string> {
  const change = fc.record({
    at: fc.double({ min: 0, max: 1, noNaN: true }),
    removed: fc.constantFrom(0, 0, 1, 1, 2, 3, 7),
    put: fc.oneof(fc.constant(''), fc.constantFrom(...tokens.filter(text => !/[日😀]/u.test(text)))),
  })
  return fc.tuple(line, fc.array(change, { maxLength: 3 })).map(([text, changes]) => {
    const characters = [...text]
    for (const { at, removed, put } of changes) {
      characters.splice(Math.floor(at * (characters.length + 1)), removed, ...put)
    }
    return characters.join('')
  })
}

export const anyText: fc.Arbitrary<string> = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 60 }),
  joined(token, 30),
  joined(fc.oneof(soundLine, disturbed(soundLine), token, fc.string({ unit: 'grapheme', maxLength: 5 })), 8),
  fc.string({ unit: fc.constantFrom('\ud800', '\udc00', 'a', '\n', '\ufeff', '\r'), maxLength: 20 }),
)

export const anyBytes: fc.Arbitrary<Uint8Array> = fc.oneof(
  fc.uint8Array({ maxLength: 80 }),
  fc
    .array(
      fc.oneof(
        anyText.map(text => new TextEncoder().encode(text)),
        fc.uint8Array({ maxLength: 4 }),
      ),
      {
        maxLength: 6,
      },
    )
    .map(parts => Uint8Array.from(parts.flatMap(part => [...part]))),
)
