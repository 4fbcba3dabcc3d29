/** The salts of visitors' passwords in real files. */
import { mkdirSync, statSync, truncateSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { keptSalts } from '../../../agent/index.ts'
import { systemRandom as random } from '../../../net/world.ts'
import { parseAgentLine } from '../../../shared/balance/index.ts'
import { temporaryFolder } from '../../support/files.ts'

function entryOf(line: string) {
  const [entry] = parseAgentLine(line).entries
  if (entry === undefined) throw new Error('no entry')
  return entry
}

const home = entryOf('/~~homePC=pw#gateway.example:443 => visitors=keychain;')
const others = [
  '/~~other=pw#gateway.example:443;',
  '/~~homePC=pw#gateway.example:8443;',
  '/~~homePC=pw#else.example:443;',
]

function scene(folder = join(temporaryFolder(), 'state')) {
  const warnings: object[] = []
  const log = { debug() {}, info() {}, warn: (fields: object) => void warnings.push(fields), error() {} }
  /** As an agent that starts anew. */
  const start = () => {
    const saltOf = keptSalts({ environment: { STATE_DIRECTORY: folder }, random, log })
    return async (entry = home) => Buffer.from(await saltOf(entry)).toString('hex')
  }
  return { file: join(folder, 'visitor-salt-key'), folder, warnings, start }
}

describe('the salt of the visitors’ password', () => {
  it('is the same at each start, also where two agents start at the same moment', async () => {
    const { file, warnings, start } = scene()
    const salts = await Promise.all(Array.from({ length: 20 }, () => start()()))
    expect(new Set([...salts, await start()()]).size).toBe(1)
    expect(salts[0]).toMatch(/^[0-9a-f]{32}$/)
    expect(statSync(file).mode & 0o777).toBe(0o600)
    expect(warnings).toEqual([])
  })

  it('differs by tunnel, by gateway and by computer', async () => {
    const saltOf = scene().start()
    const salts = [
      await saltOf(),
      ...(await Promise.all(others.map(entryOf).map(saltOf))),
      await scene().start()(),
    ]
    expect(new Set(salts).size).toBe(5)
  })

  it('is drawn anew where its key is damaged', async () => {
    const { file, start } = scene()
    const before = await start()()
    truncateSync(file, 5)
    const after = await start()()
    expect(after).not.toBe(before)
    expect(await start()()).toBe(after)
  })

  it('holds as long as the agent runs where the folder cannot be used, and the log says so once', async () => {
    const folder = temporaryFolder()
    writeFileSync(join(folder, 'state'), '')
    const { file, warnings, start } = scene(join(folder, 'state'))
    const saltOf = start()
    expect(await saltOf()).toBe(await saltOf())
    expect(warnings).toEqual([{ file, reason: 'ENOTDIR' }])
    expect(await start()()).not.toBe(await saltOf())
  })

  it('is no reason to fail where a folder is in its place', async () => {
    const { file, warnings, start } = scene()
    mkdirSync(file, { recursive: true })
    expect(await start()()).toMatch(/^[0-9a-f]{32}$/)
    expect(warnings).toEqual([{ file, reason: 'EISDIR' }])
  })
})
