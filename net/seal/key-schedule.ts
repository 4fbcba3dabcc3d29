/** From the two messages, the shares and the session key to all keys of a control connection (docs/protocol.md, 2). */
import { createHmac, hkdfSync } from 'node:crypto'
import { concat, lvCat, utf8 } from '../../shared/protocol/bytes.ts'
import { sessionKey, sha512 } from './cpace.ts'

const protocol = utf8('tildegate/1')
const tagBytes = 32

/** Of one direction. */
export interface FrameKey {
  readonly key: Buffer
  readonly iv: Buffer
}

export interface SessionKeys {
  /** What the agent sends as M5. */
  readonly tagOfAgent: Buffer
  /** What the gateway sends as M6. */
  readonly tagOfGateway: Buffer
  readonly a2g: FrameKey
  readonly g2a: FrameKey
  /** Binds further proofs to this very handshake. */
  readonly exporter: Buffer
}

export interface Transcript {
  /** Bodies of the messages. */
  readonly m1: Uint8Array
  readonly m2: Uint8Array
  readonly name: string
  readonly nonceA: Uint8Array
  readonly nonceG: Uint8Array
}

export function sessionId(transcript: Transcript): Uint8Array {
  return concat(transcript.nonceA, transcript.nonceG)
}

/** CI: roles, name and everything said so far. */
export function channelIdentifier({ m1, m2, name }: Transcript): Uint8Array {
  return lvCat(protocol, utf8('agent'), utf8(name), utf8('gateway'), sha512(lvCat(m1, m2)))
}

/** `k` is the shared point; it, ISK and th are wiped here. */
export function deriveKeys(
  transcript: Transcript,
  shares: { ya: Uint8Array; yb: Uint8Array },
  k: Uint8Array,
): SessionKeys {
  const isk = sessionKey(sessionId(transcript), k, shares)
  const th = sha512(lvCat(transcript.m1, transcript.m2, shares.ya, shares.yb))
  const key = (label: string, bytes: number) =>
    Buffer.from(hkdfSync('sha512', isk, th, lvCat(protocol, utf8(label)), bytes))
  const tag = (label: string) =>
    createHmac('sha512', key(label, 32)).update(th).digest().subarray(0, tagBytes)
  const keys = {
    tagOfAgent: tag('confirm agent'),
    tagOfGateway: tag('confirm gateway'),
    a2g: { key: key('key a2g', 32), iv: key('iv a2g', 12) },
    g2a: { key: key('key g2a', 32), iv: key('iv g2a', 12) },
    exporter: key('exporter', 32),
  }
  isk.fill(0)
  th.fill(0)
  return keys
}
