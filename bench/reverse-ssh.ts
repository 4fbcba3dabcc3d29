/** A reverse tunnel of OpenSSH (`ssh -R`), the peer that everybody has; left out where ssh and sshd are not installed. */
import { execFileSync, spawn, spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { freePort, untilListening } from './listening.ts'

const sshd = '/usr/sbin/sshd'

export async function startReverseSsh(folder: string, targetPort: number) {
  if (!existsSync(sshd) || spawnSync('ssh', ['-V'], { stdio: 'ignore' }).status !== 0) return undefined
  const [serverPort, port] = [await freePort(), await freePort()]
  const [hostKey, userKey] = [join(folder, 'host-key'), join(folder, 'user-key')]
  for (const key of [hostKey, userKey])
    execFileSync('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-f', key])
  const isRoot = process.getuid?.() === 0
  if (isRoot) mkdirSync('/run/sshd', { recursive: true, mode: 0o755 })
  const config = join(folder, 'sshd_config')
  writeFileSync(
    config,
    `Port ${serverPort}
ListenAddress 127.0.0.1
HostKey ${hostKey}
PidFile none
AuthorizedKeysFile ${userKey}.pub
StrictModes no
PermitRootLogin prohibit-password
PasswordAuthentication no
UsePAM no
`,
  )
  const server = spawn(sshd, ['-D', '-e', '-f', config], { stdio: 'ignore' })
  await untilListening('sshd', serverPort)
  const options = [
    'BatchMode=yes',
    'ExitOnForwardFailure=yes',
    'StrictHostKeyChecking=no',
    'UserKnownHostsFile=/dev/null',
    'LogLevel=ERROR',
  ].flatMap(option => ['-o', option])
  const client = spawn(
    'ssh',
    [
      ...['-F', 'none', '-N', '-i', userKey, '-p', String(serverPort), ...options],
      ...['-R', `127.0.0.1:${port}:127.0.0.1:${targetPort}`, '127.0.0.1'],
    ],
    { stdio: ['ignore', 'ignore', 'inherit'] },
  )
  await untilListening('ssh -R', port)
  return {
    url: `http://127.0.0.1:${port}`,
    stop() {
      client.kill('SIGTERM')
      server.kill('SIGTERM')
    },
  }
}
