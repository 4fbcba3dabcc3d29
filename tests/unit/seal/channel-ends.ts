/** Keys and a sealed channel on one end of a pair in memory, for tests that play the other end by hand. */
import type { Duplex } from 'node:stream'
import { FrameOpener, FrameSealer } from '../../../net/seal/frame-cipher.ts'
import { deriveKeys, type SessionKeys } from '../../../net/seal/key-schedule.ts'
import { SealedChannel } from '../../../net/seal/sealed-channel.ts'
import type { TildegateError } from '../../../shared/errors.ts'
import { type ControlFrame, encodeFrame } from '../../../shared/protocol/frames.ts'
import { type DuplexPair, duplexPair, type PairOptions } from '../../support/duplex-pair.ts'
import { VirtualClock } from '../../support/virtual-clock.ts'

export const hello: ControlFrame = { type: 'hello', hello: { agent: 'a', os: 'o', outer: { tls: false } } }

/** `deriveKeys` wipes what it is given, so each end gets copies. */
export function testKeys(): SessionKeys {
  const transcript = {
    m1: Buffer.alloc(1),
    m2: Buffer.alloc(1),
    name: 'x',
    nonceA: Buffer.alloc(32),
    nonceG: Buffer.alloc(32),
  }
  return deriveKeys(transcript, { ya: Buffer.alloc(32, 1), yb: Buffer.alloc(32, 2) }, Buffer.alloc(32, 3))
}

export interface GatewayEnd {
  readonly channel: SealedChannel
  readonly clock: VirtualClock
  readonly pair: DuplexPair
  /** The agent's end of the wire. */
  readonly wire: Duplex
  readonly frames: ControlFrame[]
  /** What onClose was told, each time it was called. */
  readonly closes: (TildegateError | undefined)[]
  /** Sealed as the agent's next frame. */
  seal(plaintext: Uint8Array): Uint8Array
  sealFrame(frame: ControlFrame): Uint8Array
  start(): void
  /** Plaintexts of what the gateway has sent. */
  sent(): Buffer[]
}

export function gatewayEnd(options: PairOptions = {}): GatewayEnd {
  const pair = duplexPair(options)
  const clock = new VirtualClock()
  const keys = testKeys()
  const channel = new SealedChannel(pair.b, { role: 'gateway', keys, clock })
  channel.listen(new Uint8Array(0))
  pair.a.on('error', () => {})
  const sealer = new FrameSealer(keys.a2g)
  const frames: ControlFrame[] = []
  const closes: (TildegateError | undefined)[] = []
  return {
    channel,
    clock,
    pair,
    wire: pair.a,
    frames,
    closes,
    seal: plaintext => sealer.seal(plaintext),
    sealFrame: frame => sealer.seal(encodeFrame(frame)),
    start: () =>
      channel.start({ onFrame: frame => frames.push(frame), onClose: cause => closes.push(cause) }),
    sent: () => {
      const opener = new FrameOpener(keys.g2a)
      const plaintexts: Buffer[] = []
      let rest = pair.written.byB()
      while (rest.length > 0) {
        const end = 4 + rest.readUInt32BE()
        plaintexts.push(opener.open(rest.subarray(4, end)))
        rest = rest.subarray(end)
      }
      return plaintexts
    },
  }
}

/** Lets everything that is on its way in memory arrive. */
export async function turns(count = 4): Promise<void> {
  for (let i = 0; i < count; i++) await new Promise(resolve => setImmediate(resolve))
}
