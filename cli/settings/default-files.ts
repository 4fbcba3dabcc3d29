/** Where the two files are looked for when no flag names them. `webserver` is where the original product keeps them. */
import { existsSync } from 'node:fs'
import { join } from 'node:path'

/** The first that exists; where none does, the first, so that the error names the usual place. */
export function defaultFile(name: 'balance.bin' | 'backbalance.bin', folder = '.'): string {
  const candidates = [join(folder, name), join(folder, 'webserver', name)]
  return candidates.find(candidate => existsSync(candidate)) ?? join(folder, name)
}
