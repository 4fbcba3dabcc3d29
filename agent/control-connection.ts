/** One attempt at a control connection: dial, upgrade, prove. The session machine decides when. */
import type { Carrier, Dialer, Line, Route } from '../net/dial/index.ts'
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

export interface ControlAttempt {
  readonly name: string
  readonly password: Secret
  readonly route: Route
  readonly target: Target
  readonly dialer: Dialer
  readonly agent: string
  readonly clock: Clock
  readonly random: Random
  readonly signal: AbortSignal
  readonly connectMs: number
  readonly upgradeMs: number
  readonly carrier?: Carrier
  readonly resumption?: Resumption
  onHop(hop: number): void
  onDialled(): void
  onUpgraded(carrier: Carrier): void
}

export interface ControlConnection {
  readonly channel: SealedChannel
  readonly welcome: Welcome
  readonly outer: Line['outer']
}

/** @throws TildegateError of the dialer, the upgrade and the handshake; the reason of `signal` */
export async function openControlConnection(attempt: ControlAttempt): Promise<ControlConnection> {
  const { name, password, route, clock, random, signal, carrier, connectMs } = attempt
  const { host, port } = route.gateway
  const line = await attempt.dialer.dial(route, {
    signal,
    connectMs,
    onHop: hop => attempt.onHop(hop),
    ...(carrier ? { carrier } : {}),
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
    attempt.onUpgraded(line.outer.tls ? 'tls' : 'plain')
    const hello = (exporter: Uint8Array) => helloOf(attempt, line, exporter)
    const { channel, welcome } = await proveAsAgent(line.socket, {
      name,
      password,
      clock,
      random,
      signal,
      hello,
    })
    return { channel, welcome, outer: line.outer }
  } catch (error) {
    line.reset()
    throw error
  }
}

function helloOf(
  { agent, target, resumption }: ControlAttempt,
  { outer }: Line,
  exporter: Uint8Array,
): Hello {
  const hello: Hello = {
    agent,
    os: process.platform,
    outer: outer.tls ? { tls: true, certSha256: outer.certSha256 } : { tls: false },
    target: targetForHello(target),
    ended: true,
  }
  if (resumption === undefined) return hello
  const proof = Buffer.from(resumeProof(resumption.secret, exporter)).toString('hex')
  return { ...hello, resume: { session: resumption.session, proof } }
}
