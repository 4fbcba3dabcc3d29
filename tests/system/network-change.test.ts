/** An agent on another host whose network changes: what the system says about its proxy is asked for anew. */
import { execFileSync, spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterEach, describe, expect, it, onTestFinished } from 'vitest'
import { temporaryFolder } from '../support/files.ts'
import { canMakeNamespaces, joinHosts, visitFrom } from '../support/namespace.ts'
import { startAgent, startGateway, startScript, stopAll } from '../support/programs.ts'
import { password } from './scene.ts'

const proxyMain = fileURLToPath(new URL('../support/connect-proxy-main.ts', import.meta.url))

const hasGsettings =
  spawnSync('gsettings', ['list-keys', 'org.gnome.system.proxy'], { stdio: 'ignore' }).status === 0

describe.skipIf(!canMakeNamespaces || !hasGsettings)(
  'an agent whose network changes [needs root and: apt-get install iproute2 libglib2.0-bin gsettings-desktop-schemas]',
  () => {
    afterEach(stopAll)

    it('goes by the proxy that the system names now, without a restart', { timeout: 60_000 }, async () => {
      const { here, there, addressThere, unplug, plug, remove } = joinHosts()
      onTestFinished(remove)
      const folder = temporaryFolder({ 'balance.bin': `/~~srv1=${password}#:*;\n` })
      const gateway = await startGateway(
        ['--listen', `${addressThere}:0`, '--balance', join(folder, 'balance.bin')],
        { within: there },
      )
      const proxy = startScript(proxyMain, [addressThere], { within: there })
      const [, proxyPort = ''] = await proxy.line(/^proxy ready (\d+)$/)
      const asked = () => new Set(proxy.stdout.filter(line => line.startsWith('asked')))
      const own = {
        HOME: folder,
        XDG_CONFIG_HOME: folder,
        XDG_STATE_HOME: folder,
        GSETTINGS_BACKEND: 'keyfile',
      }
      const env = { ...process.env, ...own, XDG_CURRENT_DESKTOP: 'GNOME', HTTPS_PROXY: '', ALL_PROXY: '' }
      const set = (schema: string, key: string, value: string) =>
        execFileSync('gsettings', ['set', `org.gnome.system.proxy${schema}`, key, value], { env })

      const { program } = await startAgent(['--line', `/~~srv1=${password}#${gateway.host} -> system;`], {
        within: here,
        env,
      })
      await program.logged(/"said":"direct: GNOME settings name no proxy"/)
      set('.http', 'host', addressThere)
      set('.http', 'port', proxyPort)
      set('', 'mode', 'manual')
      const visits = async (times: number) =>
        new Set((await visitFrom(there, `${gateway.url}/~~srv1/`, times)).map(({ status }) => status))
      expect(await visits(1)).toEqual(new Set([200]))
      expect(asked()).toEqual(new Set())

      unplug()
      await program.logged(/the network has changed/)
      plug()
      await program.logged(/the network has changed/, 20_000, 1)
      // More at once than there are spares: the session itself may have outlived so short a cut.
      expect(await visits(20)).toEqual(new Set([200]))
      await program.logged(new RegExp(`"said":"${addressThere}:${proxyPort} \\(GNOME settings\\)"`))
      await expect.poll(asked).toEqual(new Set([`asked for ${gateway.host}`]))
    })
  },
)
