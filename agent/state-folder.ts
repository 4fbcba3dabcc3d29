/** Where this user's programs keep what they have learnt and may lose: not settings, not secrets. */
import { homedir } from 'node:os'
import { isAbsolute, join } from 'node:path'

/** systemd's StateDirectory= first, then the platform's usual place. It need not exist. */
export function stateFolder(
  environment: Readonly<Record<string, string | undefined>> = process.env,
  platform: NodeJS.Platform = process.platform,
): string {
  const given = environment['STATE_DIRECTORY']?.split(':')[0]
  if (given !== undefined && isAbsolute(given)) return given
  return join(baseFolder(environment, platform), 'tildegate')
}

function baseFolder(
  environment: Readonly<Record<string, string | undefined>>,
  platform: NodeJS.Platform,
): string {
  const home = homedir()
  if (platform === 'darwin') return join(home, 'Library', 'Application Support')
  if (platform === 'win32') return environment['LOCALAPPDATA'] ?? join(home, 'AppData', 'Local')
  const state = environment['XDG_STATE_HOME']
  // The XDG Base Directory Specification: relative ones are to be ignored.
  return state !== undefined && isAbsolute(state) ? state : join(home, '.local', 'state')
}
