/** The agent and its target on another host, to which the gateway has no way in: only the agent's own dials get out. */
import { once } from 'node:events'
import { connect } from 'node:net'
import { join } from 'node:path'
import { afterEach, describe, expect, it, onTestFinished } from 'vitest'
import { temporaryFolder } from '../support/files.ts'
import { addHost, canMakeNamespaces } from '../support/namespace.ts'
import { startAgent, startGateway, startSiteProgram, stopAll } from '../support/programs.ts'
import { password } from './scene.ts'

async function isReachable(host: string, port: number): Promise<boolean> {
  const socket = connect(port, host)
  socket.on('error', () => {})
  const reached = await Promise.race([
    once(socket, 'connect').then(
      () => true,
      () => false,
    ),
    once(socket, 'close').then(() => false),
  ])
  socket.destroy()
  return reached
}

describe.skipIf(!canMakeNamespaces)(
  'an agent on another host [needs root and: apt-get install iproute2]',
  () => {
    afterEach(stopAll)

    function home(number: number) {
      const host = addHost(number)
      onTestFinished(() => host.remove())
      return host
    }

    it('serves a target that the gateway cannot dial, over TLS proven end to end', {
      timeout: 60_000,
    }, async () => {
      const host = home(1)
      const balance = join(
        temporaryFolder({ 'balance.bin': `/~~srv1=${password}#:*${host.address};\n` }),
        'balance.bin',
      )
      const gateway = await startGateway([
        '--listen-tls',
        `${host.ourAddress}:0`,
        '--listen',
        '127.0.0.1:0',
        '--balance',
        balance,
      ])
      const [, plainUrl] = await gateway.program.line(/^gateway ready (http:\S+)$/)
      const [, tlsUrl] = await gateway.program.line(/^gateway ready (https:\S+)$/)
      const site = await startSiteProgram('home', 0, { within: host.within })
      expect(await isReachable('127.0.0.1', site.port)).toBe(false)
      expect(await isReachable(host.address, site.port)).toBe(false)

      const entry = `/~~srv1=${password}#${tlsUrl} => ${site.url};`
      await startAgent(['--line', entry], { within: host.within })
      await gateway.program.logged(/"outer":"proven"/)
      expect(await (await fetch(`${plainUrl}/~~srv1/`)).text()).toBe('hello from home')
    })

    it('is back by itself when its cable is plugged in again', { timeout: 120_000 }, async () => {
      const host = home(2)
      const balance = join(
        temporaryFolder({ 'balance.bin': `/~~srv1=${password}#:*10.213.*;\n` }),
        'balance.bin',
      )
      const gateway = await startGateway(['--listen', `${host.ourAddress}:0`, '--balance', balance])
      const site = await startSiteProgram('home', 0, { within: host.within })
      const agent = await startAgent(['--line', `/~~srv1=${password}#${gateway.url} => ${site.url};`], {
        within: host.within,
      })
      host.unplug()
      await agent.program.logged(/"state":"waiting"/, 20_000)
      host.plug()
      await agent.program.line(/agent ready/, 65_000, 1)
      expect(await (await fetch(agent.url)).text()).toBe('hello from home')
    })
  },
)
