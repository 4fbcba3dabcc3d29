/**
 * One back-connection: dialled for a ticket, proven, and then joined with the target (docs/protocol.md, 5).
 * Every step has its deadline; whoever opened it here closes it here.
 */
import type { Carrier, Dialer, Line, OuterSeen, Route } from '../../net/dial/index.ts'
import { type ControlFrame, ticketHeader } from '../../net/seal/index.ts'
import { type Splice, type SpliceSide, splice } from '../../net/splice.ts'
import { TildegateError } from '../../shared/errors.ts'
import type { Clock, Random } from '../../shared/world.ts'
import type { FramingChoice } from '../framing.ts'
import type { AgentLimits } from '../limits.ts'
import { isTargetFailure } from '../targets/dial-target.ts'
import { answerUnreachable } from '../targets/unreachable-answer.ts'
import { openUpgraded } from '../upgraded-line.ts'
import { firstByte } from './first-byte.ts'
import { type InnerResumption, startInnerTls } from './inner-tls.ts'

export type OpenFrame = Extract<ControlFrame, { type: 'open' }>

/** What all back-connections of one session have in common. */
export interface SessionScene {
  readonly route: Route
  readonly dialer: Dialer
  readonly carrier: Carrier
  /** Begins with the control connection's. */
  readonly framings: FramingChoice
  /** 16 bytes. */
  readonly sessionId: Uint8Array
  /** What the control connection saw, where the gateway found it proven: each back-connection must see the same. */
  readonly proven?: OuterSeen
  readonly innerCertSha256: string
  readonly resumption: InnerResumption
  readonly clock: Clock
  readonly random: Random
  readonly limits: AgentLimits
  dialTarget(signal: AbortSignal): Promise<SpliceSide>
}

/** Dials, presents the ticket, and encrypts inside where OPEN says so. */
export async function openBackConnection(
  open: OpenFrame,
  scene: SessionScene,
  signal: AbortSignal,
): Promise<SpliceSide> {
  const { route, dialer, carrier, framings, clock, random, sessionId } = scene
  const line = await openUpgraded({
    route,
    dialer,
    dial: { signal, carrier },
    path: '/.tildegate/data',
    framings,
    clock,
    upgradeMs: scene.limits.upgradeMs,
    // Nobody else may see the header: the certificate is compared before it is sent. What TLS inside protects may be
    // seen: a gateway asks for that when it is about to show another certificate.
    checkLine: dialled => {
      if (!open.innerTls && scene.proven !== undefined && !isSameCertificate(scene.proven, dialled))
        throw new TildegateError('outer-certificate-changed')
    },
    ticketHeader: () => ticketHeader(open, sessionId, random),
  })
  framings.worked(line.framing)
  try {
    if (!open.innerTls) return { stream: line.socket, reset: line.reset }
    const { innerCertSha256: certSha256, resumption } = scene
    const stream = await startInnerTls(line.socket, {
      certSha256,
      secret: open.secret,
      resumption,
      clock,
      signal,
    })
    return { stream, reset: () => void stream.destroy() }
  } catch (error) {
    line.reset()
    throw error
  }
}

function isSameCertificate(proven: OuterSeen, { outer }: Line): boolean {
  return proven.tls && outer.tls && proven.certSha256 === outer.certSha256
}

export interface CarryOptions {
  readonly scene: SessionScene
  readonly signal: AbortSignal
  /** The target has ended its stream, and the back-connection is about to be ended. */
  onTargetEnd(inOrder: boolean): void
  /** Visitors' bytes flow from now on. */
  onSplice(splice: Splice): void
}

/**
 * HTTP: an idle spare holds nothing at the target, which is dialled at the visitor's first byte.
 * Resolves when both sides are closed.
 */
export async function carryHttp(back: SpliceSide, options: CarryOptions): Promise<void> {
  const { scene, signal } = options
  const { stream } = back
  const { clock } = scene
  const drop = () => back.reset()
  signal.addEventListener('abort', drop)
  try {
    if (!(await firstByte(stream, clock, scene.limits.idleSpareMs))) {
      stream.destroy()
      return
    }
    const target = await dialWhileOpen(back, options)
    signal.removeEventListener('abort', drop)
    await join(back, target, options)
  } catch (error) {
    if (signal.aborted || stream.destroyed || !isTargetFailure(error)) back.reset()
    else await answerUnreachable(stream, error.code, clock)
  } finally {
    signal.removeEventListener('abort', drop)
  }
}

/** Joins the two until both are closed; both half-closes are kept. */
export async function join(back: SpliceSide, target: SpliceSide, options: CarryOptions): Promise<void> {
  const { scene, signal } = options
  const joined = splice(back, target, {
    clock: scene.clock,
    onBackEnd: inOrder => options.onTargetEnd(inOrder),
  })
  const drop = () => joined.destroy()
  signal.addEventListener('abort', drop)
  if (signal.aborted) drop()
  options.onSplice(joined)
  await joined.ended
  signal.removeEventListener('abort', drop)
}

/** A visitor that leaves while the target is being dialled ends the dial. */
async function dialWhileOpen(back: SpliceSide, { scene, signal }: CarryOptions): Promise<SpliceSide> {
  const controller = new AbortController()
  const stop = () => controller.abort(new Error('the visitor has left'))
  back.stream.on('close', stop)
  signal.addEventListener('abort', stop)
  if (back.stream.destroyed || signal.aborted) stop()
  try {
    return await scene.dialTarget(controller.signal)
  } finally {
    back.stream.off('close', stop)
    signal.removeEventListener('abort', stop)
  }
}
