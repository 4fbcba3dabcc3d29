/**
 * A line: an open byte stream to the gateway, direct or through proxies, with what is known of its TLS.
 * And the `Dialer` that opens lines: the one place where a chain of proxies takes the direct dial's place.
 */
import type { Duplex } from 'node:stream'
import type { AgentEntry } from '../../shared/balance/index.ts'
import type { OnStep } from './steps.ts'

/** What the agent saw of the outer TLS; `certSha256` is the lower-case hex SHA-256 of the DER leaf. */
export type OuterSeen =
  | { readonly tls: false }
  | { readonly tls: true; readonly certSha256: string; readonly authorized: boolean }

/** Owned by whoever dialled it, until handed on. The stream always has an 'error' listener. */
export interface Line {
  readonly socket: Duplex
  readonly outer: OuterSeen
  /** Ends it at once and, where TCP can say so, as broken off (RST), never in order. Idempotent. */
  reset(cause?: Error): void
}

/** Whether to speak TLS with the gateway; `undefined` finds out. */
export type Carrier = 'plain' | 'tls'

/** Where to, and through which proxies, from this computer outwards. */
export type Route = Pick<AgentEntry, 'gateway' | 'hops'>

export interface DialOptions {
  readonly signal: AbortSignal
  /** Deadline of each TCP connect, milliseconds; the dialer's default without it. */
  readonly connectMs?: number
  /** What an earlier dial of this route found. */
  readonly carrier?: Carrier
  /** Told which proxy, counted from 1, is being dialled. */
  readonly onHop?: (hop: number) => void
  /** Told each step of the dial, with its time. */
  readonly onStep?: OnStep
}

/** Milliseconds: `connectMs` of the TCP connect, `lookMs` of all. */
export interface LookOptions {
  readonly signal: AbortSignal
  readonly connectMs: number
  readonly lookMs: number
}

export interface Dialer {
  /**
   * @throws TildegateError of the category net (dial-refused, dial-timeout, dial-unreachable,
   *   gateway-name-unknown, connection-lost, outer-tls-failed), of the proxy codes; the abort reason of `signal`
   */
  dial(route: Route, options: DialOptions): Promise<Line>
  /**
   * Whether the last proxy of the route accepts a connection, through those before it; nothing is sent to it. At once where there is none.
   * @throws TildegateError as `dial`
   */
  look(route: Route, options: LookOptions): Promise<void>
  /** The computer woke up or is in another network: what was learnt of ways and proxies is forgotten. */
  networkChanged(): void
}
