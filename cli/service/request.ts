/** From the arguments of `tildegate service` to what is asked for: the options of the service are checked before anything is written. */
import { existsSync } from 'node:fs'
import { homedir, userInfo } from 'node:os'
import { resolve } from 'node:path'
import type { Command } from 'commander'
import { TildegateError } from '../../shared/errors.ts'
import { CommandFailure, exitStatus } from '../failure.ts'
import type { HostPort } from '../host-port.ts'
import { ownProgram } from '../own-program.ts'
import { defaultFile } from '../settings/default-files.ts'
import { hiddenPart } from './hidden-part.ts'
import { launchdPlan } from './launchd.ts'
import type { ServiceName, ServicePlan, ServiceRequest } from './plan.ts'
import { systemdPlan, systemFolder } from './systemd.ts'
import { windowsTaskPlan } from './windows-task.ts'

export interface ServiceFlags {
  readonly user?: true
  readonly sockets?: true
  readonly dryRun?: true
}

/** @param command the command of the service, as the command line has it */
export function serviceRequest(
  name: ServiceName,
  words: readonly string[],
  flags: ServiceFlags,
  command: Command,
): ServiceRequest {
  const options = parsed(command, words)
  if (options['line'] !== undefined)
    throw wrong(
      'An entry in --line would stand in a file that everybody may read. Put it into backbalance.bin.',
    )
  const taken = name === 'agent' ? ['--file'] : flags.sockets ? ['--listen', '--listen-tls'] : []
  const isOfSystem = flags.user !== true
  const isSystemd = process.platform === 'linux'
  const { username, uid } = userInfo()
  const user = (isOfSystem && process.env['SUDO_USER']) || username
  const files =
    (options['file'] as readonly string[] | undefined) ?? (name === 'agent' ? ['backbalance.bin'] : [])
  const folder = isOfSystem && isSystemd ? systemFolder : resolve('.')
  const balance = defaultFile('balance.bin', folder)
  const lacksBalance =
    name === 'gateway' && isOfSystem && isSystemd && options['balance'] === undefined && !existsSync(balance)
  return {
    name,
    scope: isOfSystem ? 'system' : 'user',
    program: ownProgram,
    options: without(words, taken),
    entryFiles: files,
    ...(flags.sockets ? { sockets: socketsOf(name, options) } : {}),
    ...(lacksBalance ? { emptyBalance: balance } : {}),
    folder,
    home: homedir(),
    uid,
    user: process.platform === 'win32' ? `${process.env['USERDOMAIN'] ?? '.'}\\${user}` : user,
  }
}

export function planFor(request: ServiceRequest): ServicePlan {
  switch (process.platform) {
    case 'win32':
      return windowsTaskPlan(request, process.env['ProgramData'] ?? 'C:\\ProgramData')
    case 'darwin':
      return launchdPlan(request)
    default:
      return systemdPlan(request)
  }
}

/**
 * Services of the system have users of their own, who see no more than everybody does. To be asked before anything is written.
 * @throws TildegateError service-program-hidden
 */
export function requireReadableProgram({ scope, program }: ServiceRequest): void {
  if (process.platform !== 'linux' || scope === 'user') return
  const file = program.map(hiddenPart).find(part => part !== undefined)
  if (file !== undefined) throw new TildegateError('service-program-hidden', { file })
}

/**
 * To be asked before anything is written.
 * @throws TildegateError service-manager-missing, service-not-permitted
 */
export function requireManager({ scope }: ServiceRequest): void {
  if (process.platform !== 'linux' && process.platform !== 'darwin') return
  // sd_booted(3).
  if (process.platform === 'linux' && !existsSync('/run/systemd/system'))
    throw new TildegateError('service-manager-missing', { reason: 'systemd does not run here' })
  if (scope === 'system' && process.getuid?.() !== 0)
    throw new TildegateError('service-not-permitted', { reason: 'this is not root' })
}

function parsed(command: Command, words: readonly string[]): Record<string, unknown> {
  // Variables of this terminal are not those of the service.
  for (const option of command.options) delete option.envVar
  command.exitOverride().action(() => {})
  command.parse([...words], { from: 'user' })
  return command.opts()
}

function socketsOf(name: ServiceName, options: Record<string, unknown>): { http: string[]; https: string[] } {
  const addresses = (key: string) =>
    ((options[key] as readonly HostPort[] | undefined) ?? []).map(({ host, port }) => {
      if (port === 0) throw wrong('--sockets needs a port: systemd opens it.')
      return host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`
    })
  if (process.platform !== 'linux') throw wrong('--sockets is for systemd.')
  const sockets = { http: addresses('listen'), https: addresses('listenTls') }
  if (name !== 'gateway' || sockets.http.length + sockets.https.length === 0)
    throw wrong('--sockets is for a gateway whose ports are named: -- --listen-tls 0.0.0.0:443')
  return sockets
}

/** `--name value` and `--name=value`. */
function without(words: readonly string[], names: readonly string[]): string[] {
  return words.filter((word, i) => {
    const before = words[i - 1] ?? ''
    return !names.includes(before) && !names.some(name => word === name || word.startsWith(`${name}=`))
  })
}

function wrong(message: string): CommandFailure {
  return new CommandFailure(exitStatus.usage, message)
}
