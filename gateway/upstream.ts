/**
 * What the HTTP side of the gateway needs of a tunnel: a connection to its target, one at a time.
 * A live session (back-connections) and a direct entry (the gateway dials) both are an `Upstream`;
 * routing and proxying know nothing else of them.
 */
import type { Duplex } from 'node:stream'
import type { VisitorVerifier } from '../shared/protocol/visitor-verifier.ts'

/** How the target wants to be addressed. `base` begins and ends with `/`. */
export interface TargetAddress {
  readonly scheme: 'http' | 'https'
  /** Host and, unless it is the scheme's default, port: what stands in a Host header. */
  readonly authority: string
  readonly base: string
  /** `host=keep`: the target sees the visitor's Host header. */
  readonly keepsHost: boolean
}

/** Speaks HTTP/1.1 with the target. Owned by whoever acquired it until `release` or `destroy`. */
export interface UpstreamConnection {
  readonly socket: Duplex
  /** It has carried an exchange before, so it may have been closed by the other side meanwhile. */
  readonly isReused: boolean
  /** The exchange ended in order: another visitor's request may use it. */
  release(): void
  /** Not fit for reuse; closes it. Idempotent. */
  destroy(cause?: Error): void
  /**
   * After an end of stream that alone marks the end of a body (no length, no chunks): whether the
   * target ended it in order. False where the agent or the line died, or nobody says so in time.
   */
  endedInOrder(): Promise<boolean>
}

export interface AcquireOptions {
  /** One that never rested. */
  readonly fresh: boolean
  readonly signal: AbortSignal
  /** The visitor's, as counters count it: of all connections it gets no more than its share. */
  readonly address: string
}

export interface Upstream {
  readonly name: string
  readonly target: TargetAddress
  /** Its owner asks visitors for a password: no connection is to be acquired for who is not logged in. */
  readonly visitors?: VisitorVerifier | undefined
  /**
   * An idle connection, or a new one.
   * @throws TildegateError tunnel-busy, back-connection-refused, back-connection-timeout, tunnel-offline,
   *   and for direct entries target-refused, target-dns, target-tls, target-timeout
   */
  acquire(options: AcquireOptions): Promise<UpstreamConnection>
}

/** Finds the tunnel of a name; undefined for an unknown one and for one that is not connected. */
export interface TunnelDirectory {
  find(name: string): Upstream | undefined
  /**
   * Resolves when it is worth looking once more for a tunnel that was not found, at once where nobody is on the way back. Knows no
   * difference between names that exist and others; undefined is one that cannot.
   * @throws TildegateError tunnel-busy; the signal's reason
   */
  whenBack?(name: string | undefined, signal: AbortSignal): Promise<void>
}
