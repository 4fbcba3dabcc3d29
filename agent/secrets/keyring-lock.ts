/**
 * Whether the keyring of a Linux desktop is locked: asked of the Secret Service by a program of the system, without anything being unlocked or
 * a window being shown. libsecret cannot tell: it says "there is none" of what is locked.
 */
import { CommandFailure, runCommand } from '../../net/system-proxy/platforms/run-command.ts'
import type { Clock } from '../../shared/world.ts'

/** `none`: there is no keyring yet. `unknown`: nothing here can tell. */
export type KeyringLock = 'unlocked' | 'locked' | 'none' | 'unknown'

export interface KeyringLockParts {
  readonly clock: Clock
  readonly environment: NodeJS.ProcessEnv
}

const service = 'org.freedesktop.secrets'
const path = '/org/freedesktop/secrets'

/** Of GLib, on which libsecret stands, and of systemd. */
const programs = [
  (object: string, method: string, ...args: string[]) => [
    ...['gdbus', 'call', '--session', '--dest', service, '--object-path', object, '--method', method],
    ...args,
  ],
  (object: string, method: string, ...args: string[]) => {
    const dot = method.lastIndexOf('.')
    const kinds = args.map(() => 's').join('')
    return [
      ...['busctl', '--user', 'call', service, object, method.slice(0, dot), method.slice(dot + 1)],
      ...[kinds, ...args],
    ]
  },
]

/** Never rejects; takes a few seconds at most. */
export async function keyringLock({ clock, environment }: KeyringLockParts): Promise<KeyringLock> {
  const { signal } = new AbortController()
  const parts = { clock, signal, environment: { ...environment, LC_ALL: 'C' } }
  for (const program of programs) {
    try {
      const alias = program(path, 'org.freedesktop.Secret.Service.ReadAlias', 'default')
      const collection = /["'](\/[\w/]*)["']/.exec(await runCommand(alias, parts))?.[1]
      if (collection === undefined) return 'unknown'
      if (collection === '/') return 'none'
      const property = ['org.freedesktop.Secret.Collection', 'Locked']
      const locked = program(collection, 'org.freedesktop.DBus.Properties.Get', ...property)
      const said = /\b(true|false)\b/.exec(await runCommand(locked, parts))?.[1]
      return said === undefined ? 'unknown' : said === 'true' ? 'locked' : 'unlocked'
    } catch (failure) {
      if (failure instanceof CommandFailure && failure.isPlainNo) continue
      return 'unknown'
    }
  }
  return 'unknown'
}
