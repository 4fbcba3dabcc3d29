/** A running gateway, as those see it who started it. */
import type { Diagnostic } from '../shared/balance/index.ts'
import type { OpenSocket } from './listen/open-socket.ts'

interface ConnectedTunnel {
  readonly name: string
  /** The agent's. */
  readonly address: string
  readonly outer: 'plain' | 'proven' | 'unproven'
  readonly since: number
}

export interface Gateway {
  readonly listeners: readonly { readonly url: string }[]
  readonly admin: { readonly url: string } | undefined
  /** Of balance.bin as it stands now. */
  readonly diagnostics: readonly Diagnostic[]
  /** Those that are connected; `since`: milliseconds since 1970. */
  readonly tunnels: readonly ConnectedTunnel[]
  /** Looks at balance.bin now. Resolves when what it says is in force, or refused. */
  reload(): Promise<void>
  /** The admin drops a tunnel: its agent reconnects slowly. False where none is connected. */
  drop(name: string): boolean
  /** For the process that is to take over. */
  readonly sockets: readonly OpenSocket[]
  /**
   * Another process takes connections at `sockets`: serves what is here to its end, and sends agents there at once. Resolves when all is
   * over. Idempotent.
   */
  handOver(): Promise<void>
  /** No new work; requests in flight get their time, agents are told to reconnect. Idempotent. */
  stop(): Promise<void>
  /** Ends everything now. Idempotent. */
  destroy(): Promise<void>
}
