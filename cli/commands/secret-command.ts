/** The words of `tildegate secret`: subcommands, options, help. */
import { Command } from 'commander'
import type { ExitStatus } from '../failure.ts'
import { secretStoreOption } from '../secret-store-option.ts'
import { runSecretDelete, runSecretList, runSecretMove, runSecretSet } from './secret.ts'

function withAccount(command: Command): Command {
  return command
    .option('--tunnel <name@host:port>', 'the password of a tunnel')
    .option('--visitors <name@host:port>', 'what visitors of a tunnel are asked for')
    .option('--hop <host:port>', 'the password for a proxy; with --login')
    .option('--login <login>', 'as in the entry: user, \\user or domain\\user')
}

function setCommand(): Command {
  return withAccount(new Command('set'))
    .description('Store a password. It is asked for without echo, or read from standard input.')
    .option('--file <file>', 'ask for all that this backbalance.bin leaves out')
    .addOption(secretStoreOption())
    .addHelpText(
      'after',
      `
Examples:
  tildegate secret set                        all that ./backbalance.bin leaves out
  tildegate secret set --tunnel homePC@gateway.example:443
  tildegate secret set --visitors homePC@gateway.example:443
  tildegate secret set --hop 192.168.10.11:808 --login 'mydomain\\user'
  printf %s "$PW" | tildegate secret set --tunnel homePC@gateway.example:443`,
    )
}

function deleteCommand(): Command {
  return withAccount(new Command('delete'))
    .description('Delete a stored password.')
    .option('--all', 'every one that Tildegate has stored')
    .addOption(secretStoreOption())
    .addHelpText(
      'after',
      `
Examples:
  tildegate secret delete --tunnel homePC@gateway.example:443
  tildegate secret delete --hop 192.168.10.11:808 --login 'mydomain\\user'
Exit status: 0 deleted, 1 there was none.`,
    )
}

function listCommand(): Command {
  return new Command('list')
    .description('Whose passwords are stored; never the passwords.')
    .option('--file <file>', 'what this backbalance.bin needs: stored or missing')
    .option('--json', 'machine-readable')
    .addOption(secretStoreOption())
    .addHelpText(
      'after',
      `
Examples:
  tildegate secret list
  tildegate secret list --file backbalance.bin
Exit status: 0, or 1 where something is missing.`,
    )
}

function moveCommand(): Command {
  return new Command('move')
    .description(
      'Move the passwords of a backbalance.bin to the keychain; the rest of the file stays as it is.',
    )
    .argument('[file]', 'default ./backbalance.bin, ./webserver/backbalance.bin')
    .option('--keep-backup', 'leave the passwords in FILE.bak')
    .addOption(secretStoreOption())
    .addHelpText(
      'after',
      `
Example:
  tildegate secret move backbalance.bin
Everything is stored and read back before the file is touched. FILE.bak then holds no password either.`,
    )
}

/** Each subcommand calls `finish` with its exit status. */
export function secretCommand(finish: (status: ExitStatus) => void): Command {
  const command = new Command('secret')
    .description('Passwords in the keychain of this system.')
    .showHelpAfterError('(add --help for the options)')
    .addHelpText(
      'after',
      `
Examples:
  tildegate secret set            asks for all that ./backbalance.bin leaves out
  tildegate secret list
  tildegate secret move           out of the file, into the keychain
See docs/secrets.md.`,
    )
  command.addCommand(
    setCommand().action(async (flags: Parameters<typeof runSecretSet>[0]) =>
      finish(await runSecretSet(flags)),
    ),
  )
  command.addCommand(
    deleteCommand().action(async (flags: Parameters<typeof runSecretDelete>[0]) =>
      finish(await runSecretDelete(flags)),
    ),
  )
  command.addCommand(
    listCommand().action(async (flags: Parameters<typeof runSecretList>[0]) =>
      finish(await runSecretList(flags)),
    ),
  )
  command.addCommand(
    moveCommand().action(async (file: string | undefined, flags: Parameters<typeof runSecretMove>[1]) =>
      finish(await runSecretMove(file, flags)),
    ),
  )
  for (const part of command.commands) part.exitOverride().showHelpAfterError('(add --help for the options)')
  return command
}
