/** Edits of backbalance.bin keep what they do not mean to change, to the byte. */
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  parseBackbalance,
  parseDocument,
  printDocument,
  withEntry,
  withEntryAdded,
  withoutLine,
  withoutPasswords,
} from '../../../shared/balance/index.ts'
import { anyBytes, soundAgentLine } from './arbitrary-lines.ts'
import { spelt, subserver } from './reading.ts'

const utf8 = (text: string) => new TextEncoder().encode(text)
const latin1 = (bytes: Uint8Array) => Buffer.from(bytes).toString('latin1')

/** Some file, then one sound entry as a line of its own, then more of the file. */
const around = fc
  .record({
    before: anyBytes,
    line: soundAgentLine,
    ending: fc.constantFrom('\n', '\r\n', ''),
    after: anyBytes,
  })
  .map(({ before, line, ending, after }) => {
    const head = Buffer.concat([before, utf8(before.length === 0 || before.at(-1) === 0x0a ? '' : '\n')])
    const tail = ending === '' ? Buffer.alloc(0) : Buffer.concat([utf8(ending), after])
    return { head, line, tail, source: Buffer.concat([head, utf8(line), tail]) }
  })

const numRuns = 1000

describe('an edit', () => {
  it('that takes the passwords out of an entry changes nothing else, and the entry asks the keychain', () => {
    fc.assert(
      fc.property(around, ({ head, line, tail, source }) => {
        const { document } = subserver(source)
        const number = parseDocument(head).lines.length + 1
        const { entries, diagnostics } = subserver(line)
        const [entry] = entries
        expect(diagnostics).toEqual([])
        if (entry === undefined) throw new Error('no entry')
        const edited = printDocument(withoutPasswords(document, { ...entry, line: number }))
        expect(latin1(edited)).toMatch(new RegExp(`^${escaped(head)}`, 's'))
        expect(latin1(edited)).toMatch(new RegExp(`${escaped(tail)}$`, 's'))
        const now = Buffer.from(edited)
          .subarray(head.length, edited.length - tail.length)
          .toString('utf8')
        expect(subserver(now).diagnostics).toEqual([])
        expect(subserver(now).entries.map(spelt)).toEqual([inKeychain(spelt(entry))])
      }),
      { numRuns },
    )
  })

  it('that replaces an entry changes its line alone, and keeps its ending', () => {
    fc.assert(
      fc.property(around, soundAgentLine, ({ head, tail, source }, text) => {
        const number = parseDocument(head).lines.length + 1
        const edited = printDocument(withEntry(parseDocument(source), number, text))
        expect(latin1(edited)).toBe(latin1(Buffer.concat([head, utf8(text), tail])))
      }),
      { numRuns },
    )
  })

  it('that adds an entry puts it behind all there is, on a line of its own', () => {
    fc.assert(
      fc.property(anyBytes, soundAgentLine, (source, text) => {
        const before = parseDocument(source)
        const edited = printDocument(withEntryAdded(before, text))
        const ending = before.lines.find(line => line.ending !== '')?.ending ?? '\n'
        const isEnded = before.lines.length === 0 || before.lines.at(-1)?.ending !== ''
        const whole = Buffer.concat([source, utf8(`${isEnded ? '' : ending}${text}${ending}`)])
        expect(latin1(edited)).toBe(latin1(whole))
        expect(parseBackbalance(edited, 'f').document.lines.length).toBe(before.lines.length + 1)
      }),
      { numRuns },
    )
  })

  it('that removes a line removes it with its ending', () => {
    fc.assert(
      fc.property(around, ({ head, tail, source }) => {
        const number = parseDocument(head).lines.length + 1
        const rest = tail.subarray(tail[0] === 0x0d ? 2 : 1)
        const edited = printDocument(withoutLine(parseDocument(source), number))
        expect(latin1(edited)).toBe(latin1(Buffer.concat([head, rest])))
      }),
      { numRuns },
    )
  })

  it.each([
    '',
    'nonsense',
    '# a comment',
    '/~~a=p#h:1',
    '/~~a=p#h:1;\n/~~b=p#h:1;',
    '/~~a=p#h:1;\r',
    '/~~a=p#:*;',
  ])('to %j, which is not one sound entry, is refused', text => {
    const document = parseDocument('/~~a=p#h:1;\n')
    expect(() => withEntry(document, 1, text)).toThrow(RangeError)
    expect(() => withEntryAdded(document, text)).toThrow(RangeError)
  })
})

function escaped(bytes: Uint8Array): string {
  return latin1(bytes).replace(/[.*+?^${}()|[\]\\]/g, '\\$&')
}

/** The same entry, its passwords elsewhere. */
function inKeychain(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(inKeychain)
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(
    Object.entries(value).map(([key, member]) => [
      key,
      key === 'password' ? { kind: 'keychain' } : inKeychain(member),
    ]),
  )
}
