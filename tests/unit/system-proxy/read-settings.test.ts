/** Real commands and files: how they are run and cut, and what a real gsettings and a real kioslaverc say. */
import { execFileSync, spawnSync } from 'node:child_process'
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { askByCommands, printAnswer, SystemProxies } from '../../../net/system-proxy/index.ts'
import { runCommand } from '../../../net/system-proxy/platforms/run-command.ts'
import { systemClock } from '../../../net/world.ts'
import { silentLog } from '../../../shared/world.ts'
import { temporaryFolder } from '../../support/files.ts'
import { VirtualClock } from '../../support/virtual-clock.ts'

const never = new AbortController().signal
const isUnix = process.platform !== 'win32'
const hasGsettings =
  spawnSync('gsettings', ['list-keys', 'org.gnome.system.proxy'], { stdio: 'ignore' }).status === 0
const { PATH } = process.env

describe.skipIf(!isUnix)('a command of the system', () => {
  const parts = { clock: systemClock, signal: never, environment: { PATH } }

  it('gets its arguments as they are, and only the environment that is given', async () => {
    expect(await runCommand(['printf', '%s|', 'a b', '$HOME', '`id`'], parts)).toBe('a b|$HOME|`id`|')
    expect(await runCommand(['env'], { ...parts, environment: { PATH, A: 'b' } })).toMatch(/^A=b$/m)
  })

  it.each([
    [['tildegate-no-such-command'], 'there is no tildegate-no-such-command', true],
    [['false'], 'false failed (1)', true],
    [['yes'], 'yes failed (ERR_CHILD_PROCESS_STDIO_MAXBUFFER)', false],
  ])('%j fails in its own way', async (command, message, isPlainNo) => {
    await expect(runCommand(command, parts)).rejects.toMatchObject({
      name: 'CommandFailure',
      message,
      isPlainNo,
    })
  })

  it('is killed after 3 s', async () => {
    const clock = new VirtualClock()
    const ending = runCommand(['sleep', '600'], { ...parts, clock })
    ending.catch(() => {})
    await clock.pass(3_000)
    await expect(ending).rejects.toThrow('sleep did not answer within 3 s')
    expect(clock.waiting).toBe(0)
  })

  it('is killed when nobody wants its answer any more', async () => {
    const controller = new AbortController()
    const ending = runCommand(['sleep', '600'], { ...parts, signal: controller.signal })
    controller.abort(new Error('left'))
    await expect(ending).rejects.toThrow('left')
  })
})

/** A desktop of its own, with nothing of this user. */
function desktop(kioslaverc?: string) {
  const folder = temporaryFolder()
  const config = join(folder, 'config')
  mkdirSync(config)
  if (kioslaverc !== undefined) writeFileSync(join(config, 'kioslaverc'), kioslaverc)
  const environment: Record<string, string | undefined> = {
    PATH,
    HOME: folder,
    XDG_CONFIG_HOME: config,
    XDG_CONFIG_DIRS: join(folder, 'none'),
    GSETTINGS_BACKEND: 'keyfile',
  }
  return {
    environment,
    set(schema: string, key: string, value: string) {
      execFileSync('gsettings', ['set', schema, key, value], { env: environment })
    },
    async said(host = 'gw.corp', more: Record<string, string> = {}) {
      const all = { ...environment, ...more }
      const system = askByCommands({ environment: all, clock: systemClock, platform: 'linux' })
      const proxies = new SystemProxies({ environment: all, clock: systemClock, log: silentLog, system })
      return printAnswer(await proxies.lookUp({ host, port: 443 }, never))
    },
  }
}

const kde = '[Proxy Settings]\nProxyType=1\nhttpsProxy=http://kde.corp 3128\nNoProxyFor=.corp\n'

describe.skipIf(!isUnix || !hasGsettings)(
  'a real gsettings [needs: apt-get install libglib2.0-bin gsettings-desktop-schemas]',
  () => {
    it('as it comes names no proxy', async () => {
      expect(await desktop().said()).toBe('direct: GNOME settings name no proxy')
    })

    it('names a proxy with its login, and the exceptions', async () => {
      const { set, said } = desktop()
      set('org.gnome.system.proxy', 'mode', 'manual')
      set('org.gnome.system.proxy', 'ignore-hosts', `["it's", '.intra']`)
      set('org.gnome.system.proxy.http', 'host', 'proxy.corp')
      set('org.gnome.system.proxy.http', 'port', '3128')
      expect(await said()).toBe('proxy.corp:3128 (GNOME settings)')
      expect(await said('gw.intra')).toBe('direct: GNOME settings, exception .intra')
    })

    it('gives way to KDE’s where that is the desktop, or where it says nothing and the desktop is not known', async () => {
      const { set, said } = desktop(kde)
      const [onKde, onGnome] = [{ XDG_CURRENT_DESKTOP: 'KDE' }, { XDG_CURRENT_DESKTOP: 'ubuntu:GNOME' }]
      expect(await said('gw.example')).toBe('kde.corp:3128 (KDE settings)')
      expect(await said('gw.example', onGnome)).toBe('direct: GNOME settings name no proxy')
      set('org.gnome.system.proxy', 'mode', 'manual')
      set('org.gnome.system.proxy.https', 'host', 'gnome.corp')
      expect(await said('gw.example')).toBe('gnome.corp:80 (GNOME settings)')
      expect(await said('gw.example', onKde)).toBe('kde.corp:3128 (KDE settings)')
    })
  },
)

describe.skipIf(!isUnix)('a real kioslaverc', () => {
  const onKde = { XDG_CURRENT_DESKTOP: 'KDE' }

  it('names a proxy and exceptions', async () => {
    expect(await desktop(kde).said('gw.example', onKde)).toBe('kde.corp:3128 (KDE settings)')
    expect(await desktop(kde).said('gw.corp', onKde)).toBe('direct: KDE settings, exception .corp')
  })

  it('that is not there says nothing', async () => {
    expect(await desktop().said('gw.example', onKde)).toBe('direct: nothing names a proxy')
  })
})

describe.skipIf(process.platform === 'darwin' || process.platform === 'win32')(
  'the command of another system',
  () => {
    it.each([
      ['darwin', 'there is no /usr/sbin/scutil'],
      ['win32', /^there is no .*reg\.exe$/],
    ] as const)('(%s) that is not there is an error that can be shown', async (platform, reason) => {
      const environment = { PATH }
      const system = askByCommands({ environment, clock: systemClock, platform })
      const proxies = new SystemProxies({ environment, clock: systemClock, log: silentLog, system })
      await expect(proxies.lookUp({ host: 'gw.corp', port: 443 }, never)).rejects.toMatchObject({
        code: 'system-proxy-unavailable',
        details: { reason: typeof reason === 'string' ? reason : expect.stringMatching(reason) },
      })
    })
  },
)
