/** The sockets of the gateway that this process takes over from (`successor.ts`): it listens at them from its start on. */
import { closeSync } from 'node:fs'
import type { ListenAddress } from '../../gateway/listen/listener.ts'
import type { OpenSocket } from '../../gateway/listen/open-socket.ts'
import { TildegateError } from '../../shared/errors.ts'
import type { HostPort } from '../host-port.ts'

export const handedVariable = 'TILDEGATE_HANDED_OVER'

export class HandedSockets {
  readonly #open: OpenSocket[]

  /**
   * Takes them out of the environment.
   * @param isChild only who started us hands anything over
   * @throws TildegateError passed-sockets-unusable
   */
  constructor(environment: NodeJS.ProcessEnv, isChild: boolean) {
    const text = isChild ? environment[handedVariable] : undefined
    delete environment[handedVariable]
    this.#open = text === undefined ? [] : parsed(text)
  }

  /** This process takes over from another. */
  get isThere(): boolean {
    return this.#open.length > 0
  }

  /** Those that the service manager had opened. */
  takePassed(): ListenAddress[] {
    return this.#open
      .filter(({ host, kind }) => host === passedHost && kind !== 'admin')
      .map(socket => {
        this.#forget(socket)
        return { host: socket.host, port: socket.port, fd: socket.fd, tls: socket.kind === 'https' }
      })
  }

  /** `address`, with the socket that listens there already, if one was handed over. */
  at<T extends HostPort>(kind: OpenSocket['kind'], address: T): T & { readonly fd?: number } {
    const found = this.#open.find(
      one => one.kind === kind && one.host === address.host && one.port === address.port,
    )
    if (found === undefined) return address
    this.#forget(found)
    return { ...address, fd: found.fd }
  }

  /** Of those that nobody took: the settings do not name them any more. */
  closeRest(): void {
    for (const { fd } of this.#open.splice(0)) closeSync(fd)
  }

  #forget(socket: OpenSocket): void {
    this.#open.splice(this.#open.indexOf(socket), 1)
  }
}

/** In place of a host, where the service manager opened the socket. */
export const passedHost = 'socket'

function parsed(text: string): OpenSocket[] {
  try {
    const sockets = JSON.parse(text) as OpenSocket[]
    if (sockets.every(({ host, port, fd }) => typeof host === 'string' && port >= 0 && fd > 2)) return sockets
  } catch {}
  throw new TildegateError('passed-sockets-unusable', { reason: `${handedVariable} is "${text}"` })
}
