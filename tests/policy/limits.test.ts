/** No limit is without a test that shows it biting, and served as ever after it (tests/support/bites.ts). */
import { readdirSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import ts from 'typescript'
import { describe, expect, it } from 'vitest'
import { agentLimits } from '../../agent/index.ts'
import { gatewayLimitTable } from '../../gateway/limits.ts'

const root = fileURLToPath(new URL('../', import.meta.url))

/** The limit of each `CALLEE('limit', …)` that stands in a text; undefined for one that cannot be read off. */
function bittenIn(text: string, callee: string): (string | undefined)[] {
  const bitten: (string | undefined)[] = []
  const look = (node: ts.Node): void => {
    if (ts.isCallExpression(node) && ts.isIdentifier(node.expression) && node.expression.text === callee) {
      const [limit] = node.arguments
      bitten.push(limit !== undefined && ts.isStringLiteral(limit) ? limit.text : undefined)
    }
    ts.forEachChild(node, look)
  }
  look(ts.createSourceFile('test.ts', text, ts.ScriptTarget.Latest))
  return bitten
}

const texts = readdirSync(root, { recursive: true, encoding: 'utf8' })
  .filter(file => file.endsWith('.test.ts') && !file.startsWith('policy/'))
  .map(file => readFileSync(`${root}${file}`, 'utf8'))
  .filter(text => text.includes('support/bites.ts'))

describe.each([
  ['gateway', 'bites', gatewayLimitTable],
  ['agent', 'agentBites', agentLimits],
] as const)('of the limits of the %s', (_, callee, table) => {
  const known = new Set(Object.keys(table))
  const bitten = texts.flatMap(text => bittenIn(text, callee))

  it.each([...known])('%s has a test that shows it biting', limit => {
    expect(bitten).toContain(limit)
  })

  it('each is named as it is where it bites', () => {
    expect(bitten.filter(limit => limit === undefined || !known.has(limit))).toEqual([])
  })
})

describe('a limit that bites', () => {
  it('is found in calls, not in comments, and not where its name is computed', () => {
    const text =
      "// bites('a')\nbites('b', 'x and y', async () => {})\nfor (const c of d) bites(c, 'x and y', e)"
    expect(bittenIn(text, 'bites')).toEqual(['b', undefined])
  })
})
