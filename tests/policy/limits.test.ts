/** No limit is without a test that shows it biting, and served as ever after it (tests/support/bites.ts). */
import { readdirSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import ts from 'typescript'
import { describe, expect, it } from 'vitest'
import { gatewayLimitTable } from '../../gateway/limits.ts'

const root = fileURLToPath(new URL('../', import.meta.url))

/** The limit of each `bites('limit', …)` that stands in a text; undefined for one that cannot be read off. */
function bittenIn(file: string, text: string): (string | undefined)[] {
  const bitten: (string | undefined)[] = []
  const look = (node: ts.Node): void => {
    if (ts.isCallExpression(node) && ts.isIdentifier(node.expression) && node.expression.text === 'bites') {
      const [limit] = node.arguments
      bitten.push(limit !== undefined && ts.isStringLiteral(limit) ? limit.text : undefined)
    }
    ts.forEachChild(node, look)
  }
  look(ts.createSourceFile(file, text, ts.ScriptTarget.Latest))
  return bitten
}

describe('the limits of the tables', () => {
  const files = readdirSync(root, { recursive: true, encoding: 'utf8' }).filter(
    file => file.endsWith('.test.ts') && !file.startsWith('policy/'),
  )
  const bitten = files.flatMap(file => bittenIn(file, readFileSync(`${root}${file}`, 'utf8')))

  it.each(Object.keys(gatewayLimitTable))('%s has a test that shows it biting', limit => {
    expect(bitten).toContain(limit)
  })

  it('are named as they are where they bite', () => {
    const known = new Set(Object.keys(gatewayLimitTable))
    expect(bitten.filter(limit => limit === undefined || !known.has(limit))).toEqual([])
  })

  it('are found in calls, not in comments, and not where the name is computed', () => {
    const text =
      "// bites('a')\nbites('b', 'x and y', async () => {})\nfor (const c of d) bites(c, 'x and y', e)"
    expect(bittenIn('x.ts', text)).toEqual(['b', undefined])
  })
})
