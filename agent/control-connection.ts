/** One attempt at a control connection: dial, upgrade, prove. The session machine decides when. */
import type { Carrier, Dialer, Line, OnStep, Route } from '../net/dial/index.ts'
import { type Hello, proveAsAgent, resumeProof, type SealedChannel, type Welcome } from '../net/seal/index.ts'
import { TildegateError } from '../shared/errors.ts'
import type { VisitorVerifier } from '../shared/protocol/visitor-verifier.ts'
import type { Secret } from '../shared/secret.ts'
import type { Clock, Random } from '../shared/world.ts'
import { type Framing, FramingChoice } from './framing.ts'
import { type Target, targetForHello } from './targets/target.ts'
import { openOtherwise, openUpgraded, type UpgradeAttempt, type UpgradedLine } from './upgraded-line.ts'

/** What lets the same running agent take its own session over. Never written down. */
export interface Resumption {
  readonly session: string
  readonly secret: Secret
}

/** The way to the gateway, to where the bytes belong to the protocol. */
export interface LineAttempt {
  readonly route: Route
  readonly dialer: Dialer
  readonly clock: Clock
  readonly signal: AbortSignal
  readonly connectMs: number
  readonly upgradeMs: number
  readonly carrier?: Carrier
  readonly onStep?: OnStep
  /** What is known of the route; without it, found out and forgotten. */
  readonly framings?: FramingChoice
  onHop?(hop: number): void
  onDialled(): void
  /** Something in between broke the upgrade or what followed: it is tried once more in another way. */
  onDialsAgain?(): void
}

/** Proving the password on it. */
export interface ProofAttempt {
  readonly name: string
  readonly password: Secret
  readonly target: Target
  readonly agent: string
  readonly clock: Clock
  readonly random: Random
  readonly signal: AbortSignal
  readonly resumption?: Resumption
  /** Visitors are to be asked for the password that this is of; a gateway that does not ask gets no tunnel. */
  readonly visitors?: VisitorVerifier
  /** Wants to be told who visits; a gateway that does not know of it does not tell. */
  readonly wantsVisits?: boolean
  /** Proves the password and registers nothing (docs/protocol.md, 3). */
  readonly isProbe?: boolean
  /** The gateway has answered: from here on, what fails is not for want of understanding its first words. */
  onAnswered?(): void
  /** Both sides have proven that they know the password; the gateway's answer is awaited. */
  onProven?(): void
}

export interface ControlAttempt extends LineAttempt, ProofAttempt {
  onUpgraded(carrier: Carrier): void
}

export interface ControlConnection {
  readonly channel: SealedChannel
  readonly welcome: Welcome
  readonly outer: Line['outer']
  readonly framing: Framing
}

/** @throws TildegateError of the dialer, the upgrade and the handshake; the reason of `signal` */
export async function openControlConnection(attempt: ControlAttempt): Promise<ControlConnection> {
  const framings = attempt.framings ?? new FramingChoice(attempt.clock)
  const line = await openUpgradedLine({ ...attempt, framings })
  attempt.onUpgraded(carrierOf(line))
  let isAnswered = false
  const onAnswered = () => {
    isAnswered = true
    framings.worked(line.framing)
  }
  try {
    return await proveOn(line, { ...attempt, onAnswered })
  } catch (error) {
    if (isAnswered || attempt.signal.aborted || !isGarbled(error) || !framings.doubt()) throw error
    const second = await openOtherwise(
      line.framing,
      line.outer,
      upgradeAttempt({ ...attempt, framings }),
    ).catch(() => undefined)
    attempt.signal.throwIfAborted()
    if (second === undefined) throw error
    attempt.onUpgraded(carrierOf(second))
    return proveOn(second, { ...attempt, onAnswered: () => framings.worked(second.framing) })
  }
}

/** A box may let the upgrade pass and spoil what follows. */
function isGarbled(error: unknown): boolean {
  if (!(error instanceof TildegateError)) return false
  return ['connection-lost', 'protocol-violation', 'handshake-timeout'].includes(error.code)
}

function carrierOf({ outer }: Line): Carrier {
  return outer.tls ? 'tls' : 'plain'
}

/** @throws TildegateError of the dialer and the upgrade; the reason of `signal` */
export function openUpgradedLine(attempt: LineAttempt): Promise<UpgradedLine> {
  return openUpgraded(upgradeAttempt(attempt))
}

function upgradeAttempt(attempt: LineAttempt): UpgradeAttempt {
  const { route, dialer, clock, signal, carrier, connectMs, upgradeMs, onStep } = attempt
  return {
    route,
    dialer,
    dial: {
      signal,
      connectMs,
      onHop: hop => attempt.onHop?.(hop),
      ...(carrier ? { carrier } : {}),
      ...(onStep ? { onStep } : {}),
    },
    path: '/.tildegate/control',
    framings: attempt.framings ?? new FramingChoice(clock),
    clock,
    upgradeMs,
    onDialled: () => attempt.onDialled(),
    onDialsAgain: () => attempt.onDialsAgain?.(),
  }
}

/** Takes the line over. @throws TildegateError of the handshake, visitors-not-asked; the reason of `signal` */
async function proveOn(line: UpgradedLine, attempt: ProofAttempt): Promise<ControlConnection> {
  const { name, password, clock, random, signal } = attempt
  try {
    const { channel, welcome } = await proveAsAgent(line.socket, {
      name,
      password,
      clock,
      random,
      signal,
      hello: exporter => helloOf(attempt, line, exporter),
      onAnswered: () => attempt.onAnswered?.(),
      onProven: () => attempt.onProven?.(),
    })
    if (attempt.visitors !== undefined && welcome.visitors !== true)
      throw new TildegateError('visitors-not-asked', { gateway: welcome.gateway })
    return { channel, welcome, outer: line.outer, framing: line.framing }
  } catch (error) {
    line.reset()
    throw error
  }
}

function helloOf(
  { agent, target, resumption, isProbe, visitors, wantsVisits }: ProofAttempt,
  { outer }: Line,
  exporter: Uint8Array,
): Hello {
  const hello: Hello = {
    agent,
    os: process.platform,
    outer: outer.tls ? { tls: true, certSha256: outer.certSha256 } : { tls: false },
    target: targetForHello(target),
    ended: true,
    ...(isProbe ? { probe: true } : {}),
    ...(visitors === undefined ? {} : { visitors: { scrypt: visitors } }),
    ...(wantsVisits ? { visits: true } : {}),
  }
  if (resumption === undefined) return hello
  const proof = Buffer.from(resumeProof(resumption.secret, exporter)).toString('hex')
  return { ...hello, resume: { session: resumption.session, proof } }
}
