/**
 * Sockets that the service manager opened and passes on (sd_listen_fds(3)): they outlive this process, so that a restart refuses no
 * connection; and a port below 1024 needs no privilege here.
 */
import type { ListenAddress } from '../../gateway/listen/listener.ts'
import { TildegateError } from '../../shared/errors.ts'
import { passedHost } from '../handover/handed-sockets.ts'

/** SD_LISTEN_FDS_START. */
const firstNumber = 3
const kinds = { http: false, https: true } as const

/**
 * Takes them out of the environment: processes that this one starts have no part in them.
 * @returns undefined where none are passed to this very process
 * @throws TildegateError passed-sockets-unusable
 */
export function takePassedSockets(
  environment: NodeJS.ProcessEnv,
  pid: number,
): readonly ListenAddress[] | undefined {
  const { LISTEN_PID: owner, LISTEN_FDS: text = '', LISTEN_FDNAMES: names = '' } = environment
  if (owner !== String(pid)) return undefined
  for (const name of ['LISTEN_PID', 'LISTEN_FDS', 'LISTEN_FDNAMES']) delete environment[name]
  const count = Number(text)
  if (!Number.isInteger(count) || count < 0) throw unusable(`LISTEN_FDS is "${text}"`)
  const given = names.split(':')
  return Array.from({ length: count }, (_, i) => {
    const name = given[i] ?? ''
    if (!isKind(name)) throw unusable(`number ${firstNumber + i} is named "${name}"`)
    return { host: passedHost, port: 0, fd: firstNumber + i, tls: kinds[name] }
  })
}

function isKind(name: string): name is keyof typeof kinds {
  return Object.hasOwn(kinds, name)
}

function unusable(reason: string): TildegateError {
  return new TildegateError('passed-sockets-unusable', { reason })
}
