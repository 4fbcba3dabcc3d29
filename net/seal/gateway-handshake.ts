/**
 * The gateway's part of the handshake, to the agent's HELLO (docs/protocol.md, 2). Cheap checks come first, and a name that
 * does not exist costs and looks the same as a wrong password.
 */
import { createHmac, timingSafeEqual } from 'node:crypto'
import type { Duplex } from 'node:stream'
import { type ErrorDetails, TildegateError } from '../../shared/errors.ts'
import { said } from '../../shared/phrases.ts'
import { utf8 } from '../../shared/protocol/bytes.ts'
import type { Hello } from '../../shared/protocol/control-json.ts'
import {
  decodeM1,
  encodeM2,
  encodeRefusal,
  expect32,
  handshakeStatus,
  protocolVersion,
} from '../../shared/protocol/handshake-messages.ts'
import { protocolLimits } from '../../shared/protocol/limits.ts'
import { Secret } from '../../shared/secret.ts'
import type { Clock, Random } from '../../shared/world.ts'
import { calculateGenerator, publicShare } from './cpace.ts'
import { type CurveQueue, curveQueueFull } from './curve-queue.ts'
import { channelIdentifier, deriveKeys, sessionId } from './key-schedule.ts'
import { LineEnded, MessageLine } from './message-line.ts'
import { SealedChannel } from './sealed-channel.ts'
import { x25519 } from './x25519.ts'

/** For the short refusal to leave before the connection is cut. */
const goodbyeMs = 2_000

export interface GatewayProof {
  /** The password of a name, or undefined for an unknown one. */
  passwordOf(name: string): Secret | undefined
  /** Made once a process: from it come the passwords of names that do not exist. */
  readonly processSecret: Secret
  /** False: too many guesses have failed; asked at M1, and answered with status 4. */
  mayGuess(name: string): boolean
  /** The password is about to be used. False: as many guesses as may still fail are under way. */
  guessBegins(name: string): boolean
  /** A wrong M5, the one thing that counts as a failed guess. */
  guessFailed(name: string): void
  readonly curveQueue: CurveQueue
  readonly clock: Clock
  /** Draws, in this order: nonceG 32 bytes, yb 32 bytes. */
  readonly random: Random
  readonly signal?: AbortSignal
  /** The whole handshake, HELLO included; default 10 s. */
  readonly deadlineMs?: number
}

export interface ProvenAgent {
  readonly name: string
  /** Answer with WELCOME or REFUSED, then `start` it. */
  readonly channel: SealedChannel
  readonly hello: Hello
}

/**
 * Takes the stream over; on failure it is destroyed.
 * @throws TildegateError password-refused (also for an unknown name), gateway-overloaded, version-not-spoken,
 *   protocol-violation, handshake-timeout, connection-lost; or the signal's reason
 */
export async function proveAsGateway(stream: Duplex, options: GatewayProof): Promise<ProvenAgent> {
  const { clock, signal, deadlineMs = protocolLimits.handshakeMs } = options
  const line = new MessageLine(stream)
  let channel: SealedChannel | undefined
  let givenUp: Error | undefined
  const giveUp = (cause: Error) => {
    givenUp ??= cause
    line.fail(cause)
    channel?.destroy(cause instanceof TildegateError ? cause : undefined)
  }
  const deadline = clock.after(deadlineMs, () =>
    giveUp(new TildegateError('handshake-timeout', { seconds: Math.round(deadlineMs / 1000) })),
  )
  const onAbort = () => giveUp(signal?.reason as Error)
  signal?.addEventListener('abort', onAbort, { once: true })
  try {
    signal?.throwIfAborted()
    const proven = await exchange(stream, line, options)
    channel = proven.channel
    const frame = await channel.first()
    if (frame.type !== 'hello') throw new TildegateError('connection-lost', said('host', 'the-agent'))
    return { ...proven, hello: frame.hello }
  } catch (cause) {
    stream.on('error', () => {})
    if (!(cause instanceof RefusedWithStatus)) stream.destroy()
    channel?.destroy()
    throw givenUp ?? failureOf(cause)
  } finally {
    deadline.cancel()
    signal?.removeEventListener('abort', onAbort)
  }
}

