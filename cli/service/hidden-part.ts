/** Whether a service with a user of its own can start a program that lies in somebody’s home: the modes of all that is on its path. */
import { realpathSync, statSync } from 'node:fs'
import { dirname } from 'node:path'

const everybodyReads = 0o004
const everybodyPasses = 0o001

/** The first folder that not everybody may pass, or the file that not everybody may read; undefined: there is none. */
export function hiddenPart(file: string): string | undefined {
  const real = realpathSync(file)
  const folders: string[] = []
  for (let at = dirname(real); at !== dirname(at); at = dirname(at)) folders.unshift(at)
  const isHidden = (path: string, bit: number) => (statSync(path).mode & bit) === 0
  return (
    folders.find(folder => isHidden(folder, everybodyPasses)) ??
    (isHidden(real, everybodyReads) ? real : undefined)
  )
}
