/**
 * The salts of the visitors' passwords. Each is made of the tunnel's name and gateway and of a key in the state folder, drawn at the first
 * need: nobody can prepare for it, and it is the same at the agent's next start, so that visitors who are logged in stay so.
 */
import { createHmac } from 'node:crypto'
import { join } from 'node:path'
import type { Log, Random } from '../../shared/world.ts'
import type { TunnelEntry } from '../entry.ts'
import { keepRandom } from '../kept-random.ts'
import { stateFolder } from '../state-folder.ts'

export const saltBytes = 16
const keyBytes = 32

/** The same one for each call with this entry. */
export type VisitorSaltSource = (entry: TunnelEntry) => Promise<Uint8Array>

/** Kept as long as it is: visitors log in anew at each start of the agent. */
export function drawnSalt(random: Random): VisitorSaltSource {
  const salt = random.bytes(saltBytes)
  return async () => salt
}

/** For all programs of this user. Where the folder cannot be used, salts are drawn. */
export function keptSalts(parts: {
  readonly environment: NodeJS.ProcessEnv
  readonly random: Random
  readonly log: Log
}): VisitorSaltSource {
  const { environment, random, log } = parts
  const file = join(stateFolder(environment), 'visitor-salt-key')
  let key: Promise<Uint8Array> | undefined
  const readKey = () =>
    keepRandom(file, keyBytes, random).catch((error: NodeJS.ErrnoException) => {
      log.warn({ file, reason: error.code }, 'visitors will have to log in again when the agent restarts')
      return random.bytes(keyBytes)
    })
  return async ({ name, gateway }) => {
    key ??= readKey()
    const mac = createHmac('sha256', await key).update(
      `visitors of /~~${name} at ${gateway.host}:${gateway.port}`,
    )
    return mac.digest().subarray(0, saltBytes)
  }
}
