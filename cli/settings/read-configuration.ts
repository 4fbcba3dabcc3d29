/** A file that a command cannot do without. */
import { readFileSync } from 'node:fs'
import { CommandFailure, exitStatus } from '../failure.ts'

/** @throws CommandFailure 78 */
export function readConfiguration(file: string): Buffer {
  try {
    return readFileSync(file)
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException
    const why = code === 'ENOENT' ? 'does not exist' : `cannot be read (${code})`
    throw new CommandFailure(exitStatus.configuration, `${file} ${why}.`, [], { cause })
  }
}
