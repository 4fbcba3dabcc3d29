/** A small file, its owner's alone, that is there whole or not at all, whenever the power goes. */
import { closeSync, fsyncSync, openSync, readFileSync, realpathSync, renameSync, writeSync } from 'node:fs'

export function writeWhole(file: string, content: string | Uint8Array): void {
  const real = whereItIs(file)
  const next = `${real}.new`
  const handle = openSync(next, 'w', 0o600)
  try {
    const bytes = typeof content === 'string' ? Buffer.from(content, 'utf8') : content
    for (let at = 0; at < bytes.length; ) at += writeSync(handle, bytes, at)
    fsyncSync(handle)
  } finally {
    closeSync(handle)
  }
  renameSync(next, real)
}

/** A link stays one: what it names is replaced. */
function whereItIs(file: string): string {
  try {
    return realpathSync(file)
  } catch {
    return file
  }
}

export function readIfThere(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8')
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
    throw error
  }
}
