/** The plaintext of sealed frames: a type byte and its payload (docs/protocol.md, 3). */
import { TildegateError } from '../errors.ts'
import { Secret } from '../secret.ts'
import { concat, cutUtf8, textOf, utf8 } from './bytes.ts'
import {
  decodeHello,
  decodeRefused,
  decodeWelcome,
  encodeJson,
  type Hello,
  type Refused,
  type Welcome,
} from './control-json.ts'
import { wire } from './limits.ts'
import { decodeVisits, encodeVisits, type ToldVisits } from './visits.ts'

export type Direction = 'a2g' | 'g2a'

export type ControlFrame =
  | { readonly type: 'hello'; readonly hello: Hello }
  | { readonly type: 'welcome'; readonly welcome: Welcome }
  | { readonly type: 'refused'; readonly refused: Refused }
  /** u64, echoed as it came. */
  | { readonly type: 'ping'; readonly id: bigint }
  | { readonly type: 'pong'; readonly id: bigint }
  | {
      readonly type: 'open'
      /** 16 bytes. */
      readonly id: Uint8Array
      readonly secret: Secret
      readonly kind: 'http' | 'raw'
      readonly innerTls: boolean
    }
  /** `code`: one of `failedCodes`, or one of a later version. */
  | { readonly type: 'failed'; readonly id: Uint8Array; readonly code: number; readonly text: string }
  | { readonly type: 'close'; readonly code: number; readonly text: string }
  /** Our extension: how the target's stream on the back-connection of this ticket ended. */
  | { readonly type: 'ended'; readonly id: Uint8Array; readonly isInOrder: boolean }
  /** Our extension: what visitors of the tunnel did; the next one comes only after `seen`. */
  | ({ readonly type: 'visits' } & ToldVisits)
  | { readonly type: 'seen' }

export const failedCodes = { dial: 1, proxy: 2, upgrade: 3, innerTls: 4, limit: 5, target: 6 } as const
export const closeCodes = { normal: 0, gatewayStops: 1, dropped: 2, replaced: 3, protocolError: 4 } as const

const typeBytes = {
  hello: 1,
  welcome: 2,
  refused: 3,
  ping: 4,
  pong: 5,
  open: 6,
  failed: 7,
  close: 8,
  ended: 0x80,
  visits: 0x81,
  seen: 0x82,
} as const
const firstExtension = 0x80
const idBytes = 16
const secretBytes = 32

export function encodeFrame(frame: ControlFrame): Uint8Array<ArrayBuffer> {
  const type = Uint8Array.of(typeBytes[frame.type])
  switch (frame.type) {
    case 'hello':
      return concat(type, encodeJson(frame.hello))
    case 'welcome':
      return concat(type, encodeJson(frame.welcome))
    case 'refused':
      return concat(type, encodeJson(frame.refused))
    case 'ping':
    case 'pong':
      return concat(type, u64(frame.id))
    case 'open': {
      const kind = frame.kind === 'http' ? 0 : 1
      const last = Uint8Array.of(kind, frame.innerTls ? 1 : 0)
      return frame.secret.use(secret => concat(type, frame.id, secret, last))
    }
    case 'failed':
      return concat(type, frame.id, Uint8Array.of(frame.code), cutUtf8(utf8(frame.text), wire.textMaxBytes))
    case 'close':
      return concat(type, Uint8Array.of(frame.code), cutUtf8(utf8(frame.text), wire.textMaxBytes))
    case 'ended':
      return concat(type, frame.id, Uint8Array.of(frame.isInOrder ? 0 : 1))
    case 'visits':
      return concat(type, encodeVisits(frame))
    case 'seen':
      return type
  }
}

/**
 * @returns undefined for an extension that is not known here, which is to be ignored
 * @throws TildegateError protocol-violation for everything that docs/protocol.md does not allow in this direction
 */
