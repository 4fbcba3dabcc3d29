/** An entry of backbalance.bin as text, in the keychain form: no password stands in it. */
import { type AgentEntry, type GatewayAddress, readAgentEntry } from './agent-grammar.ts'
import { LineReading } from './entry-line.ts'
import type { Hop, HopLogin } from './hop.ts'
import { printHost } from './host-port.ts'
import { printTarget, type TargetSpec } from './target.ts'
import { printVisitors, type VisitorsSource } from './visitors.ts'

export interface PlainLogin extends Omit<HopLogin, 'password'> {
  /** Nothing is asked of the keychain: the login has an empty password. */
  readonly isPasswordEmpty?: boolean
}

export type PlainHop =
  | { readonly kind: 'system' }
  | (Omit<Extract<Hop, { host: string }>, 'login'> & { readonly login?: PlainLogin })

export interface PlainEntry extends Pick<AgentEntry, 'name' | 'gateway'> {
  readonly hops: readonly PlainHop[]
  readonly target?: TargetSpec
  readonly visitors?: VisitorsSource
}

/** @throws RangeError where a part cannot be written so that it reads back as the same (a colon in a user's name) */
export function printEntry(entry: PlainEntry): string {
  const { name, gateway, hops, target, visitors } = entry
  const arrows = hops.map(hop => ` -> ${printHop(hop)}`).join('')
  const share = [...(target ? [printTarget(target)] : []), ...(visitors ? [printVisitors(visitors)] : [])]
  const behind = share.length === 0 ? '' : ` => ${share.join(' ')}`
  const text = `/~~${name}=#${printGateway(gateway)}${arrows}${behind};`
  const reading = new LineReading(text)
  const read = readAgentEntry(reading, 1, {})
  if (read === undefined || reading.findings.length > 0 || !isSame(read, entry))
    throw new RangeError('This entry cannot be written.')
  return text
}

function printGateway({ scheme, host, port }: GatewayAddress): string {
  return `${scheme === undefined ? '' : `${scheme}://`}${printHost(host)}:${port}`
}

function printHop(hop: PlainHop): string {
  if (hop.kind === 'system') return 'system'
  const { kind, host, port, login } = hop
  const scheme = kind === 'http' ? '' : `${kind}://`
  return `${scheme}${login === undefined ? '' : `${printLogin(login)}@`}${printHost(host)}:${port}`
}

function printLogin({ scheme, domain = '', user, isPasswordEmpty }: PlainLogin): string {
  const account = scheme === 'ntlm' ? `${domain}\\${user}` : user
  return isPasswordEmpty ? `${account}:` : account
}

function isSame(read: AgentEntry, wanted: PlainEntry): boolean {
  const parts = ({ name, gateway, hops, target, visitors }: PlainEntry | AgentEntry) =>
    JSON.stringify([
      name,
      [gateway.scheme, gateway.host, gateway.port],
      hops.map(hop => {
        if (hop.kind === 'system') return ['system']
        const { scheme, domain, user } = hop.login ?? {}
        return [hop.kind, hop.host, hop.port, scheme, scheme === 'ntlm' ? (domain ?? '') : undefined, user]
      }),
      target && [target.scheme, target.host, target.port, target.base, target.keepsHost],
      visitors && printVisitors(visitors),
    ])
  return parts(read) === parts(wanted)
}
