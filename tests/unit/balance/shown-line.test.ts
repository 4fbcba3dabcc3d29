/** The line of a diagnostic as it is shown: masks, carets under wide and astral characters, long lines. */
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { diagnose, formatDiagnostic, type Span } from '../../../shared/balance/diagnostic.ts'
import { mask } from '../../../shared/balance/masked-line.ts'
import { printed, subserver } from './reading.ts'

function shown(text: string, span: Span, secrets: readonly Span[] = []) {
  const wording = { text: 'bad-rule', mend: 'write', details: { instead: 'x' } } as const
  const finding = { severity: 'error', span, wording } as const
  const [one] = diagnose([finding], { file: 'f', line: 1, text, secrets })
  if (one === undefined) throw new Error('no diagnostic')
  return one
}

const underCaret = ({ excerpt, caret }: ReturnType<typeof shown>) =>
  [...excerpt].slice(caret.start, caret.start + caret.length).join('')

/** Each character at most once, so that what stands under a caret says where it was. */
const distinct = fc.uniqueArray(
  fc.oneof(
    fc.integer({ min: 0x21, max: 0x7e }),
    fc.integer({ min: 0x4e00, max: 0x9fff }),
    fc.integer({ min: 0x1f600, max: 0x1f64f }),
    fc.integer({ min: 0x20000, max: 0x20fff }),
  ),
  { minLength: 1, maxLength: 400 },
)

describe('a caret', () => {
  it('stands under its spot, whatever characters and masks are before it, and however long the line is', () => {
    fc.assert(
      fc.property(
        distinct,
        fc.array(fc.tuple(fc.nat(), fc.nat(9)), { maxLength: 4 }),
        fc.nat(),
        fc.nat(9),
        (codes, hidden, first, length) => {
          const characters = codes.map(code => String.fromCodePoint(code))
          const offsets = [0]
          for (const character of characters) offsets.push((offsets.at(-1) ?? 0) + character.length)
          const spanOf = (from: number, count: number): Span => ({
            start: offsets[from] ?? 0,
            end: offsets[Math.min(from + count, characters.length)] ?? 0,
          })
          const masked = hidden.map(([at, count]) => [at % characters.length, count] as const)
          const from = first % characters.length
          const count = Math.max(1, Math.min(length, characters.length - from))
          const isHidden = (at: number) => masked.some(([start, size]) => at >= start && at < start + size)
          const secrets = masked.map(([start, size]) => spanOf(start, size))
          const one = shown(characters.join(''), spanOf(from, count), secrets)

          expect([one.column, one.endColumn]).toEqual([from + 1, from + 1 + count])
          characters.forEach((character, at) => {
            if (isHidden(at)) expect(one.excerpt).not.toContain(character)
          })
          const spot = characters.slice(from, from + count)
          const wanted = spot.map((character, i) => (isHidden(from + i) ? '•' : character)).join('')
          const under = underCaret(one)
          expect(under.replace(/•+/g, '•')).toBe(wanted.replace(/•+/g, '•'))
        },
      ),
      { numRuns: 3000 },
    )
  })

  it('has the columns of a terminal before it: two for a wide character, none for a combining one', () => {
    const text = 'a中😀e\u0301か x'
    const [, line, pointer] = formatDiagnostic(
      shown(text, { start: text.length - 1, end: text.length }),
    ).split('\n')
    expect(line).toBe(`  ${text}`)
    expect(pointer).toBe(`${' '.repeat(2 + 1 + 2 + 2 + 1 + 2 + 1)}^ write x`)
  })

  it('is as wide as its spot', () => {
    const [, , pointer] = formatDiagnostic(shown('x中文y', { start: 1, end: 3 })).split('\n')
    expect(pointer).toBe('   ^^^^ write x')
  })

  it('stands under a whole mask where it points into a secret', () => {
    const one = shown('/~~a=secret#:*;', { start: 7, end: 9 }, [{ start: 5, end: 11 }])
    expect(one.excerpt).toBe(`/~~a=${mask}#:*;`)
    expect(underCaret(one)).toBe(mask)
  })

  it('stands right in a file of emoji', () => {
    expect(printed(subserver('/~~a=😀😀#gw.example:443 -> ü:😀@192.168.12.12;').diagnostics)).toBe(
      [
        'backbalance.bin:1:31 error  The proxy has no port.',
        `  /~~a=${mask}#gw.example:443 -> ü:${mask}@192.168.12.12;`,
        '                                         ^^^^^^^^^^^^^ write 192.168.12.12:808',
      ].join('\n'),
    )
  })
})

describe('a line that is shown', () => {
  it('has no character that could upset a terminal', () => {
    const text = 'a\u001b[31mb\u0007c\td\u202ee\u200bf\ud800g\u2028h'
    expect(shown(text, { start: 0, end: 1 }).excerpt).toBe('a�[31mb�c d�e�f�g�h')
  })

  it('that is long is cut between characters on both sides of the spot', () => {
    const one = shown(`${'😀'.repeat(500)}x${'😀'.repeat(500)}`, { start: 1000, end: 1001 })
    expect(one.excerpt).toMatch(/^…(?:😀)+x(?:😀)+…$/u)
    expect([...one.excerpt].length).toBeLessThan(170)
    expect(underCaret(one)).toBe('x')
  })

  it('tells nothing of the length of a password', () => {
    const excerpts = ['x', 'x'.repeat(30)].map(secret => {
      const text = `/~~a=${secret}#:0;`
      return shown(text, { start: text.length - 2, end: text.length - 1 }, [
        { start: 5, end: 5 + secret.length },
      ])
    })
    expect(excerpts[0]?.excerpt).toBe(excerpts[1]?.excerpt)
  })
})
