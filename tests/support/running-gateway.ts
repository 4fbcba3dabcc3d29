/** A gateway over real sockets at 127.0.0.1, and agents at it, for one test; all of it ends with the test. */
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { onTestFinished } from 'vitest'
import { createGateway, type Gateway, type GatewayOptions } from '../../gateway/gateway.ts'
import { systemClock, systemRandom } from '../../net/world.ts'
import type { Log } from '../../shared/world.ts'
import { AgentTwin, type AgentTwinOptions } from './agent-twin.ts'
import { temporaryFolder } from './files.ts'

export interface RunningGateway {
  readonly gateway: Gateway
  readonly url: string
  readonly port: number
  readonly folder: string
  readonly balanceFile: string
  /** All that was logged, one JSON text each. */
  readonly lines: string[]
  /** Registers as `srv` with the password `pw`, unless told otherwise. */
  agent(options?: Partial<AgentTwinOptions>): Promise<AgentTwin>
  writeBalance(text: string): void
}

export const oneTunnel = '/~~srv=pw#:*;\n'

export async function runGateway(
  options: Partial<GatewayOptions> & { balance?: string } = {},
): Promise<RunningGateway> {
  const { balance = oneTunnel, limits, ...more } = options
  const folder = temporaryFolder({ 'balance.bin': balance })
  const balanceFile = join(folder, 'balance.bin')
  const lines: string[] = []
  const line = (fields: object, message: string) => void lines.push(JSON.stringify({ ...fields, message }))
  const log: Log = { debug() {}, info: line, warn: line, error: line }
  const gateway = await createGateway({
    listen: [{ host: '127.0.0.1', port: 0, tls: false }],
    balanceFile,
    stateFolder: join(folder, '.tildegate'),
    version: '0.0.0',
    log,
    clock: systemClock,
    random: systemRandom,
    // Who asks for a tunnel that is not there is to be told so at once.
    limits: { returnMs: 0, ...limits },
    ...more,
  })
  const agents: AgentTwin[] = []
  onTestFinished(async () => {
    for (const agent of agents) agent.destroy()
    await gateway.destroy()
  })
  const url = gateway.listeners[0]?.url ?? ''
  const port = Number(new URL(url).port)
  return {
    gateway,
    url,
    port,
    folder,
    balanceFile,
    lines,
    async agent(agentOptions = {}) {
      const isTls = url.startsWith('https:')
      const agent = await AgentTwin.connect({ port, isTls, name: 'srv', password: 'pw', ...agentOptions })
      agents.push(agent)
      return agent
    },
    writeBalance: text => writeFileSync(balanceFile, text),
  }
}
