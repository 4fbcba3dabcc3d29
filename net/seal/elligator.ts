/**
 * The Elligator 2 map to Curve25519 in its Montgomery form (RFC 9380, 6.7.1), u-coordinate only: what CPace needs to
 * turn a password into a generator. BigInt arithmetic, which is not constant-time: see SECURITY.md.
 */
const p = 2n ** 255n - 19n
const curveA = 486_662n
/** Any non-square of the field. */
const nonSquare = 2n

function modulo(value: bigint): bigint {
  const rest = value % p
  return rest < 0n ? rest + p : rest
}

function power(base: bigint, exponent: bigint): bigint {
  let result = 1n
  let square = modulo(base)
  for (let bits = exponent; bits > 0n; bits >>= 1n) {
    if ((bits & 1n) === 1n) result = (result * square) % p
    square = (square * square) % p
  }
  return result
}

function decodeLittleEndian(bytes: Uint8Array): bigint {
  return bytes.reduceRight((value, byte) => (value << 8n) | BigInt(byte), 0n)
}

function encodeLittleEndian(value: bigint): Uint8Array {
  const bytes = new Uint8Array(32)
  let rest = value
  for (let i = 0; i < bytes.length; i++, rest >>= 8n) bytes[i] = Number(rest & 0xffn)
  return bytes
}

/** @param bytes 32 bytes, little-endian; the top bit does not count
 *  @returns the u-coordinate, 32 bytes, little-endian */
export function elligator2(bytes: Uint8Array): Uint8Array {
  const r = modulo(decodeLittleEndian(bytes) & ((1n << 255n) - 1n))
  // 1 + 2r² is never zero, because -1/2 is no square.
  const v = modulo(-curveA * power(1n + nonSquare * r * r, p - 2n))
  const curve = modulo(v * v * v + curveA * v * v + v)
  // 1 for a square, -1 for none (never 0). One formula for both: a branch on it would tell an observer of times
  // a bit about the password in each handshake.
  const e = power(curve, (p - 1n) / 2n)
  return encodeLittleEndian(modulo(e * v - (1n - e) * (curveA / 2n)))
}
