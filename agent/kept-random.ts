/** Random bytes drawn once and kept in a file of this user's: the same for all of their programs, at every start. */
import { link, mkdir, open, readFile, rename, rm } from 'node:fs/promises'
import { dirname } from 'node:path'
import type { Random } from '../shared/world.ts'

/**
 * Undefined where there is none yet, or one that is damaged.
 * @throws the system's error where it cannot be read
 */
export async function readKeptRandom(file: string, length: number): Promise<Buffer | undefined> {
  const kept = await readFile(file).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return undefined
    throw error
  })
  return kept?.length === length ? kept : undefined
}

/**
 * The first one drawn counts: two programs that begin at the same moment go by the same bytes. The folder is made, for its owner alone.
 * @throws the system's error
 */
export async function keepRandom(file: string, length: number, random: Random): Promise<Buffer> {
  const kept = await readKeptRandom(file, length)
  if (kept !== undefined) return kept
  await mkdir(dirname(file), { recursive: true, mode: 0o700 })
  const drawn = Buffer.from(random.bytes(length))
  const draft = `${file}-${Buffer.from(random.bytes(6)).toString('hex')}`
  const handle = await open(draft, 'wx', 0o600)
  await handle.writeFile(drawn).finally(() => handle.close())
  // A link, unlike a rename, does not replace what another process has just put there.
  const isFirst = await link(draft, file).then(
    () => true,
    () => false,
  )
  const valid = isFirst ? drawn : await readKeptRandom(file, length)
  // None, though there is no place: it is damaged, or the file system has no links.
  if (valid === undefined) await rename(draft, file)
  else await rm(draft, { force: true })
  return valid ?? drawn
}
