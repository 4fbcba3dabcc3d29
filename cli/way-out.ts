/** How `agent` and `test` get their passwords and go out. */
import { hopResolver, type PasswordSource, passwordFrom } from '../agent/index.ts'
import { createDialer, type Dialer } from '../net/dial/index.ts'
import { SystemProxies } from '../net/system-proxy/index.ts'
import { systemClock, systemRandom } from '../net/world.ts'
import type { Log } from '../shared/world.ts'
import { readConfiguration } from './settings/read-configuration.ts'

export interface WayOutFlags {
  readonly ca?: string
}

/** @throws CommandFailure 78 */
export function createWayOut(flags: WayOutFlags, log: Log): { passwordOf: PasswordSource; dialer: Dialer } {
  const ca = flags.ca === undefined ? undefined : readConfiguration(flags.ca).toString('utf8')
  const system = new SystemProxies({ environment: process.env, clock: systemClock, log })
  return {
    passwordOf: passwordFrom(process.env),
    dialer: createDialer({
      clock: systemClock,
      random: systemRandom,
      ...(ca === undefined ? {} : { ca }),
      resolveHops: hopResolver({
        environment: process.env,
        systemWays: (gateway, signal) => system.lookUp(gateway, signal),
      }),
      onNetworkChange: () => system.networkChanged(),
      onOutOfReach: () => system.doubt(),
    }),
  }
}
