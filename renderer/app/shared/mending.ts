/** Which button mends a problem: another password for the tunnel or for a proxy, a keychain unlocked, or else another try. Pure. */
import type { Problem } from '../../../shared/ipc/views.ts'

export type Mending =
  | { readonly kind: 'tunnelPassword' }
  | { readonly kind: 'proxyPassword'; readonly hop: number }
  | { readonly kind: 'unlock' }
  | { readonly kind: 'retry' }

const ofTunnel: readonly Problem['code'][] = ['password-refused', 'gateway-not-proven']
const ofProxy: readonly Problem['code'][] = [
  'proxy-auth-refused',
  'proxy-auth-refused-backslash',
  'proxy-auth-given-up',
  'proxy-password-expired',
]
/** The store has none, or it cannot be read any more. */
const ofEither: readonly Problem['code'][] = ['password-missing', 'secret-store-damaged']
const ofKeychain: readonly Problem['code'][] = ['keychain-locked', 'keychain-shut']

export function mendingOf({ code, hop }: Pick<Problem, 'code' | 'hop'>): Mending {
  if (hop !== undefined && [...ofProxy, ...ofEither].includes(code)) return { kind: 'proxyPassword', hop }
  if (hop === undefined && [...ofTunnel, ...ofEither].includes(code)) return { kind: 'tunnelPassword' }
  return { kind: ofKeychain.includes(code) ? 'unlock' : 'retry' }
}
