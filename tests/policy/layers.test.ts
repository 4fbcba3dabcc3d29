/** The dependency rule of ARCHITECTURE.md, proven by breaking it on purpose. */
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { ESLint } from 'eslint'
import { describe, expect, it } from 'vitest'

const root = fileURLToPath(new URL('../../', import.meta.url))

const forbidden = [
  ['shared', '../net/world.ts'],
  ['shared', 'node:fs'],
  ['net', '../agent/index.ts'],
  ['agent', '../gateway/upstream.ts'],
  ['gateway', '../agent/index.ts'],
  ['gateway', '../cli/failure.ts'],
  ['cli', '../electron/main.ts'],
  ['electron', '../gateway/upstream.ts'],
  ['electron', '../renderer/app/client.ts'],
  ['electron/preload', '../engine/start.ts'],
  ['electron/preload', '../../shared/secret.ts'],
  ['electron/preload', 'node:fs'],
  ['renderer', '../../electron/settings.ts'],
  ['renderer', '../../agent/index.ts'],
  ['renderer', 'node:fs'],
  ['renderer', 'electron'],
] as const

const allowed = [
  ['net', '../shared/world.ts'],
  ['agent', '../net/world.ts'],
  ['gateway', '../shared/errors.ts'],
  ['cli', '../gateway/upstream.ts'],
  ['electron', '../agent/index.ts'],
  ['electron/preload', '../../shared/ipc/bridge.ts'],
  ['renderer', '../../shared/errors.ts'],
  ['renderer', './stores/app.ts'],
] as const

const existing: Record<string, string> = {
  shared: 'shared/world.ts',
  net: 'net/world.ts',
  agent: 'agent/index.ts',
  gateway: 'gateway/upstream.ts',
  cli: 'cli/failure.ts',
  electron: 'electron/settings.ts',
  'electron/preload': 'electron/preload/preload.ts',
  renderer: 'renderer/app/client.ts',
}

async function refusals(folder: string, imported: string): Promise<string[]> {
  const eslint = new ESLint({ cwd: root })
  const [result] = await eslint.lintText(`import * as other from '${imported}'\nother.toString()\n`, {
    filePath: existing[folder] ?? '',
  })
  return (result?.messages ?? [])
    .filter(message => message.ruleId === 'no-restricted-imports')
    .map(message => message.message)
}

describe('the dependency rule', () => {
  it.each(forbidden)('refuses %s importing %s', { timeout: 60_000 }, async (folder, imported) => {
    expect(await refusals(folder, imported)).toHaveLength(1)
  })

  it.each(allowed)('lets %s import %s', { timeout: 60_000 }, async (folder, imported) => {
    expect(await refusals(folder, imported)).toEqual([])
  })

  it('lets nobody but electron/ipc and the preload speak to windows', { timeout: 60_000 }, async () => {
    const eslint = new ESLint({ cwd: root })
    const text = `import { ipcMain } from 'electron'\nipcMain.handle('any', () => {})\n`
    const rules = async (filePath: string) =>
      (await eslint.lintText(text, { filePath })).flatMap(({ messages }) =>
        messages.map(({ ruleId }) => ruleId),
      )
    expect(await rules('electron/settings.ts')).toEqual(['no-restricted-syntax'])
    expect(await rules('electron/ipc/serve-windows.ts')).toEqual([])
  })

  it('stands in the project references as well', () => {
    const references = (folder: string) => {
      const config = JSON.parse(readFileSync(`${root}${folder}/tsconfig.json`, 'utf8')) as {
        references: { path: string }[]
      }
      return config.references.map(reference => reference.path.replaceAll('../', ''))
    }
    expect(references('shared')).toEqual([])
    expect(references('net')).toEqual(['shared'])
    expect(references('agent')).toEqual(['shared', 'net'])
    expect(references('gateway')).toEqual(['shared', 'net'])
    expect(references('electron')).toEqual(['shared', 'net', 'agent'])
    expect(references('electron/preload')).toEqual(['shared'])
    expect(references('renderer')).toEqual(['shared'])
    expect(references('cli')).toEqual(['shared', 'net', 'agent', 'gateway'])
  })
})
