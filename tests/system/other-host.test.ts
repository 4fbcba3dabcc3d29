/** The agent and its target on another host, to which the gateway has no way in: only the agent's own dials get out. */
import { join } from 'node:path'
import { afterEach, describe, expect, it, onTestFinished } from 'vitest'
import { temporaryFolder } from '../support/files.ts'
import { canMakeNamespaces, joinHosts, reaches, visitFrom } from '../support/namespace.ts'
import { startAgent, startGateway, startSiteProgram, stopAll } from '../support/programs.ts'
import { password } from './scene.ts'

describe.skipIf(!canMakeNamespaces)(
  'an agent on another host [needs root and: apt-get install iproute2]',
  () => {
    afterEach(stopAll)

    function twoHosts() {
      const hosts = joinHosts()
      onTestFinished(() => hosts.remove())
      return hosts
    }

    it('serves a target that the gateway cannot dial, over TLS proven end to end', {
      timeout: 60_000,
    }, async () => {
      const { here: home, addressHere: homeAddress, there, addressThere } = twoHosts()
      const balance = join(
        temporaryFolder({ 'balance.bin': `/~~srv1=${password}#:*${homeAddress};\n` }),
        'balance.bin',
      )
      const gateway = await startGateway(
        ['--listen-tls', `${addressThere}:0`, '--listen', '127.0.0.1:0', '--balance', balance],
        { within: there },
      )
      const [, plainUrl] = await gateway.program.line(/^gateway ready (http:\S+)$/)
      const [, tlsUrl] = await gateway.program.line(/^gateway ready (https:\S+)$/)
      const site = await startSiteProgram('home', 0, { within: home })
      expect(await reaches(home, '127.0.0.1', site.port)).toBe(true)
      expect(await reaches(there, '127.0.0.1', site.port)).toBe(false)
      expect(await reaches(there, homeAddress, site.port)).toBe(false)

      await startAgent(['--line', `/~~srv1=${password}#${tlsUrl} => ${site.url};`], { within: home })
      await gateway.program.logged(/"outer":"proven"/)
      expect(await visitFrom(there, `${plainUrl}/~~srv1/`)).toEqual([
        { status: 200, text: 'hello from home' },
      ])
    })

    it('is back by itself when its cable is plugged in again', { timeout: 120_000 }, async () => {
      const { here: home, there, addressThere, unplug, plug } = twoHosts()
      const balance = join(
        temporaryFolder({ 'balance.bin': `/~~srv1=${password}#:*10.214.*;\n` }),
        'balance.bin',
      )
      const gateway = await startGateway(['--listen', `${addressThere}:0`, '--balance', balance], {
        within: there,
      })
      const site = await startSiteProgram('home', 0, { within: home })
      const agent = await startAgent(['--line', `/~~srv1=${password}#${gateway.url} => ${site.url};`], {
        within: home,
      })
      unplug()
      await agent.program.logged(/"state":"waiting"/, 20_000)
      plug()
      await agent.program.line(/agent ready/, 65_000, 1)
      expect(await visitFrom(there, agent.url)).toEqual([{ status: 200, text: 'hello from home' }])
    })
  },
)
