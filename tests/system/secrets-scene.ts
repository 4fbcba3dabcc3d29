/** What the tests of passwords and the built programs share. */
import { join } from 'node:path'
import { temporaryFolder } from '../support/files.ts'
import { startGateway, startProgram } from '../support/programs.ts'

export const secret = 'SECRETpässwörd#1'
export const home = ['--tunnel', 'homePC@gateway.example:443']

interface RunOptions {
  readonly env: NodeJS.ProcessEnv
  readonly input?: string | Uint8Array
  readonly cwd?: string
}

export async function run(args: readonly string[], options: RunOptions) {
  const program = startProgram(args, options)
  const status = await program.ended
  return { status, stdout: program.stdout.join('\n'), stderr: program.stderr.join('\n') }
}

/** An environment without any keychain, and with a place for the file store. */
export function bare(): NodeJS.ProcessEnv {
  const folder = temporaryFolder()
  return {
    HOME: folder,
    XDG_DATA_HOME: join(folder, 'data'),
    DBUS_SESSION_BUS_ADDRESS: `unix:path=${folder}/none`,
  }
}

export async function gatewayOf(password: string) {
  const folder = temporaryFolder({ 'balance.bin': `/~~homePC=${password}#:*;\n` })
  return startGateway(['--listen', '127.0.0.1:0', '--balance', join(folder, 'balance.bin')])
}
