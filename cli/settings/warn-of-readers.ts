/** A file with passwords that everybody on the computer may read is used all the same, but not in silence. */
import { statSync } from 'node:fs'
import type { Log } from '../../shared/world.ts'

const othersMayRead = 0o004

/** Says nothing where the system has no such mode (Windows), and of pipes and the like. */
export function warnOfReaders(file: string, log: Log): void {
  if (process.platform === 'win32') return
  const found = statSync(file, { throwIfNoEntry: false })
  if (found?.isFile() && (found.mode & othersMayRead) !== 0)
    log.warn({ file }, 'everybody on this computer may read this file and the passwords in it: chmod 600 it')
}
