/** Both grammars against anything: no loss, no exception, nothing overlooked, no password shown, linear time. */
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { formatDiagnostic, parseDocument, printDocument, printText } from '../../../shared/balance/index.ts'
import { anyBytes, anyText, disturbed, secretAlphabet, soundLine } from './arbitrary-lines.ts'
import { gateway, subserver } from './reading.ts'

const grammars = [gateway, subserver]

describe('parse and print', () => {
  it('are the identity for any text', () => {
    fc.assert(
      fc.property(anyText, text => {
        expect(printText(parseDocument(text))).toBe(text)
        for (const parse of grammars) expect(printText(parse(text).document)).toBe(text)
      }),
      { numRuns: 1000 },
    )
  })

  it('are the identity for any bytes', () => {
    fc.assert(
      fc.property(anyBytes, bytes => {
        for (const parse of grammars) expect(printDocument(parse(bytes).document)).toEqual(bytes)
      }),
      { numRuns: 1000 },
    )
  })
})

describe('any file', () => {
  it('gives for each line an entry, a diagnostic, or nothing where it is blank or a comment', () => {
    fc.assert(
      fc.property(fc.oneof(anyText, anyBytes), source => {
        for (const parse of grammars) {
          const { entries, diagnostics, document } = parse(source)
          const errors = diagnostics.filter(({ severity }) => severity === 'error')
          const told = new Set([...entries, ...diagnostics].map(({ line }) => line))
          document.lines.forEach(({ text, bytes }, i) => {
            const isNothing = bytes === undefined && !/\p{Cs}/u.test(text) && /^\s*(?:$|#|\/\/)/.test(text)
            expect([i + 1, told.has(i + 1)]).toEqual([i + 1, !isNothing])
          })
          // No line is both taken and refused.
          for (const { line } of errors) expect(entries.some(entry => entry.line === line)).toBe(false)
        }
      }),
      { numRuns: 1000 },
    )
  })

  it('gives diagnostics whose caret stands within the line that is shown, and which say what to do', () => {
    fc.assert(
      fc.property(fc.oneof(anyText, anyBytes), source => {
        for (const parse of grammars) {
          for (const one of parse(source).diagnostics) {
            const shown = [...one.excerpt].length
            expect(one.column).toBeGreaterThanOrEqual(1)
            expect(one.endColumn).toBeGreaterThan(one.column)
            expect(one.caret.length).toBeGreaterThanOrEqual(1)
            // What is missing at the end of a line has its caret just behind it.
            expect(one.caret.start).toBeLessThanOrEqual(shown)
            expect(one.caret.start + one.caret.length).toBeLessThanOrEqual(shown + 1)
            expect(one.message).toMatch(/\w/)
            expect(one.mend).toMatch(/\w/)
            expect(formatDiagnostic(one).split('\n')).toHaveLength(3)
          }
        }
      }),
      { numRuns: 1000 },
    )
  })
})

describe('a password', () => {
  const leak = new RegExp(`[${secretAlphabet}]`, 'u')

  it('is in no diagnostic of a line that was spoilt at a few places, whichever grammar reads it', () => {
    fc.assert(
      fc.property(fc.array(disturbed(soundLine), { minLength: 1, maxLength: 3 }), lines => {
        const source = lines.join('\n')
        for (const parse of grammars) {
          const { diagnostics } = parse(source)
          expect(JSON.stringify(diagnostics)).not.toMatch(leak)
          for (const one of diagnostics) expect(formatDiagnostic(one)).not.toMatch(leak)
        }
      }),
      { numRuns: 5000 },
    )
  })
})

describe('1 MiB', () => {
  const bytes = 2 ** 20
  const filled =
    (piece: string, before = '', after = '') =>
    (size: number) =>
      before + piece.repeat(Math.ceil((size - before.length - after.length) / piece.length)) + after

  it.each<[string, (size: number) => string]>([
    ['of one letter', filled('a')],
    ['of line feeds', filled('\n')],
    ['of carriage returns', filled('\r')],
    ['of blanks', filled(' ')],
    ['of one line of blanks before a ;', filled(' ', '/~~a=p#:*', ';')],
    ['of good lines with the same name', filled('/~~a=p#:*;\n')],
    ['of password', filled('p', '/~~a=', '#:*;')],
    ['of ends of a password', filled('#:', '/~~a=p', ';')],
    ['of #', filled('#', '/~~a=')],
    ['of rules', filled('*1.2.3.4 ', '/~~a=p#:', ';')],
    ['of half rules', filled('51.', '/~~a=p#:*', '*;')],
    ['of domain', filled('a-', '/~~a=p#:*', ';')],
    ['of host', filled('a.', '/~~a=p#', ':443;')],
    ['of colons', filled(':', '/~~a=p#', ';')],
    ['of arrows', filled(' -> ', '/~~a=p#h:1', ';')],
    ['of half arrows', filled(' ->', '/~~a=p#h:1', ';')],
    ['of bad proxies', filled(' -> x', '/~~a=p#h:1', ';')],
    ['of logins', filled('u:p@', '/~~a=p#h:1 -> ', 'h:1;')],
    ['of options', filled(' host=keep', '/~~a=p#h:1 => http://h', ';')],
    ['of path', filled('/ü', '/~~a=p#h:1 => http://h', ';')],
    ['of brackets', filled('[', '/~~a=p#', ']:1;')],
    ['of semicolons', filled(';', '/~~a=p#:*')],
    ['of tildes', filled('~', '/')],
    ['of equals signs', filled('=', '/~~')],
    ['of a name', filled('n', '/~~', '=p#:*;')],
    ['of emoji', filled('😀', '/~~a=p#:*')],
    ['of emoji in lines', filled('/~~😀\n')],
    ['of lone surrogates', filled('\ud800')],
    ['of short nonsense', filled('x\n')],
  ])('%s takes linear time in both grammars, and throws nothing', (_, make) => {
    for (const parse of grammars) expectLinear(size => parse(make(size)))
  })

  it('of any bytes takes no longer', () => {
    const seeded = (size: number) => {
      const made = new Uint8Array(size)
      let state = 1
      for (let i = 0; i < size; i += 1) {
        state = (Math.imul(state, 1_103_515_245) + 12_345) >>> 0
        made[i] = state >>> 24
      }
      return made
    }
    for (const parse of grammars) expectLinear(size => parse(seeded(size)))
  })

  /** Four times as much takes four times as long; eight leaves room for a busy computer, sixteen were quadratic. */
  function expectLinear(work: (size: number) => unknown): void {
    let quarter = Infinity
    let whole = Infinity
    for (let tries = 0; tries < 4 && whole > Math.max(8 * quarter, 150); tries += 1) {
      quarter = Math.min(
        quarter,
        msOf(() => work(bytes / 4)),
      )
      whole = Math.min(
        whole,
        msOf(() => work(bytes)),
      )
    }
    expect(whole).toBeLessThanOrEqual(Math.max(8 * quarter, 150))
  }

  function msOf(work: () => unknown): number {
    const begin = performance.now()
    work()
    return performance.now() - begin
  }
})
