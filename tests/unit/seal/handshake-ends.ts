/** Both real sides of the handshake over a pair in memory, with everything that a test may want to change. */
import {
  type AgentProof,
  CurveQueue,
  type GatewayProof,
  proveAsAgent,
  proveAsGateway,
} from '../../../net/seal/index.ts'
import { systemRandom } from '../../../net/world.ts'
import { Secret } from '../../../shared/secret.ts'
import { duplexPair, type PairOptions } from '../../support/duplex-pair.ts'
import { VirtualClock } from '../../support/virtual-clock.ts'

export const welcome = {
  session: '00112233445566778899aabbccddeeff',
  resumeSecret: 'ab'.repeat(32),
  aliveMs: 20_000,
  deadMs: 60_000,
  url: 'http://gateway.example/~~srv/',
  outer: 'plain' as const,
  innerTls: { certSha256: 'cd'.repeat(32) },
  gateway: 'test/1',
}

export function beginHandshake(
  changes: { agent?: Partial<AgentProof>; gateway?: Partial<GatewayProof>; pair?: PairOptions } = {},
) {
  const pair = duplexPair(changes.pair)
  const clock = new VirtualClock()
  const guesses: string[] = []
  const agent = proveAsAgent(pair.a, {
    name: 'srv',
    password: Secret.fromText('right'),
    clock,
    random: systemRandom,
    hello: () => ({ agent: 'test/1', os: 'none', outer: { tls: false } }),
    ...changes.agent,
  })
  const gateway = proveAsGateway(pair.b, {
    passwordOf: name => (name === 'srv' ? Secret.fromText('right') : undefined),
    processSecret: Secret.fromText('of this process'),
    mayGuess: () => true,
    guessBegins: () => true,
    guessFailed: name => guesses.push(name),
    curveQueue: new CurveQueue(clock),
    clock,
    random: systemRandom,
    ...changes.gateway,
  })
  // Each test awaits the sides in its own order.
  agent.catch(() => {})
  gateway.catch(() => {})
  return { pair, clock, guesses, agent, gateway }
}

/** Lengths of the messages in what a side wrote of a handshake; what follows M6 or M5 is not a message. */
export function messageLengths(written: Buffer, count: number): number[] {
  const lengths: number[] = []
  for (let at = 0; lengths.length < count && at + 2 <= written.length; at += 2 + (lengths.at(-1) ?? 0)) {
    lengths.push(written.readUInt16BE(at))
  }
  return lengths
}
