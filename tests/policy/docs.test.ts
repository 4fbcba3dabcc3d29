/** The documents say what the code does: checked where a machine can. */
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import { createProgram } from '../../cli/program.ts'
import { visitorLimitTable } from '../../gateway/http/limits.ts'
import { gatewayLimitTable } from '../../gateway/limits.ts'
import { type ErrorCode, errorTable } from '../../shared/errors.ts'

const root = fileURLToPath(new URL('../../', import.meta.url))
const read = (file: string) => readFileSync(`${root}${file}`, 'utf8')

/** The first cell of each row of every table of a page, without its backticks. */
function firstCells(markdown: string): string[] {
  return [...markdown.matchAll(/^\| `([^`]+)` \|/gm)].map(match => match[1] ?? '')
}

describe('docs/errors.md', () => {
  const page = read('docs/errors.md')

  it('has a row for each code of the table and none besides', () => {
    expect(firstCells(page).toSorted()).toEqual(Object.keys(errorTable).toSorted())
  })

  it.each(Object.keys(errorTable) as ErrorCode[])('gives the very text and mend of %s', code => {
    const { text, mend } = errorTable[code]
    expect(page).toContain(`| ${text} | ${mend} |`)
  })
})

describe('docs/config.md', () => {
  const page = read('docs/config.md')

  it.each([...Object.entries(gatewayLimitTable), ...Object.entries(visitorLimitTable)])(
    'gives default, unit and reason of the limit %s',
    (name, { value, unit, reason }) => {
      expect(page).toContain(`| \`${name}\` | ${value} | ${unit} | ${reason} |`)
    },
  )

  it('names every option of the gateway, the agent and the test', () => {
    const program = createProgram(() => {})
    const commands = program.commands.filter(command => ['gateway', 'agent', 'test'].includes(command.name()))
    for (const option of commands.flatMap(command => command.options))
      expect(page).toContain(`${option.long}`)
  })
})

describe('ARCHITECTURE.md', () => {
  const paths = [
    ...read('ARCHITECTURE.md').matchAll(/`((?:[\w.-]+\/)+[\w.-]*|[\w-]+\.(?:ts|md|json|yml))`/g),
  ].map(match => match[1] ?? '')

  it('names paths', () => {
    expect(paths.length).toBeGreaterThan(10)
  })

  it.each([...new Set(paths)])('names %s, which exists', path => {
    expect(existsSync(`${root}${path}`)).toBe(true)
  })
})

describe('the project', () => {
  it.each([
    'README.md',
    'CONTRIBUTING.md',
    'SECURITY.md',
    'CHANGELOG.md',
    'LICENSE',
    'docs/protocol.md',
    'docs/config.md',
  ])('has %s, and it is more than a heading', file => {
    expect(read(file).length).toBeGreaterThan(400)
  })
})

describe('the decisions', () => {
  const files = readdirSync(`${root}docs/decisions`).toSorted()

  it('have a number each, without a gap', () => {
    expect(files.map(file => Number(file.slice(0, 4)))).toEqual(files.map((_, i) => i + 1))
  })

  it.each(files)('%s begins with its number', file => {
    expect(read(`docs/decisions/${file}`)).toMatch(new RegExp(`^# ${Number(file.slice(0, 4))}\\. `))
  })
})

describe('the links of the documents', () => {
  const pages = ['', 'docs/', 'docs/decisions/', 'docs/operations/'].flatMap(folder =>
    readdirSync(`${root}${folder}`)
      .filter(file => file.endsWith('.md'))
      .map(file => folder + file),
  )

  it.each(pages)('of %s lead somewhere', page => {
    const links = [...read(page).matchAll(/\]\((?!https?:)([^)#\s]+)(?:#[^)]*)?\)/g)].map(
      match => match[1] ?? '',
    )
    const broken = links.filter(link => !existsSync(join(root, dirname(page), link)))
    expect(broken).toEqual([])
  })
})
