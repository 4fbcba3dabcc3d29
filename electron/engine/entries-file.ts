/** The app's backbalance.bin: where it is, and what stands in it. Lines with errors do not keep the sound ones from running. */
import { chmodSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { type AgentEntry, type Parsed, parseBackbalance } from '../../shared/balance/index.ts'

const firstText = `# One line for each service that this PC shares. For example:
# /~~homePC=password#gateway.example:443 => http://127.0.0.1:3000;
`

/** Makes the file, for its owner alone, where there is none. */
export function entriesFile(folder: string): string {
  const file = join(folder, 'backbalance.bin')
  if (!existsSync(file)) {
    mkdirSync(folder, { recursive: true })
    writeFileSync(file, firstText, { mode: 0o600 })
    if (process.platform !== 'win32') chmodSync(file, 0o600)
  }
  return file
}

export interface EntriesRead extends Parsed<AgentEntry> {
  readonly bytes: Buffer
}

export function readEntries(file: string): EntriesRead {
  const bytes = readFileSync(file)
  return { bytes, ...parseBackbalance(bytes, file) }
}
