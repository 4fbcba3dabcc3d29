/** What Node writes of a running program at a signal: `--heapsnapshot-signal`, `--report-signal`. */
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { vi } from 'vitest'
import type { Program } from './programs.ts'
import type { Output } from './secret-scan.ts'

export function filesIn(folder: string, pattern: RegExp): Output[] {
  const found = readdirSync(folder, { recursive: true, withFileTypes: true })
  return found
    .filter(entry => entry.isFile() && pattern.test(entry.name))
    .map(entry => join(entry.parentPath, entry.name))
    .map(where => ({ where, text: readFileSync(where) }))
}

/** The new file of this kind in `folder`, once it is whole. */
export async function dumped(
  program: Program,
  signal: NodeJS.Signals,
  folder: string,
  kind: RegExp,
): Promise<Output> {
  const before = new Set(filesIn(folder, kind).map(({ where }) => where))
  program.signal(signal)
  return vi.waitFor(
    () => {
      const found = filesIn(folder, kind).find(({ where }) => !before.has(where))
      if (found === undefined) throw new Error('not there yet')
      JSON.parse(found.text.toString())
      return found
    },
    { timeout: 30_000, interval: 500 },
  )
}
