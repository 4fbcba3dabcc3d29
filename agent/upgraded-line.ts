/**
 * A line to one of the gateway's own addresses, to where the bytes belong to the protocol: dialled, upgraded, and where something in
 * between breaks the upgrade to an unknown protocol, dialled once more and upgraded to a WebSocket (docs/protocol.md, 1).
 */
import type { Dialer, DialOptions, Line, Route } from '../net/dial/index.ts'
import { type UpgradeRequest, upgradeToTildegate, upgradeToWebSocket } from '../net/seal/index.ts'
import { TildegateError } from '../shared/errors.ts'
import type { Clock } from '../shared/world.ts'
import { type Framing, type FramingChoice, otherThan } from './framing.ts'

export interface UpgradeAttempt {
  readonly route: Route
  readonly dialer: Dialer
  readonly dial: DialOptions
  readonly path: UpgradeRequest['path']
  readonly framings: FramingChoice
  readonly clock: Clock
  readonly upgradeMs: number
  /** Made for each try. */
  ticketHeader?(): string
  /** What throws here ends the attempt, before anything is sent. */
  checkLine?(line: Line): void
  onDialled?(): void
  /** What is in between broke the first try. */
  onDialsAgain?(): void
}

export interface UpgradedLine extends Line {
  readonly framing: Framing
}

/** The dial succeeded and the upgrade did not. */
interface Refused {
  readonly error: unknown
  readonly outer: Line['outer']
}

/** @throws TildegateError of the dialer and of the upgrade, those of the first try where both fail; the signal's reason */
export async function openUpgraded(attempt: UpgradeAttempt): Promise<UpgradedLine> {
  const { framings, dial, path } = attempt
  const framing = framings.first
  const first = await open(framing, attempt)
  if ('socket' in first) return first
  if (dial.signal.aborted || !mayBeBox(first.error, attempt)) throw first.error
  const second = await openOtherwise(framing, first.outer, attempt).catch(() => undefined)
  if (second !== undefined) return second
  dial.signal.throwIfAborted()
  if (path === '/.tildegate/data') framings.beginWithOther()
  throw first.error
}

/** The second try, where something in between broke the first, in `framing`. @throws as `openUpgraded` */
export async function openOtherwise(
  framing: Framing,
  outer: Line['outer'],
  attempt: UpgradeAttempt,
): Promise<UpgradedLine> {
  attempt.onDialsAgain?.()
  const dial = { ...attempt.dial, carrier: outer.tls ? 'tls' : 'plain' } as const
  const tried = await open(otherThan(framing), { ...attempt, dial })
  if ('socket' in tried) return tried
  throw tried.error
}

async function open(framing: Framing, attempt: UpgradeAttempt): Promise<UpgradedLine | Refused> {
  const { route, clock, upgradeMs, path, dial } = attempt
  const { host, port } = route.gateway
  const line = await attempt.dialer.dial(route, dial)
  const { outer } = line
  try {
    attempt.checkLine?.(line)
  } catch (error) {
    line.reset()
    throw error
  }
  attempt.onDialled?.()
  const ticketHeader = attempt.ticketHeader?.()
  const request: UpgradeRequest = {
    path,
    host,
    port,
    isDefaultPort: port === (outer.tls ? 443 : 80),
    clock,
    deadlineMs: upgradeMs,
    signal: dial.signal,
    ...(ticketHeader === undefined ? {} : { ticketHeader }),
  }
  try {
    if (framing === 'bare') {
      await upgradeToTildegate(line.socket, request)
      return { ...line, framing }
    }
    const socket = await upgradeToWebSocket(line.socket, request)
    // Cut without a Close frame, which says that it is not the end.
    return { socket, outer, framing, reset: cause => void socket.destroy(cause ?? new Error('reset')) }
  } catch (error) {
    line.reset()
    return { error, outer }
  }
}

/** Whether a failure looks like that of something in between which does not let the upgrade pass. */
function mayBeBox(error: unknown, { path, framings }: UpgradeAttempt): boolean {
  if (!(error instanceof TildegateError)) return false
  const { status } = error.details
  switch (error.code) {
    case 'captive-portal':
      return true
    case 'not-a-gateway':
      // The gateway itself says 403 to a ticket that is not valid.
      return !(path === '/.tildegate/data' && status === 403)
    // 503 is what a gateway says that is full or stops: it is left alone.
    case 'gateway-unavailable':
      return status !== 503 && framings.doubt()
    case 'connection-lost':
    case 'handshake-timeout':
      return framings.doubt()
    default:
      return false
  }
}
