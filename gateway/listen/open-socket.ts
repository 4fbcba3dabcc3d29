/** A socket that listens, as another process can be given it. */
import type { Server } from 'node:net'

export interface OpenSocket {
  readonly kind: 'http' | 'https' | 'admin'
  /** As it was asked for; a port of 0 is one that was picked, and `socket` one that the service manager opened. */
  readonly host: string
  readonly port: number
  readonly fd: number
}

/**
 * Node tells of no descriptor where a child process is to inherit a socket that listens; what it can send over its own channel would take
 * connections before there is somebody to serve them. Undefined where the system has none, or the server does not listen.
 */
export function descriptorOf(server: Server): number | undefined {
  const { _handle: handle } = server as Server & { readonly _handle?: { readonly fd?: number } | null }
  return handle?.fd !== undefined && handle.fd >= 0 ? handle.fd : undefined
}
