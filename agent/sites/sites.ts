/** The sites built into the agent. They have no listening socket: nobody but the agent can reach them. */
import type { Server } from 'node:http'
import type { SpliceSide } from '../../net/splice.ts'
import type { Clock } from '../../shared/world.ts'
import type { SiteName } from '../targets/target.ts'
import { memoryPair } from './memory-pair.ts'
import { createSampleSite } from './sample.ts'
import { createWelcomeSite } from './welcome.ts'

export class Sites {
  readonly #servers = new Map<SiteName, Server>()
  readonly #clock: Clock

  constructor(clock: Clock) {
    this.#clock = clock
  }

  /** A new connection to the site, within this process. */
  open(name: SiteName): SpliceSide {
    const [ours, theirs] = memoryPair()
    this.#server(name).emit('connection', theirs)
    return { stream: ours, reset: cause => void ours.destroy(cause) }
  }

  #server(name: SiteName): Server {
    const existing = this.#servers.get(name)
    if (existing !== undefined) return existing
    const server = name === 'welcome' ? createWelcomeSite() : createSampleSite(this.#clock)
    // An idle connection is the gateway's to close, and an upload may take its time.
    server.keepAliveTimeout = 0
    server.requestTimeout = 0
    this.#servers.set(name, server)
    return server
  }
}
