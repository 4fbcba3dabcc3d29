/** Logins at proxies: Basic, NTLM, and the guard against locking accounts. */
export {
  type AuthenticatorParts,
  createAuthenticator,
  type NextStep,
  type ProxyAuthenticator,
  type ResolvedLogin,
} from './authenticator.ts'
export { serverEndPointBindings } from './channel-bindings.ts'
export { CredentialGuard } from './credential-guard.ts'
export {
  LoginNames,
  type LoginTry,
  MemoryRefusals,
  maxRefusals,
  type RefusalRecord,
  remember,
} from './refusal-record.ts'
