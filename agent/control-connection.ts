/** One attempt at a control connection: dial, upgrade, prove. The session machine decides when. */
import type { Carrier, Dialer, Line, OnStep, Route } from '../net/dial/index.ts'
import {
  type Hello,
  proveAsAgent,
  resumeProof,
  type SealedChannel,
  upgradeToTildegate,
  type Welcome,
} from '../net/seal/index.ts'
import type { Secret } from '../shared/secret.ts'
import type { Clock, Random } from '../shared/world.ts'
import { type Target, targetForHello } from './targets/target.ts'

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
  onHop?(hop: number): void
  onDialled(): void
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
  /** Proves the password and registers nothing (docs/protocol.md, 3). */
  readonly isProbe?: boolean
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
}

/** @throws TildegateError of the dialer, the upgrade and the handshake; the reason of `signal` */
export async function openControlConnection(attempt: ControlAttempt): Promise<ControlConnection> {
  const line = await openUpgradedLine(attempt)
  attempt.onUpgraded(line.outer.tls ? 'tls' : 'plain')
  return proveOn(line, attempt)
}

/** @throws TildegateError of the dialer and the upgrade; the reason of `signal` */
export async function openUpgradedLine(attempt: LineAttempt): Promise<Line> {
  const { route, clock, signal, carrier, connectMs, onStep } = attempt
  const { host, port } = route.gateway
  const line = await attempt.dialer.dial(route, {
    signal,
    connectMs,
    onHop: hop => attempt.onHop?.(hop),
    ...(carrier ? { carrier } : {}),
    ...(onStep ? { onStep } : {}),
  })
  attempt.onDialled()
  try {
    await upgradeToTildegate(line.socket, {
      path: '/.tildegate/control',
      host,
      port,
      isDefaultPort: port === (line.outer.tls ? 443 : 80),
      clock,
      deadlineMs: attempt.upgradeMs,
      signal,
    })
    return line
  } catch (error) {
    line.reset()
    throw error
  }
}

/** Takes the line over. @throws TildegateError of the handshake; the reason of `signal` */
export async function proveOn(line: Line, attempt: ProofAttempt): Promise<ControlConnection> {
  const { name, password, clock, random, signal } = attempt
  try {
    const { channel, welcome } = await proveAsAgent(line.socket, {
      name,
      password,
      clock,
      random,
      signal,
      hello: exporter => helloOf(attempt, line, exporter),
      onProven: () => attempt.onProven?.(),
    })
    return { channel, welcome, outer: line.outer }
  } catch (error) {
    line.reset()
    throw error
  }
}

function helloOf(
  { agent, target, resumption, isProbe }: ProofAttempt,
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
  }
  if (resumption === undefined) return hello
  const proof = Buffer.from(resumeProof(resumption.secret, exporter)).toString('hex')
  return { ...hello, resume: { session: resumption.session, proof } }
}
