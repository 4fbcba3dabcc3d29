/** The subserver's engine: tunnels from this computer to gateways. */
export { type Agent, type AgentOptions, createAgent } from './agent.ts'
export {
  type PasswordSource,
  passwordFrom,
  type TunnelEntry,
  type VisitorPasswordSource,
  visitorPasswordFrom,
} from './entry.ts'
export { type HopResolver, type HopSources, hopResolver } from './hops.ts'
export { type AgentLimits, agentLimits } from './limits.ts'
export { NetworkWatch } from './network-watch.ts'
export { type LoginAccount, RefusedLogins, refusedLoginsFolder } from './refused-logins.ts'
export { type RouteTest, testRoute } from './route-test/test-route.ts'
export {
  accountsNeeded,
  commandFor,
  labelOf,
  proxyAccount,
  type SecretAccount,
  tunnelAccount,
  visitorsAccount,
} from './secrets/account.ts'
export { EntryPasswords } from './secrets/entry-passwords.ts'
export { movePasswords } from './secrets/move-passwords.ts'
export { openSecretStore } from './secrets/open-store.ts'
export { type SecretStore, type SecretStoreKind, secretStoreKinds } from './secrets/secret-store.ts'
export type { Target } from './targets/target.ts'
export {
  createTunnel,
  type Tunnel,
  type TunnelOptions,
  type TunnelState,
  type TunnelStatus,
} from './tunnel.ts'
export { keptSalts, type VisitorSaltSource } from './visitors/visitor-salts.ts'
