/**
 * The proxy's message of NTLM, CHALLENGE_MESSAGE ([MS-NLMP] 2.2.1.2), read with every bound checked: it comes from whoever is on the line.
 * What would make the answer crackable (NTLMv1) is refused, never answered.
 */
import { TildegateError } from '../../shared/errors.ts'

export const ntlmSignature = Buffer.from('NTLMSSP\0', 'latin1')

/** Bits of NegotiateFlags ([MS-NLMP] 2.2.2.5). */
export const ntlmFlags = {
  unicode: 0x1,
  requestTarget: 0x4,
  ntlm: 0x200,
  alwaysSign: 0x8000,
  extendedSessionSecurity: 0x80000,
  targetInfo: 0x800000,
  version: 0x2000000,
  bits128: 0x20000000,
  bits56: 0x80000000,
} as const

/** AvId ([MS-NLMP] 2.2.2.1). */
export const avId = { endOfList: 0, flags: 6, timestamp: 7, channelBindings: 10 } as const

export interface AvPair {
  readonly id: number
  readonly value: Buffer
}

export interface NtlmChallenge {
  /** The whole message, as the MIC covers it. */
  readonly raw: Buffer
  readonly flags: number
  /** 8 bytes. */
  readonly serverChallenge: Buffer
  /** Without the end mark. */
  readonly targetInfo: readonly AvPair[]
}

const fixedBytes = 48
const maxBytes = 16 * 1024

/** @throws TildegateError proxy-ntlm-malformed; proxy-ntlmv1-refused where it leads to NTLMv1 */
export function parseNtlmChallenge(raw: Buffer, hop: string): NtlmChallenge {
  const malformed = () => new TildegateError('proxy-ntlm-malformed', { hop })
  if (raw.length < fixedBytes || raw.length > maxBytes) throw malformed()
  if (!raw.subarray(0, 8).equals(ntlmSignature) || raw.readUInt32LE(8) !== 2) throw malformed()
  const flags = raw.readUInt32LE(20)
  const needed = ntlmFlags.unicode | ntlmFlags.extendedSessionSecurity | ntlmFlags.targetInfo
  if ((flags & needed) !== needed) throw new TildegateError('proxy-ntlmv1-refused', { hop })
  const [length, offset] = [raw.readUInt16LE(40), raw.readUInt32LE(44)]
  if (length === 0) throw new TildegateError('proxy-ntlmv1-refused', { hop })
  if (offset < fixedBytes || offset + length > raw.length) throw malformed()
  const targetInfo = parsePairs(raw.subarray(offset, offset + length))
  if (targetInfo === undefined) throw malformed()
  return { raw, flags, serverChallenge: raw.subarray(24, 32), targetInfo }
}

/** Values that the answer is made with have one size. */
const sizeOf: Readonly<Record<number, number>> = { [avId.flags]: 4, [avId.timestamp]: 8 }

/** @returns undefined unless the pairs fill the bytes up to their end mark */
function parsePairs(bytes: Buffer): AvPair[] | undefined {
  const pairs: AvPair[] = []
  for (let at = 0; at + 4 <= bytes.length; ) {
    const [id, length] = [bytes.readUInt16LE(at), bytes.readUInt16LE(at + 2)]
    if (id === avId.endOfList) return length === 0 ? pairs : undefined
    const end = at + 4 + length
    if (end > bytes.length || length !== (sizeOf[id] ?? length)) return undefined
    pairs.push({ id, value: bytes.subarray(at + 4, end) })
    at = end
  }
  return undefined
}

export function printPairs(pairs: readonly AvPair[]): Buffer {
  const parts = [...pairs, { id: avId.endOfList, value: Buffer.alloc(0) }].map(({ id, value }) => {
    const head = Buffer.alloc(4)
    head.writeUInt16LE(id)
    head.writeUInt16LE(value.length, 2)
    return Buffer.concat([head, value])
  })
  return Buffer.concat(parts)
}