export function decodeFrame(plaintext: Uint8Array, direction: Direction): ControlFrame | undefined {
  const type = plaintext[0]
  const payload = plaintext.subarray(1)
  if (type === undefined) throw violation('an empty frame')
  const frame = direction === 'a2g' ? fromAgent(type, payload) : fromGateway(type, payload)
  if (frame !== undefined) return frame
  if (type === typeBytes.close) return decodeClose(payload)
  if (type < firstExtension) throw violation(`frame type ${type} in this direction`)
  return undefined
}

function fromAgent(type: number, payload: Uint8Array): ControlFrame | undefined {
  switch (type) {
    case typeBytes.hello:
      return { type: 'hello', hello: decodeHello(payload) }
    case typeBytes.ping:
      return { type: 'ping', id: decodeId(payload, 'PING') }
    case typeBytes.failed:
      return decodeFailed(payload)
    case typeBytes.ended:
      return decodeEnded(payload)
    case typeBytes.seen:
      return payload.length === 0 ? { type: 'seen' } : undefined
    default:
      return undefined
  }
}

function fromGateway(type: number, payload: Uint8Array): ControlFrame | undefined {
  switch (type) {
    case typeBytes.welcome:
      return { type: 'welcome', welcome: decodeWelcome(payload) }
    case typeBytes.refused:
      return { type: 'refused', refused: decodeRefused(payload) }
    case typeBytes.pong:
      return { type: 'pong', id: decodeId(payload, 'PONG') }
    case typeBytes.open:
      return decodeOpen(payload)
    case typeBytes.visits: {
      const told = decodeVisits(payload)
      return told && { type: 'visits', ...told }
    }
    default:
      return undefined
  }
}

function decodeId(payload: Uint8Array, frame: string): bigint {
  if (payload.length !== 8) throw violation(`the length of ${frame}`)
  return new DataView(payload.buffer, payload.byteOffset).getBigUint64(0)
}

function decodeOpen(payload: Uint8Array): ControlFrame {
  if (payload.length !== idBytes + secretBytes + 2) throw violation('the length of OPEN')
  const kind = payload[idBytes + secretBytes]
  const flags = payload[idBytes + secretBytes + 1] ?? 0
  if (kind !== 0 && kind !== 1) throw violation(`kind ${kind} of OPEN`)
  return {
    type: 'open',
    id: payload.slice(0, idBytes),
    secret: Secret.fromBytes(payload.subarray(idBytes, idBytes + secretBytes)),
    kind: kind === 0 ? 'http' : 'raw',
    innerTls: (flags & 1) === 1,
  }
}

function decodeFailed(payload: Uint8Array): ControlFrame {
  const code = payload[idBytes]
  if (code === undefined) throw violation('the length of FAILED')
  const text = decodeText(payload.subarray(idBytes + 1), 'FAILED')
  return { type: 'failed', id: payload.slice(0, idBytes), code, text }
}

/** The number may be somebody else's extension: what does not look like ours is ignored, as all extensions are. */
function decodeEnded(payload: Uint8Array): ControlFrame | undefined {
  const code = payload[idBytes]
  if (code === undefined || code > 1 || payload.length !== idBytes + 1) return undefined
  return { type: 'ended', id: payload.slice(0, idBytes), isInOrder: code === 0 }
}

function decodeClose(payload: Uint8Array): ControlFrame {
  const code = payload[0]
  if (code === undefined) throw violation('the length of CLOSE')
  return { type: 'close', code, text: decodeText(payload.subarray(1), 'CLOSE') }
}

function decodeText(bytes: Uint8Array, frame: string): string {
  const text = bytes.length <= wire.textMaxBytes ? textOf(bytes) : undefined
  if (text === undefined) throw violation(`the text of ${frame}`)
  return text
}

function u64(value: bigint): Uint8Array {
  const bytes = new Uint8Array(8)
  new DataView(bytes.buffer).setBigUint64(0, value)
  return bytes
}

function violation(reason: string): TildegateError {
  return new TildegateError('protocol-violation', { reason })
}
