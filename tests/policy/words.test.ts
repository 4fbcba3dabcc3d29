/**
 * Failures, diagnostics and what is said outside the windows: each in English, German and French, filled from the same details, and
 * nothing of our own words in a place where no language can be chosen.
 */
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import ts from 'typescript'
import { describe, expect, it } from 'vitest'
import { de as outsideDe } from '../../electron/texts/de.ts'
import { en as outsideEn } from '../../electron/texts/en.ts'
import { fr as outsideFr } from '../../electron/texts/fr.ts'
import { diagnosticTexts, mendTexts } from '../../shared/balance/index.ts'
import { errorTable } from '../../shared/errors.ts'
import { phrases } from '../../shared/phrases.ts'
import { de } from '../../shared/words/de.ts'
import { en } from '../../shared/words/en.ts'
import { fr } from '../../shared/words/fr.ts'
import type { Words } from '../../shared/words/words.ts'

const root = fileURLToPath(new URL('../../', import.meta.url))
const placesOf = (text: string) => [...text.matchAll(/\{(\w+)\}/g)].map(match => match[1] ?? '').toSorted()
const languages = [
  ['German', de, outsideDe],
  ['French', fr, outsideFr],
] as const

/** What only a gateway and its visitors, or a terminal, ever meet: `GatewaysOwn` in shared/words/errors/error-texts.ts. */
const gatewaysOwn =
  /^(?:acme|admin|agent|back-connection|listen|request|service|visitor)-|^(?:tunnel-(?:offline|busy)|passed-sockets-unusable|proxy-header-invalid|certificate-unusable|too-many-requests)$/

describe.each(languages)('in %s', (_, words: Words, outside) => {
  it('every failure that the app can show has words', () => {
    const shown = Object.keys(errorTable).filter(code => !gatewaysOwn.test(code))
    expect(Object.keys(words.errors).toSorted()).toEqual(shown.toSorted())
  })

  it.each(Object.entries(words.errors))('the failure %s is filled from the same details', (code, texts) => {
    const { text, mend } = errorTable[code as keyof typeof words.errors]
    const [, mendInWindows = mend] = en.errors[code as keyof typeof words.errors] ?? []
    expect(placesOf(texts[0])).toEqual(placesOf(text))
    expect(placesOf(texts[1])).toEqual(placesOf(mendInWindows))
  })

  it.each([
    ['diagnostics', diagnosticTexts, words.diagnostics, en.diagnostics],
    ['mends', mendTexts, words.mends, en.mends],
    ['phrases', phrases, words.phrases, en.phrases],
    ['texts of tray, menus and notifications', outsideEn, outside, {}],
  ] as const)('all %s are there, with the same places to fill', (_name, inEnglish, told, inWindows) => {
    expect(Object.keys(told).toSorted()).toEqual(Object.keys(inEnglish).toSorted())
    const english: Record<string, string> = { ...inEnglish, ...inWindows }
    for (const [key, text] of Object.entries(told as Record<string, string>)) {
      expect(text.trim(), key).not.toBe('')
      expect(placesOf(text), key).toEqual(placesOf(english[key] ?? ''))
    }
  })
})

describe.each([
  ['English', en],
  ['German', de],
  ['French', fr],
] as const)('in %s', (_, words: Words) => {
  it('no failure sends the user of a window to a terminal', () => {
    const shown = Object.keys(de.errors) as (keyof typeof words.errors)[]
    const advice = shown.map(code => words.errors[code]?.[1] ?? errorTable[code].mend)
    expect(advice.filter(mend => /`|\s--\w|\btildegate \w/.test(mend))).toEqual([])
  })
})

/** Technical: who meets one reports it. */
const leftInEnglish = new Set(['protocol-violation', 'internal'])
const sources = ['agent', 'net', 'electron', 'shared'].flatMap(folder =>
  readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
    .filter(file => file.endsWith('.ts'))
    .map(file => join(folder, file)),
)

describe('the details of a failure', () => {
  it('hold no words of our own but phrases, which every language has', () => {
    const english = sources.flatMap(file => ownWords(file))
    expect(english).toEqual([])
  })
})

/** Texts with a space in them within `new TildegateError(code, { … })`. */
function ownWords(file: string): string[] {
  const source = ts.createSourceFile(
    file,
    readFileSync(join(root, file), 'utf8'),
    ts.ScriptTarget.Latest,
    true,
  )
  const found: string[] = []
  const visit = (node: ts.Node): void => {
    if (ts.isNewExpression(node) && node.expression.getText() === 'TildegateError') {
      const [code, details] = node.arguments ?? []
      const isTechnical = code !== undefined && ts.isStringLiteral(code) && leftInEnglish.has(code.text)
      if (details !== undefined && !isTechnical) look(details)
    }
    ts.forEachChild(node, visit)
  }
  const look = (node: ts.Node): void => {
    if (ts.isCallExpression(node) && node.expression.getText() === 'said') return
    const text = ts.isStringLiteralLike(node)
      ? node.text
      : ts.isTemplateExpression(node)
        ? [node.head.text, ...node.templateSpans.map(span => span.literal.text)].join('…')
        : ''
    if (/[a-z]+ |\s[a-z]+/i.test(text)) found.push(`${file}: ${text}`)
    ts.forEachChild(node, look)
  }
  visit(source)
  return found
}
