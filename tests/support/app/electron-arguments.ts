/** How Electron itself is started so that a test has a computer of its own: another folder, language and proxy, and nothing of this user's. Pure. */
import { join } from 'node:path'
import type { AppOptions } from './launch-app.ts'

/** Without these no program with a window starts. */
const passedOn = [
  'PATH',
  'DISPLAY',
  'WAYLAND_DISPLAY',
  'XAUTHORITY',
  'XDG_RUNTIME_DIR',
  'TMPDIR',
  'SystemRoot',
  'TEMP',
  'TMP',
] as const

export interface ElectronStart {
  readonly args: string[]
  readonly env: Record<string, string>
}

/** `folder`: the app's own; `sources`: where package.json is, which names main. */
export function electronStart(
  { arguments: own = [], locale = 'en-GB', env = {}, systemProxy = 'DIRECT' }: AppOptions,
  { folder, sources }: { readonly folder: string; readonly sources: string },
  { platform, env: outer }: Pick<NodeJS.Process, 'platform' | 'env'>,
): ElectronStart {
  const language = platform === 'darwin' ? ['-AppleLanguages', `(${locale})`] : [`--lang=${locale}`]
  const homes =
    platform === 'win32'
      ? { USERPROFILE: folder, APPDATA: join(folder, 'roaming'), LOCALAPPDATA: join(folder, 'local') }
      : { HOME: folder, XDG_DATA_HOME: join(folder, 'data'), XDG_CONFIG_HOME: join(folder, 'config') }
  const outside = Object.fromEntries(passedOn.map(name => [name, outer[name]]))
  return {
    args: [sources, `--user-data-dir=${folder}`, ...language, ...proxyArguments(systemProxy), ...own],
    env: defined({ ...outside, ...homes, ...env }),
  }
}

/** `PROXY 127.0.0.1:3128; DIRECT` in Chromium's words. It would leave out loopback by itself. */
function proxyArguments(said: string): string[] {
  const ways = said.split(';').map(way => way.trim())
  if (ways[0] === 'DIRECT') return ['--no-proxy-server']
  const servers = ways.map(way => (way === 'DIRECT' ? 'direct://' : way.replace(/^PROXY /, 'http://')))
  return [`--proxy-server=${servers.join(',')}`, '--proxy-bypass-list=<-loopback>']
}

function defined(env: NodeJS.ProcessEnv): Record<string, string> {
  return Object.fromEntries(
    Object.entries(env).filter((entry): entry is [string, string] => entry[1] !== undefined),
  )
}
