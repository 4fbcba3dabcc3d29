/** The sites built into the agent. They have no listening socket: nobody but the agent can reach them. */
import type { Server } from 'node:http'
import type { SpliceSide } from '../../net/splice.ts'
import type { SiteName } from '../targets/target.ts'
import { memoryPair } from './memory-pair.ts'
import { createSampleSite } from './sample.ts'
import { createWelcomeSite } from './welcome.ts'

const create: Readonly<Record<SiteName, () => Server>> = {
  welcome: createWelcomeSite,
  sample: createSampleSite,
}
const servers = new Map<SiteName, Server>()

/** A new connection to the site, within this process. */
export function openSite(name: SiteName): SpliceSide {
  const server = servers.get(name) ?? create[name]()
  servers.set(name, server)
  // An idle connection is the gateway's to close, and an upload may take its time.
  server.keepAliveTimeout = 0
  server.requestTimeout = 0
  const [ours, theirs] = memoryPair()
  server.emit('connection', theirs)
  return { stream: ours, reset: cause => void ours.destroy(cause) }
}
