/** `tildegate service install | uninstall | status gateway | agent`: starts with the computer, by the system's own service manager. */
import { Argument, Command } from 'commander'
import { type ExitStatus, exitStatus } from '../failure.ts'
import { install, type Say, show, showRemoval, status, uninstall } from '../service/carry-out.ts'
import { type ServiceName, serviceNames } from '../service/plan.ts'
import {
  planFor,
  requireManager,
  requireReadableProgram,
  type ServiceFlags,
  serviceRequest,
} from '../service/request.ts'

/** Makes the command of a service, whose options are checked by it. */
export type CommandOf = Readonly<Record<ServiceName, () => Command>>

const say: Say = line => void process.stdout.write(`${line}\n`)

export function serviceCommand(finish: (status: ExitStatus) => void, commandOf: CommandOf): Command {
  const sub = (verb: string, description: string) =>
    new Command(verb)
      .description(description)
      .addArgument(new Argument('<name>').choices(serviceNames))
      .option('--user', 'of this user, without an administrator; else of the whole system')
  const requestFor = (name: ServiceName, words: readonly string[], flags: ServiceFlags) =>
    serviceRequest(name, words, flags, commandOf[name]())

  const service = new Command('service')
    .description('Start gateway or agent with the computer (systemd, launchd, Windows tasks).')
    .addHelpText(
      'after',
      `
Examples:
  sudo tildegate service install gateway --sockets -- --listen-tls 0.0.0.0:443
  tildegate service install agent --user
  tildegate service status gateway
Options after -- are those of the service. systemd: the files of a system service
are in /etc/tildegate; else those of the folder you are in.`,
    )
  service.addCommand(
    sub('install', 'Write its files and start it; again: bring them up to date.')
      .argument('[options...]', 'after --: of the service')
      .option('--sockets', 'systemd opens the gateway’s ports: a restart refuses nobody')
      .option('--dry-run', 'show what would be written and run')
      .action((name: ServiceName, words: readonly string[], flags: ServiceFlags) => {
        const request = requestFor(name, words, flags)
        if (flags.dryRun) show(planFor(request), say)
        else {
          requireManager(request)
          requireReadableProgram(request)
          install(planFor(request), say)
        }
        finish(exitStatus.fine)
      }),
  )
  service.addCommand(
    sub('uninstall', 'Stop it and remove what was written.')
      .option('--dry-run', 'show what would be removed')
      .action((name: ServiceName, flags: ServiceFlags) => {
        const request = everything(name, requestFor(name, [], flags))
        if (flags.dryRun) showRemoval(planFor(request), say)
        else {
          requireManager(request)
          uninstall(planFor(request), say)
        }
        finish(exitStatus.fine)
      }),
  )
  service.addCommand(
    sub('status', 'What the service manager says. Exit status: 0 it runs, 1 it does not.').action(
      (name: ServiceName, flags: ServiceFlags) => {
        finish(status(planFor(requestFor(name, [], flags)), say) ? exitStatus.fine : exitStatus.failed)
      },
    ),
  )
  for (const command of service.commands) command.exitOverride()
  return service
}

/** Whatever an installation may have written: which ports it named is not known any more. */
function everything<T extends ReturnType<typeof serviceRequest>>(name: ServiceName, request: T): T {
  return name === 'gateway' ? { ...request, sockets: { http: [''], https: [''] } } : request
}
