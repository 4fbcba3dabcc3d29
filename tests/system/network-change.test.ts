/** An agent on another host whose network changes: what the system says about its proxy is asked for anew. */
import { execFileSync, spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { afterEach, describe, expect, it, onTestFinished } from 'vitest'
import { startConnectProxy } from '../support/connect-proxy.ts'
import { temporaryFolder } from '../support/files.ts'
import { addHost, canMakeNamespaces } from '../support/namespace.ts'
import { startAgent, startGateway, stopAll } from '../support/programs.ts'
import { password } from './scene.ts'

const hasGsettings =
  spawnSync('gsettings', ['list-keys', 'org.gnome.system.proxy'], { stdio: 'ignore' }).status === 0

describe.skipIf(!canMakeNamespaces || !hasGsettings)(
  'an agent whose network changes [needs root and: apt-get install iproute2 libglib2.0-bin gsettings-desktop-schemas]',
  () => {
    afterEach(stopAll)

    it('goes by the proxy that the system names now, without a restart', { timeout: 60_000 }, async () => {
      const host = addHost(21)
      onTestFinished(() => host.remove())
      const folder = temporaryFolder({ 'balance.bin': `/~~srv1=${password}#:*;\n` })
      const gateway = await startGateway([
        '--listen',
        `${host.ourAddress}:0`,
        '--balance',
        join(folder, 'balance.bin'),
      ])
      const proxy = await startConnectProxy({ host: host.ourAddress })
      onTestFinished(() => proxy.close())
      const own = {
        HOME: folder,
        XDG_CONFIG_HOME: folder,
        XDG_STATE_HOME: folder,
        GSETTINGS_BACKEND: 'keyfile',
      }
      const env = { ...process.env, ...own, XDG_CURRENT_DESKTOP: 'GNOME', HTTPS_PROXY: '', ALL_PROXY: '' }
      const set = (schema: string, key: string, value: string) =>
        execFileSync('gsettings', ['set', `org.gnome.system.proxy${schema}`, key, value], { env })

      const entry = `/~~srv1=${password}#${host.ourAddress}:${new URL(gateway.url).port} -> system;`
      const { program } = await startAgent(['--line', entry], { within: host.within, env })
      await program.logged(/"said":"direct: GNOME settings name no proxy"/)
      set('.http', 'host', host.ourAddress)
      set('.http', 'port', String(proxy.port))
      set('', 'mode', 'manual')
      const visit = async () => (await fetch(`${gateway.url}/~~srv1/`)).status
      expect(await visit()).toBe(200)
      expect(proxy.asked).toEqual([])

      host.unplug()
      await program.logged(/the network has changed/)
      host.plug()
      await program.logged(/the network has changed/, 20_000, 1)
      // More at once than there are spares: the session itself may have outlived so short a cut.
      expect(new Set(await Promise.all(Array.from({ length: 20 }, visit)))).toEqual(new Set([200]))
      await program.logged(new RegExp(`"said":"${host.ourAddress}:${proxy.port} \\(GNOME settings\\)"`))
      await expect.poll(() => new Set(proxy.asked)).toEqual(new Set([new URL(gateway.url).host]))
    })
  },
)
