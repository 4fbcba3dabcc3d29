/** What the app's editor is given of backbalance.bin, and what it may give back. */
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { MaskedText, parseDocument, printDocument } from '../../../shared/balance/index.ts'
import { anyBytes, anyText, disturbed, secretAlphabet, soundAgentLine } from './arbitrary-lines.ts'

const mask = (source: string | Uint8Array) => new MaskedText(parseDocument(source))
const token = (number: number) => `\uE000${number}\uE001`
const back = (masked: MaskedText, text: string) => {
  const { document, lines } = masked.unmasked(text)
  return {
    text: Buffer.from(printDocument(document)).toString('utf8'),
    misplaced: lines.map(line => line.misplaced !== undefined),
  }
}

const home = '/~~home=s3cret#gw.example:443 -> corp\\anna:pr0xy@10.0.0.1:808 => http://127.0.0.1:80;\n'

describe('masked text', () => {
  it('has a token for each password and none of them', () => {
    expect(mask(home).text).toBe(
      `/~~home=${token(1)}#gw.example:443 -> corp\\anna:${token(2)}@10.0.0.1:808 => http://127.0.0.1:80;\n`,
    )
  })

  it('gives any file back as it was, to the byte, where nothing was edited', () => {
    fc.assert(
      fc.property(
        fc.oneof(
          anyBytes,
          anyText.map(text => Buffer.from(text, 'utf8')),
        ),
        source => {
          const masked = mask(source)
          const { document, lines } = masked.unmasked(masked.text)
          expect(lines.some(line => line.misplaced !== undefined)).toBe(false)
          expect(Buffer.from(printDocument(document)).equals(Buffer.from(source))).toBe(true)
        },
      ),
      { numRuns: 1000 },
    )
  })

  it('shows no password of any entry, sound or spoilt', () => {
    fc.assert(
      fc.property(fc.oneof(soundAgentLine, disturbed(soundAgentLine)), source => {
        // A comment may hold anything.
        fc.pre(!/^\s*(?:#|\/\/)/m.test(source))
        for (const character of secretAlphabet) expect(mask(source).text.includes(character)).toBe(false)
      }),
      { numRuns: 2000 },
    )
  })

  it('keeps line endings of the lines that are kept, and gives new ones the usual one', () => {
    const masked = mask('# a\r\n# b\n# c\r\n')
    expect(back(masked, '# a\n# new\n# b\n# c\n').text).toBe('# a\r\n# new\r\n# b\n# c\r\n')
    expect(back(masked, '# a\n# c').text).toBe('# a\r\n# c')
  })

  it('masks entries that are commented out', () => {
    expect(mask('# /~~old=pw#gw.example:443;').text).toBe(`# /~~old=${token(1)}#gw.example:443;`)
  })

  it.each([
    ['another port of the proxy', ':808 =>', ':3128 =>'],
    ['another gateway', '#gw.example:443', '#other.example:443'],
    ['another target', '127.0.0.1:80', '127.0.0.1:81'],
    ['a comment sign before it', '/~~home', '# /~~home'],
    ['another proxy behind it', ' => ', ' -> 10.9.9.9:3128 => '],
  ])('puts passwords back after %s', (_, before, after) => {
    const masked = mask(home)
    const edited = back(masked, masked.text.replace(before, after))
    expect(edited.misplaced).toEqual([false])
    expect(edited.text).toBe(home.replace(before, after))
  })

  it('puts a password back into a line whose error is mended', () => {
    const masked = mask('/~~a=pw#gw.example:443 -> anna:pr0xy@10.0.0.1;')
    expect(masked.text).not.toContain('pr0xy')
    const edited = back(masked, masked.text.replace('10.0.0.1;', '10.0.0.1:808;'))
    expect(edited).toEqual({ text: '/~~a=pw#gw.example:443 -> anna:pr0xy@10.0.0.1:808;', misplaced: [false] })
  })

  it.each([
    ['as the name of a gateway', `/~~a=x#${token(1)}:443;`],
    ['as a comment', `# ${token(1)}`],
    ['as the name of a tunnel', `/~~${token(1)}=x#gw.example:443;`],
    ['as the user of a proxy', `/~~a=x#gw.example:443 -> ${token(2)}:x@10.0.0.1:808;`],
    ['to another proxy', `/~~a=x#gw.example:443 -> corp\\anna:${token(2)}@10.6.6.6:808;`],
    ['to the same proxy with another login', `/~~a=x#gw.example:443 -> anna:${token(2)}@10.0.0.1:808;`],
    ['to the same proxy in plain sight', `/~~a=x#gw.example:443 -> corp\\anna:${token(2)}@10.0.0.1:808x;`],
    [
      'as a part of a longer password',
      `/~~a=x#gw.example:443 -> corp\\anna:${token(2)}@10.0.0.1 ;x@10.6.6.6:808;`,
    ],
    ['as a tunnel’s password where it is a proxy’s', `/~~a=${token(2)}#gw.example:443;`],
    [
      'as a proxy’s password where it is a tunnel’s',
      `/~~a=x#gw.example:443 -> corp\\anna:${token(1)}@10.0.0.1:808;`,
    ],
    ['with a number that was never given', `/~~a=${token(7)}#gw.example:443;`],
    [
      'to another proxy, in a line with an error',
      `/~~a=x#gw.example -> corp\\anna:${token(2)}@10.6.6.6:808;`,
    ],
    ['in a line that is none', `${token(1)} ${token(2)}`],
  ])('refuses a token that was moved %s', (_, line) => {
    const { text, misplaced } = back(mask(home), line)
    expect(misplaced).toEqual([true])
    expect(text).not.toMatch(/s3cret|pr0xy/)
  })
})
