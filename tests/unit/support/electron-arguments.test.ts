/** How Electron itself would be started for a test: what it is given, and what of this user it is not. */
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { electronStart } from '../../support/app/electron-arguments.ts'
import type { AppOptions } from '../../support/app/launch-app.ts'
import { electronPath, launchElectron } from '../../support/app/real-electron.ts'

const places = { folder: '/tmp/own', sources: '/src' }
const outer = { PATH: '/bin', DISPLAY: ':9', HOME: '/home/me', DBUS_SESSION_BUS_ADDRESS: 'unix:path=/mine' }

const start = (options: AppOptions = {}, platform: NodeJS.Platform = 'linux') =>
  electronStart(options, places, { platform, env: outer })

describe('Electron for a test', () => {
  it('runs the sources with a folder, a language and no proxy', () => {
    expect(start().args).toEqual(['/src', '--user-data-dir=/tmp/own', '--lang=en-GB', '--no-proxy-server'])
  })

  it('is given the app’s own arguments last', () => {
    expect(start({ arguments: ['--hidden'] }).args.at(-1)).toBe('--hidden')
  })

  it('speaks a language as its system wants to be told', () => {
    expect(start({ locale: 'de-DE' }, 'darwin').args).toContain('-AppleLanguages')
    expect(start({ locale: 'de-DE' }, 'darwin').args).toContain('(de-DE)')
    expect(start({ locale: 'de-DE' }, 'win32').args).toContain('--lang=de-DE')
  })

  it('goes out as the test’s system says, to loopback too', () => {
    expect(start({ systemProxy: 'PROXY 127.0.0.1:3128; DIRECT' }).args).toEqual(
      expect.arrayContaining([
        '--proxy-server=http://127.0.0.1:3128,direct://',
        '--proxy-bypass-list=<-loopback>',
      ]),
    )
  })

  it('has a home of its own, what a window needs, and nothing else of this user', () => {
    expect(start().env).toEqual({
      PATH: '/bin',
      DISPLAY: ':9',
      HOME: '/tmp/own',
      XDG_DATA_HOME: join('/tmp/own', 'data'),
      XDG_CONFIG_HOME: join('/tmp/own', 'config'),
    })
    expect(start({}, 'win32').env).toMatchObject({ USERPROFILE: '/tmp/own' })
  })

  it('has what the test gives it', () => {
    expect(start({ env: { HOME: '/tmp/keyring', XDG_RUNTIME_DIR: '/run/x' } }).env).toMatchObject({
      HOME: '/tmp/keyring',
      XDG_RUNTIME_DIR: '/run/x',
    })
  })
})

describe.skipIf(electronPath() !== undefined)('Electron that is not there [seen where it is not]', () => {
  it('is asked for by name', async () => {
    await expect(launchElectron({})).rejects.toThrow('npx install-electron')
  })
})
