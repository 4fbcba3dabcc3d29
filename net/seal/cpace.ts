/**
 * CPACE-X25519-SHA512 (draft-irtf-cfrg-cpace; docs/protocol.md, 2): pure functions of what comes in. Associated data of
 * both sides is a parameter only for the official vectors; the protocol leaves it empty.
 */
import { createHash } from 'node:crypto'
import { concat, lv, lvCat, utf8 } from '../../shared/protocol/bytes.ts'
import { elligator2 } from './elligator.ts'
import { x25519 } from './x25519.ts'

const generatorTag = utf8('CPace255')
const sessionKeyTag = utf8('CPace255_ISK')
/** The block of SHA-512: the password is alone in the first one. */
const blockBytes = 128
const fieldBytes = 32
const nothing = new Uint8Array(0)

export function sha512(bytes: Uint8Array): Buffer {
  return createHash('sha512').update(bytes).digest()
}

export function generatorString(prs: Uint8Array, ci: Uint8Array, sid: Uint8Array): Uint8Array {
  const used = 1 + lv(prs).length + lv(generatorTag).length
  return lvCat(generatorTag, prs, new Uint8Array(Math.max(0, blockBytes - used)), ci, sid)
}

/** The secret generator g; the password's bytes are wiped from the working copies. */
export function calculateGenerator(prs: Uint8Array, ci: Uint8Array, sid: Uint8Array): Uint8Array {
  const text = generatorString(prs, ci, sid)
  const hash = sha512(text)
  text.fill(0)
  const generator = elligator2(hash.subarray(0, fieldBytes))
  hash.fill(0)
  return generator
}

/** Ya or Yb: the public share of a scalar. */
export function publicShare(scalar: Uint8Array, generator: Uint8Array): Buffer {
  return x25519(scalar, generator)
}

export interface Shares {
  readonly ya: Uint8Array
  readonly yb: Uint8Array
  readonly ada?: Uint8Array
  readonly adb?: Uint8Array
}

/** The intermediate session key. `k` is wiped. */
export function sessionKey(sid: Uint8Array, k: Uint8Array, shares: Shares): Buffer {
  const { ya, yb, ada = nothing, adb = nothing } = shares
  const text = concat(lvCat(sessionKeyTag, sid, k), lvCat(ya, ada), lvCat(yb, adb))
  k.fill(0)
  const key = sha512(text)
  text.fill(0)
  return key
}
