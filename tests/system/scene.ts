/** The usual scene of a whole-system test: a gateway, an agent and a site, each a process of its own. */
import { join } from 'node:path'
import { temporaryFolder } from '../support/files.ts'
import { startAgent, startGateway, startSiteProgram } from '../support/programs.ts'

export const password = 'mypassword1234'

export async function startScene(options: { tls?: boolean; balance?: string } = {}) {
  const folder = temporaryFolder({ 'balance.bin': options.balance ?? `/~~srv1=${password}#:*;\n` })
  const site = await startSiteProgram('home')
  const gatewayArgs = (listen: string) => [
    options.tls ? '--listen-tls' : '--listen',
    listen,
    '--balance',
    join(folder, 'balance.bin'),
  ]
  const gateway = await startGateway(gatewayArgs('127.0.0.1:0'))
  const line = `/~~srv1=${password}#${gateway.url.replace(/^https?:\/\//, '')} => ${site.url};`
  const agent = await startAgent(['--line', line])
  return {
    folder,
    site,
    gateway,
    agent,
    line,
    url: agent.url,
    /** A new gateway at the old address. */
    restartGateway: () => startGateway(gatewayArgs(gateway.host)),
  }
}
