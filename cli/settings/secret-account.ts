/** `--tunnel`, `--visitors`, `--hop` and `--login`: whose secret is meant, written as in an entry. What is typed is never repeated: it may hold a password. */
import { proxyAccount, type SecretAccount, tunnelAccount, visitorsAccount } from '../../agent/index.ts'
import { nameOf } from '../../net/proxy/endpoint.ts'
import { type AgentEntry, parseBackbalance } from '../../shared/balance/index.ts'
import { CommandFailure, exitStatus } from '../failure.ts'

export interface AccountFlags {
  readonly tunnel?: string
  readonly visitors?: string
  readonly hop?: string
  readonly login?: string
}

/** @returns undefined where no flag names one. @throws CommandFailure 64 */
export function accountOf({ tunnel, visitors, hop, login }: AccountFlags): SecretAccount | undefined {
  if (hop === undefined && login !== undefined) throw wrong('--login belongs to --hop HOST:PORT.')
  if ([tunnel, visitors, hop].filter(flag => flag !== undefined).length > 1)
    throw wrong('--tunnel, --visitors and --hop name different secrets: give one of them.')
  if (tunnel !== undefined) return tunnelAccount(tunnelOf('--tunnel', tunnel))
  if (visitors !== undefined) return visitorsAccount(tunnelOf('--visitors', visitors))
  return hop === undefined ? undefined : proxyOf(hop, login)
}

function tunnelOf(flag: string, text: string): AgentEntry {
  const at = text.indexOf('@')
  const entry = at < 0 ? undefined : entryOf(`/~~${text.slice(0, at)}=#${text.slice(at + 1)};`)
  const isPlain =
    entry?.password.kind === 'keychain' && entry.hops.length === 0 && !entry.target && !entry.visitors
  if (entry !== undefined && isPlain) return entry
  throw wrong(`Write ${flag} NAME@HOST:PORT, as the entry does: homePC@gateway.example:443.`)
}

function proxyOf(text: string, login: string | undefined): SecretAccount {
  if (login !== undefined && text.includes('@')) throw wrong('Give the login once, with --login.')
  if (login?.includes(':')) throw passwordInArguments()
  const entry = entryOf(`/~~x=#x:1 -> ${login === undefined ? '' : `${login}@`}${text};`)
  const [hop, ...others] = entry?.hops ?? []
  if (hop === undefined || hop.kind === 'system' || others.length > 0 || entry?.target !== undefined)
    throw wrong(
      'Write --hop HOST:PORT --login LOGIN, as the entry does: 192.168.10.11:808 and mydomain\\user.',
    )
  if (hop.login === undefined)
    throw wrong('Add --login, as the entry writes it: user, \\user or domain\\user.')
  if (hop.login.password.kind !== 'keychain') throw passwordInArguments()
  return proxyAccount(nameOf(hop), hop.login)
}

function entryOf(line: string): AgentEntry | undefined {
  const { entries, diagnostics } = parseBackbalance(line, 'arguments')
  return diagnostics.length === 0 && entries.length === 1 ? entries[0] : undefined
}

function passwordInArguments(): CommandFailure {
  return wrong(
    'The password is no part of the arguments, where everyone on this computer sees it: it is asked for. Change it if it is real.',
  )
}

function wrong(message: string): CommandFailure {
  return new CommandFailure(exitStatus.usage, message)
}
