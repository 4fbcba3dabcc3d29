/** What holds for all windows: three complete languages, no text in components, a first bundle that stays small. */
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { gzipSync } from 'node:zlib'
import ts from 'typescript'
import { describe, expect, it } from 'vitest'
import { dashboardDe } from '../../renderer/i18n/dashboard/de.ts'
import { dashboardEn } from '../../renderer/i18n/dashboard/en.ts'
import { dashboardFr } from '../../renderer/i18n/dashboard/fr.ts'
import { de } from '../../renderer/i18n/texts/de.ts'
import { en } from '../../renderer/i18n/texts/en.ts'
import { fr } from '../../renderer/i18n/texts/fr.ts'

const root = fileURLToPath(new URL('../../', import.meta.url))

function leaves(tree: object, path = ''): [string, string][] {
  return Object.entries(tree).flatMap(([key, value]: [string, string | object]) =>
    typeof value === 'string'
      ? [[`${path}${key}`, value] as [string, string]]
      : leaves(value, `${path}${key}.`),
  )
}

const places = (text: string) => [...text.matchAll(/\{\{\w+\}\}/g)].map(match => match[0]).toSorted()

describe.each([
  ['windows', 'German', de, en],
  ['windows', 'French', fr, en],
  ['dashboard', 'German', dashboardDe, dashboardEn],
  ['dashboard', 'French', dashboardFr, dashboardEn],
] as const)('the texts of the %s in %s', (_, __, texts, inEnglish) => {
  it('are there for each text in English, with the same places to fill', () => {
    const english = leaves(inEnglish)
    const translated = new Map(leaves(texts))
    expect([...translated.keys()]).toEqual(english.map(([key]) => key))
    for (const [key, text] of english) {
      expect(translated.get(key)?.trim(), key).not.toBe('')
      expect(places(translated.get(key) ?? ''), key).toEqual(places(text))
    }
  })
})

/** What is the same in every language. */
const names = /^(Tildegate|[\s·:.,…✓→–-]*)$/

describe('components', () => {
  const files = readdirSync(`${root}renderer`, { recursive: true, encoding: 'utf8' }).filter(file =>
    file.endsWith('.tsx'),
  )

  it.each(files)('%s holds no text of its own', file => {
    const source = ts.createSourceFile(
      file,
      readFileSync(join(root, 'renderer', file), 'utf8'),
      ts.ScriptTarget.Latest,
      true,
      ts.ScriptKind.TSX,
    )
    const texts: string[] = []
    const shown = new Set(['aria-label', 'title', 'label', 'placeholder', 'description', 'alt'])
    const visit = (node: ts.Node): void => {
      if (ts.isJsxText(node) && !names.test(node.text)) texts.push(node.text.trim())
      if (
        ts.isJsxAttribute(node) &&
        shown.has(node.name.getText()) &&
        node.initializer !== undefined &&
        ts.isStringLiteral(node.initializer) &&
        !names.test(node.initializer.text)
      )
        texts.push(node.initializer.text)
      ts.forEachChild(node, visit)
    }
    visit(source)
    expect(texts).toEqual([])
  })
})

describe('the first window', () => {
  it('weighs less than 250 kB, compressed, with the texts of another language', () => {
    const built = join(root, 'dist/app/renderer')
    const page = readFileSync(join(built, 'index.html'), 'utf8')
    const files = [...page.matchAll(/(?:src|href)="\.?\/?(assets\/[^"]+)"/g)].map(match => match[1] ?? '')
    expect(files.length).toBeGreaterThan(1)
    const weight = (names: readonly string[]) =>
      names.reduce((sum, name) => sum + gzipSync(readFileSync(join(built, name))).length, 0)
    const spoken = readdirSync(join(built, 'assets')).filter(name => name.startsWith('de-'))
    expect(spoken.length).toBeGreaterThan(0)
    expect(weight(files) + weight(spoken.map(name => `assets/${name}`))).toBeLessThan(250_000)
  })
})
