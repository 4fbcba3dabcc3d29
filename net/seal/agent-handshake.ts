/** The agent's part of the handshake, to the gateway's answer to HELLO (docs/protocol.md, 2 and 3). */
import { timingSafeEqual } from 'node:crypto'
import type { Duplex } from 'node:stream'
import { type ErrorCode, TildegateError } from '../../shared/errors.ts'
import { said } from '../../shared/phrases.ts'
import type { Hello, Refused, Welcome } from '../../shared/protocol/control-json.ts'
import { closeCodes } from '../../shared/protocol/frames.ts'
import { decodeM2, encodeM1, expect32 } from '../../shared/protocol/handshake-messages.ts'
import { protocolLimits } from '../../shared/protocol/limits.ts'
import type { Secret } from '../../shared/secret.ts'
import type { Clock, Random } from '../../shared/world.ts'
import { calculateGenerator, publicShare } from './cpace.ts'
import { channelIdentifier, deriveKeys, type SessionKeys, sessionId } from './key-schedule.ts'
import { LineEnded, MessageLine } from './message-line.ts'
import { SealedChannel } from './sealed-channel.ts'
import { x25519 } from './x25519.ts'

export interface AgentProof {
  readonly name: string
  readonly password: Secret
  readonly clock: Clock
  /** Draws, in this order: nonceA 32 bytes, ya 32 bytes. */
  readonly random: Random
  /** Made when the keys are known: a resume proof needs the exporter. */
  hello(exporter: Uint8Array): Hello
  /** M2 has come, and is one. */
  onAnswered?(): void
  /** The gateway has proven itself too; its answer to HELLO is awaited. */
  onProven?(): void
  readonly signal?: AbortSignal
  /** The whole handshake; default 10 s. */
  readonly deadlineMs?: number
}

const refusals: Readonly<Record<Refused['code'], ErrorCode>> = {
  busy: 'name-in-use',
  address: 'address-refused',
  disabled: 'tunnel-disabled',
  overloaded: 'gateway-overloaded',
}

/**
 * Takes the stream over; on failure it is destroyed.
 * @returns the channel, not started yet, and the gateway's WELCOME
 * @throws TildegateError password-refused, gateway-not-proven, version-not-spoken, gateway-overloaded, name-in-use,
 *   address-refused, tunnel-disabled (with the detail `retryAfterMs` where the gateway said one), handshake-timeout,
 *   protocol-violation, connection-lost; or the signal's reason
 */
export async function proveAsAgent(
  stream: Duplex,
  options: AgentProof,
): Promise<{ channel: SealedChannel; welcome: Welcome }> {
  const { clock, signal, deadlineMs = protocolLimits.handshakeMs } = options
  const line = new MessageLine(stream)
  let channel: SealedChannel | undefined
  let givenUp: Error | undefined
  const giveUp = (cause: Error) => {
    givenUp ??= cause
    line.fail(cause)
    if (channel !== undefined) channel.destroy(asTildegateError(cause))
  }
  const late = () => new TildegateError('handshake-timeout', { seconds: Math.round(deadlineMs / 1000) })
  const deadline = clock.after(deadlineMs, () => giveUp(late()))
  const onAbort = () => giveUp(signal?.reason as Error)
  signal?.addEventListener('abort', onAbort, { once: true })
  try {
    signal?.throwIfAborted()
    channel = await exchange(stream, line, options)
    return { channel, welcome: await firstAnswer(channel) }
  } catch (cause) {
    stream.on('error', () => {})
    stream.destroy()
    channel?.destroy()
    if (givenUp !== undefined) throw givenUp
    if (cause instanceof LineEnded)
      throw new TildegateError('connection-lost', said('host', 'the-gateway'), { cause })
    throw cause
  } finally {
    deadline.cancel()
    signal?.removeEventListener('abort', onAbort)
  }
}

async function exchange(stream: Duplex, line: MessageLine, options: AgentProof): Promise<SealedChannel> {
  const { name, password, random, clock } = options
  const nonceA = random.bytes(32)
  const m1 = encodeM1(nonceA, name)
  line.send(m1)
  const m2 = await line.receive()
  const transcript = { m1, m2, name, nonceA, nonceG: decodeM2(m2) }
  options.onAnswered?.()

  const scalar = random.bytes(32)
  let keys: SessionKeys
  try {
    const generator = password.use(prs =>
      calculateGenerator(prs, channelIdentifier(transcript), sessionId(transcript)),
    )
    const ya = publicShare(scalar, generator)
    line.send(ya)
    const yb = expect32(await line.receive(), 'M4')
    keys = deriveKeys(transcript, { ya, yb }, x25519(scalar, yb))
  } finally {
    scalar.fill(0)
  }

  line.send(keys.tagOfAgent)
  // HELLO in the same flight saves a round trip; only a gateway that knows the password can read it.
  const channel = new SealedChannel(stream, { role: 'agent', keys, clock })
  channel.send({ type: 'hello', hello: options.hello(keys.exporter) })
  const tag = expect32(await receiveProof(line), 'M6')
  if (!timingSafeEqual(tag, keys.tagOfGateway)) throw new TildegateError('gateway-not-proven')
  options.onProven?.()
  channel.listen(line.release())
  return channel
}

/** How a close looks; other errors (a timeout, no route) are the network's and say nothing of the password. */
const closingErrors: readonly unknown[] = ['ECONNRESET', 'EPIPE', 'ECONNABORTED']

/** A gateway that closes between M5 and M6 does not know the name, or not with this password. */
async function receiveProof(line: MessageLine): Promise<Uint8Array> {
  try {
    return await line.receive()
  } catch (cause) {
    if (!(cause instanceof LineEnded)) throw cause
    const error = cause.cause as { code?: unknown } | undefined
    if (error !== undefined && !closingErrors.includes(error.code)) throw cause
    throw new TildegateError('password-refused', {}, { cause })
  }
}

/** @throws TildegateError for REFUSED and for a close before any answer */
async function firstAnswer(channel: SealedChannel): Promise<Welcome> {
  const frame = await channel.first()
  if (frame.type === 'welcome') return frame.welcome
  if (frame.type === 'refused') {
    const { code, retryAfterMs } = frame.refused
    throw new TildegateError(refusals[code], retryAfterMs === undefined ? {} : { retryAfterMs })
  }
  if (frame.type === 'close' && frame.code === closeCodes.gatewayStops)
    throw new TildegateError('gateway-stopping')
  throw new TildegateError('connection-lost', said('host', 'the-gateway'))
}

function asTildegateError(cause: Error): TildegateError | undefined {
  return cause instanceof TildegateError ? cause : undefined
}
