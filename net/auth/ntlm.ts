/**
 * The client's messages of NTLM ([MS-NLMP]): NTLMv2 only, Unicode, with a MIC where the server sends its time. Pure functions; chance and
 * time come in. Key exchange, signing and sealing are not offered: they need RC4 and serve nothing here.
 */
import { createHmac } from 'node:crypto'
import type { Secret } from '../../shared/secret.ts'
import { md4 } from './md4.ts'
import {
  type AvPair,
  avId,
  type NtlmChallenge,
  ntlmFlags,
  ntlmSignature,
  printPairs,
} from './ntlm-challenge.ts'

const offered =
  (ntlmFlags.unicode |
    ntlmFlags.requestTarget |
    ntlmFlags.ntlm |
    ntlmFlags.alwaysSign |
    ntlmFlags.extendedSessionSecurity |
    ntlmFlags.version |
    ntlmFlags.bits128 |
    ntlmFlags.bits56) >>>
  0
/** Windows 10, NTLMSSP_REVISION_W2K3 ([MS-NLMP] 2.2.2.10). */
const version = Buffer.from([10, 0, 0, 0, 0, 0, 0, 0x0f])
const micOffset = 72
const payloadOffset = 88
const micPresent = 2
/** 100 ns since 1601, of the Unix epoch. */
const epoch = 116_444_736_000_000_000n

export interface NtlmLogin {
  /** As it was typed; empty without one. */
  readonly domain: string
  readonly user: string
  readonly password: Secret
}

/** NEGOTIATE_MESSAGE ([MS-NLMP] 2.2.1.1), without domain and workstation. */
export function ntlmType1(): Buffer {
  const message = Buffer.alloc(40)
  ntlmSignature.copy(message)
  message.writeUInt32LE(1, 8)
  message.writeUInt32LE(offered, 12)
  version.copy(message, 32)
  return message
}

export interface Type3Parts {
  readonly login: NtlmLogin
  readonly type1: Buffer
  readonly challenge: NtlmChallenge
  /** 8 random bytes. */
  readonly clientChallenge: Uint8Array
  /** Used where the server sends no time of its own; milliseconds since 1970. */
  readonly wallMs: number
  /** MD5 of the channel bindings, 16 bytes, where the proxy is reached by TLS. */
  readonly channelBindings?: Buffer
}

/** AUTHENTICATE_MESSAGE ([MS-NLMP] 2.2.1.3). */
export function ntlmType3(parts: Type3Parts): Buffer {
  const { login, challenge, type1 } = parts
  const hasTime = challenge.targetInfo.some(pair => pair.id === avId.timestamp)
  const { ntResponse, sessionBaseKey } = ntlmv2Response(parts, hasTime)
  const fields = [
    Buffer.alloc(24),
    ntResponse,
    Buffer.from(login.domain, 'utf16le'),
    Buffer.from(login.user, 'utf16le'),
    Buffer.alloc(0),
    Buffer.alloc(0),
  ]
  const head = Buffer.alloc(payloadOffset)
  ntlmSignature.copy(head)
  head.writeUInt32LE(3, 8)
  let offset = payloadOffset
  for (const [i, field] of fields.entries()) {
    head.writeUInt16LE(field.length, 12 + 8 * i)
    head.writeUInt16LE(field.length, 14 + 8 * i)
    head.writeUInt32LE(offset, 16 + 8 * i)
    offset += field.length
  }
  head.writeUInt32LE(((offered | ntlmFlags.targetInfo) & challenge.flags) >>> 0, 60)
  version.copy(head, 64)
  const message = Buffer.concat([head, ...fields])
  if (hasTime) {
    const mic = hmacMd5(sessionBaseKey, Buffer.concat([type1, challenge.raw, message]))
    mic.copy(message, micOffset)
  }
  sessionBaseKey.fill(0)
  return message
}

/** [MS-NLMP] 3.3.2. */
export function ntlmv2Response(
  { login, challenge, clientChallenge, wallMs, channelBindings }: Omit<Type3Parts, 'type1'>,
  hasMic: boolean,
): { ntResponse: Buffer; sessionBaseKey: Buffer } {
  const time = challenge.targetInfo.find(pair => pair.id === avId.timestamp)?.value
  const blob = Buffer.concat([
    Buffer.from([1, 1, 0, 0, 0, 0, 0, 0]),
    time ?? fileTime(wallMs),
    clientChallenge,
    Buffer.alloc(4),
    printPairs(answeredPairs(challenge.targetInfo, hasMic, channelBindings)),
    Buffer.alloc(4),
  ])
  const key = ntowfv2(login)
  const proof = hmacMd5(key, Buffer.concat([challenge.serverChallenge, blob]))
  const sessionBaseKey = hmacMd5(key, proof)
  key.fill(0)
  return { ntResponse: Buffer.concat([proof, blob]), sessionBaseKey }
}

/** [MS-NLMP] 3.1.5.1.2: the server's pairs, with our flag for the MIC and the channel bindings. */
function answeredPairs(pairs: readonly AvPair[], hasMic: boolean, bindings: Buffer | undefined): AvPair[] {
  const kept = pairs.filter(pair => pair.id !== avId.channelBindings && !(hasMic && pair.id === avId.flags))
  if (hasMic) {
    const given = pairs.find(pair => pair.id === avId.flags)?.value
    const value = Buffer.alloc(4)
    value.writeUInt32LE(((given?.readUInt32LE() ?? 0) | micPresent) >>> 0)
    kept.push({ id: avId.flags, value })
  }
  if (bindings !== undefined) kept.push({ id: avId.channelBindings, value: bindings })
  return kept
}

/** NTOWFv2 ([MS-NLMP] 3.3.2). */
export function ntowfv2({ domain, user, password }: NtlmLogin): Buffer {
  return password.use(bytes => {
    const unicode = Buffer.from(Buffer.from(bytes).toString('utf8'), 'utf16le')
    const hash = md4(unicode)
    unicode.fill(0)
    const key = hmacMd5(hash, Buffer.from(upperCase(user) + domain, 'utf16le'))
    hash.fill(0)
    return key
  })
}

/** As Windows does it: each UTF-16 unit by itself, so that ß stays ß. */
function upperCase(text: string): string {
  return Array.from({ length: text.length }, (_, i) => {
    const unit = text.charAt(i)
    const upper = unit.toUpperCase()
    return upper.length === 1 ? upper : unit
  }).join('')
}

function fileTime(wallMs: number): Buffer {
  const time = Buffer.alloc(8)
  time.writeBigUInt64LE(BigInt(Math.round(wallMs)) * 10_000n + epoch)
  return time
}

function hmacMd5(key: Uint8Array, data: Uint8Array): Buffer {
  return createHmac('md5', key).update(data).digest()
}
