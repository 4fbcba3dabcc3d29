import { homedir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { stateFolder } from '../../../agent/state-folder.ts'

describe('the folder for state', () => {
  it.each([
    ['systemd’s', { STATE_DIRECTORY: '/var/lib/tildegate:/var/lib/other' }, 'linux', '/var/lib/tildegate'],
    ['the one of XDG', { XDG_STATE_HOME: '/home/a/state' }, 'linux', '/home/a/state/tildegate'],
    [
      'the usual one where XDG’s is relative',
      { XDG_STATE_HOME: 'state' },
      'linux',
      join(homedir(), '.local/state/tildegate'),
    ],
    ['the one of macOS', {}, 'darwin', join(homedir(), 'Library/Application Support/tildegate')],
    ['the one of Windows', { LOCALAPPDATA: '/local' }, 'win32', '/local/tildegate'],
  ] as const)('is %s', (_, environment, platform, folder) => {
    expect(stateFolder(environment, platform)).toBe(folder)
  })
})
