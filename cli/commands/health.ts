/** `tildegate health`: asks a gateway's admin listener how it is. For containers and other watchers that have no program of their own to ask with. */
import { get, type IncomingMessage } from 'node:http'
import type { Secret } from '../../shared/secret.ts'
import { CommandFailure, type ExitStatus, exitStatus } from '../failure.ts'
import type { HostPort } from '../host-port.ts'
import { readAdminToken } from '../settings/admin-token.ts'

export interface HealthFlags {
  readonly admin?: HostPort
  readonly adminTokenFile?: string
  readonly live?: true
}

/** Less than the deadline of those who start this. */
const answerMs = 4_000

/** @throws CommandFailure 1 where it is not well, 64 where no listener is named, 78 for a token that cannot be read */
export async function runHealth({ admin, adminTokenFile, live }: HealthFlags): Promise<ExitStatus> {
  if (admin === undefined)
    throw new CommandFailure(
      exitStatus.usage,
      'Name the gateway’s admin listener: --admin HOST:PORT, or TILDEGATE_ADMIN.',
    )
  const token = adminTokenFile === undefined ? undefined : readAdminToken(adminTokenFile)
  const status = await ask(reachable(admin), live ? '/healthz' : '/readyz', token)
  if (status !== 200)
    throw new CommandFailure(
      exitStatus.failed,
      `The gateway is not ${live ? 'well' : 'ready'}: ${said(status)}.`,
    )
  process.stdout.write(live ? 'alive\n' : 'ready\n')
  return exitStatus.fine
}

/** Who listens at every address is asked at this computer's own. */
function reachable({ host, port }: HostPort): HostPort {
  if (host === '0.0.0.0') return { host: '127.0.0.1', port }
  return /^[0:]+$/.test(host) ? { host: '::1', port } : { host, port }
}

function ask({ host, port }: HostPort, path: string, token: Secret | undefined): Promise<number> {
  return new Promise((resolve, reject) => {
    const headers = token?.use(bytes => ({ Authorization: `Bearer ${Buffer.from(bytes).toString()}` })) ?? {}
    const failed = (cause: Error) => {
      const place = host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`
      reject(
        new CommandFailure(exitStatus.failed, `Nothing answers at ${place}: ${cause.message}.`, [], {
          cause,
        }),
      )
    }
    const signal = AbortSignal.timeout(answerMs)
    get({ host, port, path, headers, agent: false, signal }, (answer: IncomingMessage) => {
      answer.on('error', failed).resume()
      resolve(answer.statusCode ?? 0)
    }).on('error', failed)
  })
}

function said(status: number): string {
  switch (status) {
    case 401:
      return 'the admin listener asks for its token, see --admin-token-file'
    case 503:
      return 'it is stopping'
    default:
      return `status ${status}`
  }
}
