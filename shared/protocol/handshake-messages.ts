/** M1 and M2 of the handshake (docs/protocol.md, 2). M3 to M6 are 32 plain bytes each. */
import { TildegateError } from '../errors.ts'
import { concat, textOf, utf8 } from './bytes.ts'
import { wire } from './limits.ts'

export const protocolVersion = 1
const cpaceSuite = 1
const magic = utf8('TLDG')
const nonceBytes = 32
const m1FixedBytes = magic.length + 1 + 1 + nonceBytes + 1
const m2Bytes = 3 + nonceBytes

/** The names that a tunnel can have; the same rule as in the two files. */
const namePattern = /^[A-Za-z0-9._-]{1,64}$/

/** Why the gateway does not go on, as the first byte of M2 says it. */
export const handshakeStatus = { goOn: 0, versionNotSpoken: 2, malformed: 3, overloaded: 4 } as const

export function encodeM1(nonceA: Uint8Array, name: string): Uint8Array<ArrayBuffer> {
  const nameBytes = utf8(name)
  return concat(
    magic,
    Uint8Array.of(protocolVersion, cpaceSuite),
    nonceA,
    Uint8Array.of(nameBytes.length),
    nameBytes,
  )
}

export type DecodedM1 =
  | { readonly kind: 'm1'; readonly nonceA: Uint8Array; readonly name: string }
  | { readonly kind: 'refused'; readonly status: 2 | 3 }

export function decodeM1(body: Uint8Array): DecodedM1 {
  const malformed = { kind: 'refused', status: handshakeStatus.malformed } as const
  if (body.length < magic.length + 1 || magic.some((byte, i) => body[i] !== byte)) return malformed
  if (body[4] !== protocolVersion) return { kind: 'refused', status: handshakeStatus.versionNotSpoken }
  const suites = body[5] ?? 0
  const nameLength = body[m1FixedBytes - 1] ?? 0
  if ((suites & cpaceSuite) === 0) return malformed
  if (nameLength < 1 || nameLength > wire.nameMaxBytes || body.length !== m1FixedBytes + nameLength) {
    return malformed
  }
  const name = textOf(body.subarray(m1FixedBytes))
  if (name === undefined || !namePattern.test(name)) return malformed
  return { kind: 'm1', nonceA: body.slice(6, 6 + nonceBytes), name }
}

export function encodeM2(nonceG: Uint8Array): Uint8Array<ArrayBuffer> {
  return concat(Uint8Array.of(handshakeStatus.goOn, protocolVersion, cpaceSuite), nonceG)
}

/** The short M2, after which the gateway closes. */
export function encodeRefusal(status: 2 | 3 | 4): Uint8Array<ArrayBuffer> {
  return Uint8Array.of(status, protocolVersion)
}

/**
 * @returns nonceG
 * @throws TildegateError version-not-spoken, gateway-overloaded, protocol-violation
 */
export function decodeM2(body: Uint8Array): Uint8Array {
  const [status, version, suite] = body
  if (body.length === 2) {
    if (status === handshakeStatus.versionNotSpoken) {
      throw new TildegateError('version-not-spoken', { version: version ?? 0 })
    }
    if (status === handshakeStatus.overloaded) throw new TildegateError('gateway-overloaded')
    throw violation(
      status === handshakeStatus.malformed ? 'the gateway could not read M1' : 'the status of M2',
    )
  }
  if (body.length !== m2Bytes || status !== handshakeStatus.goOn) throw violation('the form of M2')
  if (version !== protocolVersion || suite !== cpaceSuite) throw violation('version or suite of M2')
  return body.slice(3)
}

/** M3 to M6. @throws TildegateError protocol-violation unless it is exactly 32 bytes */
export function expect32(body: Uint8Array, message: 'M3' | 'M4' | 'M5' | 'M6'): Uint8Array {
  if (body.length !== 32) throw violation(`the length of ${message}`)
  return body
}

function violation(reason: string): TildegateError {
  return new TildegateError('protocol-violation', { reason })
}
