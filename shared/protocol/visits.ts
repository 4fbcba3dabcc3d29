/**
 * VISITS (docs/protocol.md, 3): what the gateway tells an agent of the visitors of its tunnel. Small whatever visitors send: texts are cut,
 * and a frame has few of them.
 */
import { concat, cutUtf8, textOf, utf8 } from './bytes.ts'
import { wire } from './limits.ts'

export interface ToldVisit {
  /** When it was over, before the frame was sent: the two clocks need not agree. */
  readonly agoMs: number
  readonly durationMs: number
  /** 0: the visitor left before an answer. */
  readonly status: number
  readonly address: string
  readonly method: string
  /** Without its query; ends in `…` where it was cut. */
  readonly path: string
}

export interface ToldVisits {
  /** Visits before these that are not told of: there were too many. */
  readonly leftOut: number
  /** Oldest first. */
  readonly visits: readonly ToldVisit[]
}

const u32Max = 0xffff_ffff
const statusMax = 999
const cutMark = '…'
const fixedBytes = 10

/** Those beyond the most that a frame may have, the oldest, are counted as left out. */
export function encodeVisits({ leftOut, visits }: ToldVisits): Uint8Array<ArrayBuffer> {
  const told = visits.slice(-wire.visitsMax)
  const head = new Uint8Array(4)
  new DataView(head.buffer).setUint32(0, asU32(leftOut + visits.length - told.length))
  return concat(head, ...told.map(encodeVisit))
}

function encodeVisit({ agoMs, durationMs, status, address, method, path }: ToldVisit): Uint8Array {
  const fixed = new Uint8Array(fixedBytes)
  const view = new DataView(fixed.buffer)
  view.setUint32(0, asU32(agoMs))
  view.setUint32(4, asU32(durationMs))
  view.setUint16(8, Math.min(statusMax, status))
  const texts = [
    cutUtf8(utf8(address), wire.visitAddressMaxBytes),
    cutUtf8(utf8(method), wire.visitMethodMaxBytes),
    shortened(utf8(path)),
  ]
  return concat(fixed, ...texts.flatMap(text => [Uint8Array.of(text.length), text]))
}

function shortened(path: Uint8Array): Uint8Array {
  if (path.length <= wire.visitPathMaxBytes) return path
  const mark = utf8(cutMark)
  return concat(cutUtf8(path, wire.visitPathMaxBytes - mark.length), mark)
}

function asU32(value: number): number {
  return Math.min(u32Max, Math.max(0, Math.round(value)))
}

/** @returns undefined where it is not exactly as specified: as a whole, and the rest of it is not believed either */
export function decodeVisits(payload: Uint8Array): ToldVisits | undefined {
  if (payload.length < 4) return undefined
  const leftOut = viewOf(payload).getUint32(0)
  const visits: ToldVisit[] = []
  for (let at = 4; at < payload.length; ) {
    const found = decodeVisit(payload.subarray(at))
    if (found === undefined || visits.length === wire.visitsMax) return undefined
    visits.push(found.visit)
    at += found.length
  }
  return { leftOut, visits }
}

function decodeVisit(bytes: Uint8Array): { visit: ToldVisit; length: number } | undefined {
  if (bytes.length < fixedBytes) return undefined
  const view = viewOf(bytes)
  const status = view.getUint16(8)
  const address = shortText(bytes, fixedBytes, wire.visitAddressMaxBytes)
  if (address === undefined || status > statusMax) return undefined
  const method = shortText(bytes, address.end, wire.visitMethodMaxBytes)
  if (method === undefined) return undefined
  const path = shortText(bytes, method.end, wire.visitPathMaxBytes)
  if (path === undefined) return undefined
  const [agoMs, durationMs] = [view.getUint32(0), view.getUint32(4)]
  const texts = { address: address.text, method: method.text, path: path.text }
  return { visit: { agoMs, durationMs, status, ...texts }, length: path.end }
}

/** A text with its length, one byte, before it. */
function shortText(
  bytes: Uint8Array,
  at: number,
  maxBytes: number,
): { text: string; end: number } | undefined {
  const length = bytes[at]
  if (length === undefined || length > maxBytes) return undefined
  const end = at + 1 + length
  const text = end <= bytes.length ? textOf(bytes.subarray(at + 1, end)) : undefined
  return text === undefined ? undefined : { text, end }
}

function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
}
