/** How `agent` and `test` get their passwords and go out. */
import { join } from 'node:path'
import { hopResolver, type PasswordSource, passwordFrom, RefusedLogins } from '../agent/index.ts'
import { CredentialGuard } from '../net/auth/index.ts'
import { createDialer, type Dialer } from '../net/dial/index.ts'
import { askByCommands, SystemProxies } from '../net/system-proxy/index.ts'
import { systemClock as clock, systemRandom as random } from '../net/world.ts'
import type { Log } from '../shared/world.ts'
import { readConfiguration } from './settings/read-configuration.ts'
import { stateFolder } from './settings/state-folder.ts'

export interface WayOutFlags {
  readonly ca?: string
}

export interface WayOut {
  readonly passwordOf: PasswordSource
  readonly dialer: Dialer
  readonly refusedLogins: RefusedLogins
}

/** @throws CommandFailure 78 */
export function createWayOut(flags: WayOutFlags, log: Log): WayOut {
  const ca = flags.ca === undefined ? undefined : readConfiguration(flags.ca).toString('utf8')
  const environment = process.env
  const system = new SystemProxies({ environment, clock, log, system: askByCommands({ environment, clock }) })
  const refusedLogins = new RefusedLogins({
    folder: join(stateFolder(), 'refused-logins'),
    clock,
    random,
    log,
  })
  return {
    passwordOf: passwordFrom(process.env),
    dialer: createDialer({
      clock,
      random,
      ...(ca === undefined ? {} : { ca }),
      guard: new CredentialGuard(random, clock, refusedLogins),
      resolveHops: hopResolver({
        environment: process.env,
        systemWays: (gateway, signal) => system.lookUp(gateway, signal),
      }),
      onNetworkChange: () => system.networkChanged(),
      onOutOfReach: () => system.doubt(),
    }),
    refusedLogins,
  }
}
