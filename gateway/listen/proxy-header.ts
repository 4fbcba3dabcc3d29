/**
 * The PROXY protocol, versions 1 and 2 (haproxy's proxy-protocol.txt, 2.1 and 2.2): who really connected,
 * told by a front proxy in the first bytes of a connection. Only the decoder; who may send one is decided
 * where connections are accepted.
 */
import { TildegateError } from '../../shared/errors.ts'
import { canonicalAddress } from './address-ranges.ts'

/** `undefined` source: the proxy speaks for itself (LOCAL, UNKNOWN): the socket's own address counts. */
export interface ProxyHeader {
  readonly source: { readonly address: string; readonly port: number } | undefined
  /** What came after the header and belongs to the connection. */
  readonly rest: Buffer
}

const v1Start = Buffer.from('PROXY ', 'latin1')
const v2Signature = Buffer.from('\r\n\r\n\0\r\nQUIT\n', 'latin1')
/** Section 2.1: 107 bytes hold the longest line with its CRLF. */
const v1MaxBytes = 107
const v2HeadBytes = 16

type State = 'start' | 'v1 line' | 'v2 head' | 'v2 body' | 'ended'

export class ProxyHeaderDecoder {
  readonly #buffer: Buffer
  #length = 0
  #state: State = 'start'
  #bodyBytes = 0

  /** `maxBytes` bounds a whole v2 header; at least 107. */
  constructor(maxBytes: number) {
    this.#buffer = Buffer.alloc(Math.max(maxBytes, v1MaxBytes))
  }

  /**
   * Takes the next bytes; gives the header once it is whole. Not to be called after that.
   * @throws TildegateError proxy-header-invalid
   */
  push(bytes: Buffer): ProxyHeader | undefined {
    let offset = 0
    while (offset < bytes.length && this.#state !== 'ended') {
      const byte = bytes[offset++] ?? 0
      if (this.#length >= this.#buffer.length) throw invalid('too long')
      this.#buffer[this.#length++] = byte
      const source = this.#step(byte)
      if (source !== undefined) {
        this.#state = 'ended'
        return { source: source ?? undefined, rest: bytes.subarray(offset) }
      }
    }
    return undefined
  }

  /** One more byte is in the buffer: `undefined` wants more, `null` is a header without a source. */
  #step(byte: number): ProxyHeader['source'] | null | undefined {
    switch (this.#state) {
      case 'start': {
        const at = this.#length - 1
        if (byte === v1Start[at] && this.#buffer[0] === v1Start[0]) {
          if (this.#length === v1Start.length) this.#state = 'v1 line'
        } else if (byte === v2Signature[at] && this.#buffer[0] === v2Signature[0]) {
          if (this.#length === v2Signature.length) this.#state = 'v2 head'
        } else throw invalid('no PROXY header')
        return undefined
      }
      case 'v1 line':
        if (byte === 0x0a) return readLine(this.#buffer.toString('latin1', 0, this.#length))
        if (this.#length >= v1MaxBytes) throw invalid('line too long')
        return undefined
      case 'v2 head':
        if (this.#length < v2HeadBytes) return undefined
        this.#bodyBytes = this.#buffer.readUInt16BE(14)
        if (v2HeadBytes + this.#bodyBytes > this.#buffer.length) throw invalid('too long')
        this.#state = 'v2 body'
        return this.#bodyBytes === 0 ? readBlock(this.#buffer.subarray(0, v2HeadBytes)) : undefined
      case 'v2 body':
        if (this.#length < v2HeadBytes + this.#bodyBytes) return undefined
        return readBlock(this.#buffer.subarray(0, this.#length))
      case 'ended':
        throw invalid('pushed after its end')
    }
  }
}

function readLine(line: string): ProxyHeader['source'] | null {
  if (!line.endsWith('\r\n')) throw invalid('line without CRLF')
  const [, family, source, target, port, targetPort, ...more] = line.slice(0, -2).split(' ')
  if (family === 'UNKNOWN') return null
  if ((family !== 'TCP4' && family !== 'TCP6') || more.length > 0) throw invalid('malformed line')
  const isRight = (text: string | undefined) =>
    text !== undefined && text.includes(':') === (family === 'TCP6') && canonicalAddress(text) !== undefined
  if (!isRight(source) || !isRight(target) || !isPort(port) || !isPort(targetPort))
    throw invalid('malformed line')
  return { address: canonicalAddress(source ?? '') ?? '', port: Number(port) }
}

function isPort(text: string | undefined): boolean {
  return text !== undefined && /^(0|[1-9]\d{0,4})$/.test(text) && Number(text) <= 65_535
}

function readBlock(block: Buffer): ProxyHeader['source'] | null {
  const versionAndCommand = block[12] ?? 0
  if (versionAndCommand >> 4 !== 2) throw invalid('unknown version')
  const command = versionAndCommand & 0x0f
  if (command === 0) return null
  if (command !== 1) throw invalid('unknown command')
  const addresses = block.subarray(v2HeadBytes)
  switch (block[13]) {
    case 0x11: {
      if (addresses.length < 12) throw invalid('addresses cut short')
      return { address: [...addresses.subarray(0, 4)].join('.'), port: addresses.readUInt16BE(8) }
    }
    case 0x21: {
      if (addresses.length < 36) throw invalid('addresses cut short')
      const groups = Array.from({ length: 8 }, (_, at) => addresses.readUInt16BE(2 * at).toString(16))
      return { address: canonicalAddress(groups.join(':')) ?? '', port: addresses.readUInt16BE(32) }
    }
    default:
      // Section 2.2: a receiver that does not know the family uses the connection's own addresses.
      return null
  }
}

function invalid(reason: string): TildegateError {
  return new TildegateError('proxy-header-invalid', { reason })
}
