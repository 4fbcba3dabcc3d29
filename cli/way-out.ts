/** How `agent` and `test` get their passwords and go out. */
import {
  EntryPasswords,
  hopResolver,
  keptSalts,
  openSecretStore,
  type PasswordSource,
  RefusedLogins,
  refusedLoginsFolder,
  type SecretStoreKind,
  type VisitorPasswordSource,
  type VisitorSaltSource,
} from '../agent/index.ts'
import { CredentialGuard } from '../net/auth/index.ts'
import { createDialer, type Dialer } from '../net/dial/index.ts'
import { nameOf } from '../net/proxy/chain.ts'
import { askByCommands, SystemProxies } from '../net/system-proxy/index.ts'
import { systemClock as clock, systemRandom as random } from '../net/world.ts'
import type { AgentEntry } from '../shared/balance/index.ts'
import type { Log } from '../shared/world.ts'
import { readConfiguration } from './settings/read-configuration.ts'

export interface WayOutFlags {
  readonly ca?: string
  readonly secretStore: SecretStoreKind
}

export interface WayOut {
  readonly passwordOf: PasswordSource
  readonly visitorPasswordOf: VisitorPasswordSource
  readonly visitorSaltOf: VisitorSaltSource
  readonly dialer: Dialer
  /** What proxies have refused of this entry’s logins may be tried again. */
  forgetRefusals(entry: AgentEntry, signal: AbortSignal): Promise<void>
  /** No password is asked for any more. */
  close(): void
}

/**
 * @param onUnlocked the keychain gave out a secret, later than it was waited for
 * @throws CommandFailure 78
 */
export function createWayOut(flags: WayOutFlags, log: Log, onUnlocked: () => void = () => {}): WayOut {
  const ca = flags.ca === undefined ? undefined : readConfiguration(flags.ca).toString('utf8')
  const environment = process.env
  const system = new SystemProxies({ environment, clock, log, system: askByCommands({ environment, clock }) })
  const refusedLogins = new RefusedLogins({ folder: refusedLoginsFolder(environment), clock, random, log })
  const guard = new CredentialGuard(random, clock, refusedLogins)
  const kind = flags.secretStore
  const store = openSecretStore({ kind, environment, clock, random, onLateAnswer: onUnlocked })
  const passwords = new EntryPasswords({ store, environment, guard, log })
  const resolveHops = hopResolver({
    environment,
    keychainPassword: passwords.keychainPassword,
    keychainLogin: passwords.keychainLogin,
    systemWays: (gateway, signal) => system.lookUp(gateway, signal),
  })
  return {
    passwordOf: passwords.passwordOf,
    visitorPasswordOf: passwords.visitorPasswordOf,
    visitorSaltOf: keptSalts({ environment, random, log }),
    dialer: createDialer({
      clock,
      random,
      ...(ca === undefined ? {} : { ca }),
      guard,
      resolveHops,
      onNetworkChange: () => system.networkChanged(),
      onOutOfReach: () => system.doubt(),
    }),
    async forgetRefusals(entry, signal) {
      const ways = await resolveHops(entry, signal)
      for (const hop of ways.flatMap(({ hops }) => hops))
        if (hop.login !== undefined) await refusedLogins.forget(nameOf(hop), hop.login)
    },
    close: () => store.close(),
  }
}
