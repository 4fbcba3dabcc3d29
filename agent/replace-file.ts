/** Writing a file whole or not at all, and never readable by others, not even for a moment. */
import { chown, open, readFile, realpath, rename, rm, stat } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { TildegateError } from '../shared/errors.ts'
import type { Random } from '../shared/world.ts'

/**
 * Replaces the file, or makes it, with mode 0600. One that is a symbolic link stays one, and the owner stays who it was.
 * @param expected what the file must still hold
 * @throws the system's error, or file-changed-meanwhile; then the file is as it was
 */
export async function replaceFile(
  file: string,
  bytes: Uint8Array,
  random: Random,
  expected?: Uint8Array,
): Promise<void> {
  const real = await realpath(file).catch(() => file)
  const before = await stat(real).catch(() => undefined)
  const draft = draftOf(real, random)
  try {
    await writeDraft(draft, bytes)
    if (before !== undefined && process.getuid?.() === 0) await chown(draft, before.uid, before.gid)
    if (expected !== undefined && !(await readFile(real)).equals(expected))
      throw new TildegateError('file-changed-meanwhile', { file })
    await rename(draft, real)
  } catch (error) {
    await rm(draft, { force: true })
    throw error
  }
  await syncFolder(dirname(real))
}

/** Beside the file: a rename does not cross file systems. */
export function draftOf(file: string, random: Random): string {
  return join(dirname(file), `.${basename(file)}.${Buffer.from(random.bytes(6)).toString('hex')}.new`)
}

export async function writeDraft(draft: string, bytes: Uint8Array): Promise<void> {
  const handle = await open(draft, 'wx', 0o600)
  try {
    await handle.writeFile(bytes)
    await handle.sync()
  } finally {
    await handle.close()
  }
}

/** So that the rename survives a power cut. Windows cannot. */
async function syncFolder(folder: string): Promise<void> {
  if (process.platform === 'win32') return
  const handle = await open(folder, 'r')
  try {
    await handle.sync()
  } finally {
    await handle.close()
  }
}
