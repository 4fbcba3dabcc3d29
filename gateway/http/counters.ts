/** What the visitors' side counts. Metrics can be attached here; nothing is counted by itself. */

import type { Front } from '../listen/connection-peer.ts'

export type HttpVersion = '1.0' | '1.1' | '2'

export interface FinishedRequest {
  /** What the visitor got; 0 where it left before an answer. */
  readonly status: number
  /** Bytes of the request's body that were passed on, and of the answer's body (both ways after an upgrade). */
  readonly receivedBytes: number
  readonly sentBytes: number
  readonly durationMs: number
  /** The exchange was cut: the visitor left, or the target broke off. */
  readonly isBroken: boolean
  /** Refused because its address sends too many. */
  readonly isSurplus: boolean
  /** The visitor's. */
  readonly address: string
  readonly method: string
  /** As it was sent, without its query. */
  readonly path: string
  /** The version of HTTP that the visitor spoke. */
  readonly http: HttpVersion
  /** Of the trace that the request belongs to, where it says so. */
  readonly traceId: string | undefined
}

export interface VisitorCounters {
  /** `tunnel` is the name of a connected tunnel; undefined for everything else (so strangers make no labels). */
  requestStarted(tunnel: string | undefined): void
  requestFinished(tunnel: string | undefined, request: FinishedRequest): void
  /** `reason`: one of a small fixed set of words. */
  protocolViolation(reason: string, address: string): void
  /** A request was refused because its address sends too many. */
  surplus(address: string, front: Front | undefined): void
  /** A request came that says for whom, of somebody who is not believed. */
  untrustedFront(address: string): void
}

export const silentCounters: VisitorCounters = {
  requestStarted() {},
  requestFinished() {},
  protocolViolation() {},
  surplus() {},
  untrustedFront() {},
}
