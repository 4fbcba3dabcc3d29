/**
 * The packaged single file: program and Node in one executable, with no files beside the code. What the code finds beside itself elsewhere
 * is an asset in there. `scripts/package-gateway.mjs` puts the assets in; see docs/decisions/0015-single-file.md.
 */
import { createHash } from 'node:crypto'
import { mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { homedir, tmpdir } from 'node:os'
import { join } from 'node:path'

// Electron need not have it.
const sea = process.getBuiltinModule('node:sea')

export const isSingleFile = sea?.isSea() === true

/** @param name as `scripts/package-gateway.mjs` has it; one that is not there is a mistake in that script */
export function packedFile(name: string): Buffer<ArrayBuffer> {
  if (sea === undefined) throw new Error(`There is no ${name} outside of the packaged program.`)
  // A copy: the program's own memory is not to be written to.
  return Buffer.from(sea.getAsset(name))
}

/**
 * Loads native code. The system loads that from files alone, so it is written to one that nobody else may touch: under a fresh name, and gone
 * as soon as it is loaded. Windows does not let go of it: there it stays in the user's own folder, named by its hash, and is compared each time.
 */
export function packedNative(name: string): unknown {
  const bytes = packedFile(name)
  const loaded = { exports: {} }
  if (process.platform === 'win32') {
    process.dlopen(loaded, keptFile(name, bytes))
    return loaded.exports
  }
  const folder = mkdtempSync(join(tmpdir(), 'tildegate-'))
  try {
    const file = join(folder, name)
    writeFileSync(file, bytes, { mode: 0o600, flag: 'wx' })
    process.dlopen(loaded, file)
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
  return loaded.exports
}

function keptFile(name: string, bytes: Buffer): string {
  const base = process.env['LOCALAPPDATA'] ?? join(homedir(), 'AppData', 'Local')
  const folder = join(base, 'tildegate', 'native')
  const file = join(folder, `${createHash('sha256').update(bytes).digest('hex').slice(0, 32)}-${name}`)
  mkdirSync(folder, { recursive: true })
  if (isThere(file, bytes)) return file
  const draft = `${file}.${process.pid}`
  writeFileSync(draft, bytes)
  renameSync(draft, file)
  return file
}

function isThere(file: string, bytes: Buffer): boolean {
  try {
    return readFileSync(file).equals(bytes)
  } catch {
    return false
  }
}
