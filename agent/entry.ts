/** What the agent needs of an entry of backbalance.bin, and where its password comes from. */
import type { AgentEntry } from '../shared/balance/index.ts'
import { TildegateError } from '../shared/errors.ts'
import { said } from '../shared/phrases.ts'
import { Secret } from '../shared/secret.ts'
import type { Target } from './targets/target.ts'

export type TunnelEntry = Pick<AgentEntry, 'name' | 'password' | 'gateway' | 'hops' | 'target' | 'visitors'>

/** Asked anew for each attempt, so that what the user has mended counts. May reject with password-missing. */
export type PasswordSource = (entry: TunnelEntry) => Promise<Secret>

/** The password that visitors are asked for. Undefined: the entry does not want one. */
export type VisitorPasswordSource = (entry: TunnelEntry) => Promise<Secret | undefined>

/** From the entry itself or the environment. The keychain is not reached here: another source may wrap this one. */
export function passwordFrom(environment: Readonly<Record<string, string | undefined>>): PasswordSource {
  return async ({ name, password }) => {
    switch (password.kind) {
      case 'file':
        return password.secret
      case 'environment': {
        const text = environment[password.variable]
        if (text !== undefined && text !== '') return Secret.fromText(text)
        throw new TildegateError('password-missing', {
          name: `/~~${name}`,
          ...said('reason', 'variable-unset', { variable: password.variable }),
        })
      }
      case 'keychain':
        throw new TildegateError('password-missing', {
          name: `/~~${name}`,
          ...said('reason', 'no-keychain-here'),
        })
    }
  }
}

/** The same for the password of visitors. */
export function visitorPasswordFrom(
  environment: Readonly<Record<string, string | undefined>>,
): VisitorPasswordSource {
  return async ({ name, visitors }) => {
    if (visitors === undefined) return undefined
    const text = visitors.kind === 'environment' ? environment[visitors.variable] : undefined
    if (text !== undefined && text !== '') return Secret.fromText(text)
    throw new TildegateError('password-missing', {
      ...said('name', 'visitors-of', { tunnel: `/~~${name}` }),
      ...(visitors.kind === 'environment'
        ? said('reason', 'variable-unset', { variable: visitors.variable })
        : said('reason', 'no-keychain-here')),
    })
  }
}

/** The entry's own target, else what the user chose for all, else the page that says this computer is reachable. */
export function targetOf(entry: TunnelEntry, fallback?: Target): Target {
  if (entry.target !== undefined) return { kind: 'service', ...entry.target }
  return fallback ?? { kind: 'site', site: 'welcome' }
}
