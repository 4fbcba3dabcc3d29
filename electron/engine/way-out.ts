/** How the tunnels get their passwords and go out. */
import {
  EntryPasswords,
  hopResolver,
  keptSalts,
  openSecretStore,
  type PasswordSource,
  RefusedLogins,
  refusedLoginsFolder,
  type SecretStore,
  type SecretStoreKind,
  type VisitorPasswordSource,
  type VisitorSaltSource,
} from '../../agent/index.ts'
import { CredentialGuard } from '../../net/auth/index.ts'
import { createDialer, type Dialer } from '../../net/dial/index.ts'
import { askByElectron, SystemProxies } from '../../net/system-proxy/index.ts'
import { systemClock as clock, systemRandom as random } from '../../net/world.ts'
import type { Log } from '../../shared/world.ts'

export interface WayOut {
  readonly passwordOf: PasswordSource
  readonly visitorPasswordOf: VisitorPasswordSource
  readonly visitorSaltOf: VisitorSaltSource
  readonly dialer: Dialer
  readonly store: SecretStore
}

/** `resolveProxy`: as Electron's session has it; PAC files run there, in Chromium. */
export function createWayOut(
  log: Log,
  resolveProxy: (url: string) => Promise<string>,
  options: { readonly secretStore: SecretStoreKind; onUnlocked(): void; onStale(): void },
): WayOut {
  const environment = process.env
  const system = new SystemProxies({ environment, clock, log, system: askByElectron(resolveProxy) })
  const refusedLogins = new RefusedLogins({ folder: refusedLoginsFolder(environment), clock, random, log })
  const guard = new CredentialGuard(random, clock, refusedLogins)
  const store = openSecretStore({
    kind: options.secretStore,
    environment,
    clock,
    random,
    isExpendable: true,
    onLateAnswer: options.onUnlocked,
    onStale: options.onStale,
  })
  const passwords = new EntryPasswords({ store, environment, guard, log })
  return {
    store,
    passwordOf: passwords.passwordOf,
    visitorPasswordOf: passwords.visitorPasswordOf,
    visitorSaltOf: keptSalts({ environment, random, log }),
    dialer: createDialer({
      clock,
      random,
      guard,
      resolveHops: hopResolver({
        environment,
        keychainPassword: passwords.keychainPassword,
        keychainLogin: passwords.keychainLogin,
        systemWays: (gateway, signal) => system.lookUp(gateway, signal),
      }),
      onNetworkChange: () => system.networkChanged(),
      onOutOfReach: () => system.doubt(),
    }),
  }
}