async function exchange(
  stream: Duplex,
  line: MessageLine,
  options: GatewayProof,
): Promise<{ name: string; channel: SealedChannel }> {
  const { curveQueue, clock, random } = options
  const m1 = await line.receive()
  const decoded = decodeM1(m1)
  const refuse = (status: 2 | 3 | 4, code: RefusalCode, details: ErrorDetails = {}) => {
    line.send(encodeRefusal(status))
    line.release()
    endSoon(stream, clock)
    throw new RefusedWithStatus(code, details)
  }
  if (decoded.kind === 'refused') {
    return decoded.status === handshakeStatus.versionNotSpoken
      ? refuse(decoded.status, 'version-not-spoken', { version: protocolVersion })
      : refuse(decoded.status, 'protocol-violation', { reason: 'M1 is malformed' })
  }
  const { name, nonceA } = decoded
  if (curveQueue.isFull) return refuse(handshakeStatus.overloaded, 'gateway-overloaded', curveQueueFull)
  if (!options.mayGuess(name)) return refuse(handshakeStatus.overloaded, 'gateway-overloaded')

  const nonceG = random.bytes(32)
  const m2 = encodeM2(nonceG)
  line.send(m2)
  const ya = expect32(await line.receive(), 'M3')
  if (!options.guessBegins(name)) throw new TildegateError('gateway-overloaded')
  const transcript = { m1, m2, name, nonceA, nonceG }
  const { yb, keys } = await curveQueue.run(() => {
    const scalar = random.bytes(32)
    try {
      const generator = passwordOrDecoy(name, options).use(prs =>
        calculateGenerator(prs, channelIdentifier(transcript), sessionId(transcript)),
      )
      const yb = publicShare(scalar, generator)
      return { yb, keys: deriveKeys(transcript, { ya, yb }, x25519(scalar, ya)) }
    } finally {
      scalar.fill(0)
    }
  })
  line.send(yb)
  const tag = expect32(await line.receive(), 'M5')
  if (!timingSafeEqual(tag, keys.tagOfAgent)) {
    options.guessFailed(name)
    throw new TildegateError('password-refused')
  }
  line.send(keys.tagOfGateway)
  const channel = new SealedChannel(stream, { role: 'gateway', keys, clock })
  channel.listen(line.release())
  return { name, channel }
}

/** The same work whether the name exists or not: the decoy is computed in both cases. */
function passwordOrDecoy(name: string, { passwordOf, processSecret }: GatewayProof): Secret {
  const decoy = processSecret.use(key => createHmac('sha512', key).update(utf8(name)).digest())
  return passwordOf(name) ?? Secret.fromBytes(decoy)
}

type RefusalCode = 'version-not-spoken' | 'protocol-violation' | 'gateway-overloaded'

/** The agent was told a status; the stream ends by itself. */
class RefusedWithStatus extends Error {
  override readonly name = 'RefusedWithStatus'
  readonly code: RefusalCode
  readonly details: ErrorDetails

  constructor(code: RefusalCode, details: ErrorDetails) {
    super(code)
    this.code = code
    this.details = details
  }
}

function endSoon(stream: Duplex, clock: Clock): void {
  const deadline = clock.after(goodbyeMs, () => stream.destroy())
  stream.on('error', () => {})
  stream.once('close', () => deadline.cancel())
  stream.end()
  stream.resume()
}

function failureOf(cause: unknown): unknown {
  if (cause instanceof LineEnded)
    return new TildegateError('connection-lost', said('host', 'the-agent'), { cause })
  if (!(cause instanceof RefusedWithStatus)) return cause
  return new TildegateError(cause.code, cause.details)
}
