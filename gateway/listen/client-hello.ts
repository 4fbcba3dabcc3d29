/**
 * The first message of TLS, looked at before TLS begins: which name and which protocols a client asks for. Node tells
 * neither before it has chosen a certificate. All bytes are given back; what is not understood is left to TLS to refuse.
 */
import type { Duplex } from 'node:stream'
import type { Clock } from '../../shared/world.ts'

export interface ClientHello {
  readonly serverName: string | undefined
  /** ALPN (RFC 7301), in the client's order. */
  readonly protocols: readonly string[]
}

const recordMax = 16_384
const helloMax = 16_384

/** Undefined: no ClientHello, or not in time. The stream is paused then, all its bytes still before it. */
export function peekClientHello(
  stream: Duplex,
  deadlineMs: number,
  clock: Clock,
): Promise<ClientHello | undefined> {
  return new Promise(resolve => {
    const seen: Buffer[] = []
    const decoder = new ClientHelloDecoder()
    const settle = (hello: ClientHello | undefined) => {
      timer.cancel()
      stream.off('data', onData)
      for (const event of ['end', 'close', 'error']) stream.off(event, onEnd)
      stream.pause()
      if (seen.length > 0 && !stream.destroyed) stream.unshift(Buffer.concat(seen))
      resolve(hello)
    }
    const onData = (bytes: Buffer) => {
      seen.push(bytes)
      const found = decoder.push(bytes)
      if (found !== 'more') settle(found)
    }
    const onEnd = () => settle(undefined)
    const timer = clock.after(deadlineMs, onEnd)
    stream.on('data', onData)
    for (const event of ['end', 'close', 'error']) stream.on(event, onEnd)
    stream.resume()
  })
}

/** The message out of its records (RFC 8446 §5.1 and §4.1.2). Each byte is looked at once, however they come. */
export class ClientHelloDecoder {
  readonly #header: number[] = []
  /** Of the current record. */
  #left = 0
  readonly #message = Buffer.alloc(helloMax)
  #length = 0

  /** `more`: so far it may be one. Undefined: it is none. */
  push(bytes: Buffer): ClientHello | 'more' | undefined {
    for (let at = 0; at < bytes.length; ) {
      if (this.#left === 0) {
        this.#header.push(bytes[at++] ?? 0)
        if (!this.#takeHeader()) return undefined
        continue
      }
      const count = Math.min(this.#left, bytes.length - at, helloMax - this.#length)
      bytes.copy(this.#message, this.#length, at, at + count)
      at += count
      this.#length += count
      this.#left -= count
      const need = this.#need()
      if (need > helloMax) return undefined
      if (this.#length >= need) return readHello(this.#message.subarray(4, need))
    }
    return 'more'
  }

  /** False: it is no record of the handshake. */
  #takeHeader(): boolean {
    const [type, major, , high, low] = this.#header
    if (type !== 22 || (major !== undefined && major !== 3)) return false
    if (high === undefined || low === undefined) return true
    this.#left = high * 256 + low
    this.#header.length = 0
    return this.#left > 0 && this.#left <= recordMax
  }

  /** How long the whole message is, as far as it is known. */
  #need(): number {
    if (this.#message[0] !== 1) return Number.POSITIVE_INFINITY
    return this.#length < 4 ? 4 : 4 + this.#message.readUIntBE(1, 3)
  }
}

function readHello(body: Buffer): ClientHello | undefined {
  try {
    const fields = new Fields(body)
    fields.take(2 + 32)
    fields.vector(1)
    fields.vector(2)
    fields.vector(1)
    const extensions = new Fields(fields.isEmpty ? Buffer.alloc(0) : fields.vector(2))
    let serverName: string | undefined
    let protocols: string[] = []
    while (!extensions.isEmpty) {
      const type = extensions.take(2).readUInt16BE()
      const content = new Fields(extensions.vector(2))
      if (type === 0) serverName = readServerName(new Fields(content.vector(2)))
      if (type === 16) protocols = readProtocols(new Fields(content.vector(2)))
    }
    return { serverName, protocols }
  } catch (cause) {
    if (cause instanceof RangeError) return undefined
    throw cause
  }
}

/** RFC 6066 §3: the one of type 0. */
function readServerName(list: Fields): string | undefined {
  while (!list.isEmpty) {
    const type = list.take(1)[0]
    const name = list.vector(2)
    if (type === 0) return name.toString('latin1')
  }
  return undefined
}

function readProtocols(list: Fields): string[] {
  const protocols: string[] = []
  while (!list.isEmpty) protocols.push(list.vector(1).toString('latin1'))
  return protocols
}

/** Reads from front to back. @throws RangeError where there is not as much */
class Fields {
  #rest: Buffer

  constructor(bytes: Buffer) {
    this.#rest = bytes
  }

  get isEmpty(): boolean {
    return this.#rest.length === 0
  }

  take(count: number): Buffer {
    if (count > this.#rest.length) throw new RangeError('too short')
    const taken = this.#rest.subarray(0, count)
    this.#rest = this.#rest.subarray(count)
    return taken
  }

  /** With its length, of so many bytes, before it. */
  vector(lengthBytes: number): Buffer {
    return this.take(this.take(lengthBytes).readUIntBE(0, lengthBytes))
  }
}
