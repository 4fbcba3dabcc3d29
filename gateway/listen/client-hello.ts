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
    let seen = Buffer.alloc(0)
    const settle = (hello: ClientHello | undefined) => {
      timer.cancel()
      stream.off('data', onData)
      for (const event of ['end', 'close', 'error']) stream.off(event, onEnd)
      stream.pause()
      if (seen.length > 0 && !stream.destroyed) stream.unshift(seen)
      resolve(hello)
    }
    const onData = (bytes: Buffer) => {
      seen = Buffer.concat([seen, bytes])
      const found = parseClientHello(seen)
      if (found !== 'more') settle(found)
    }
    const onEnd = () => settle(undefined)
    const timer = clock.after(deadlineMs, onEnd)
    stream.on('data', onData)
    for (const event of ['end', 'close', 'error']) stream.on(event, onEnd)
    stream.resume()
  })
}

/** `more`: so far it may be one. Undefined: it is none. RFC 8446 §5.1 and §4.1.2. */
export function parseClientHello(bytes: Buffer): ClientHello | 'more' | undefined {
  const message: Buffer[] = []
  let total = 0
  for (let at = 0; ; ) {
    if (at < bytes.length && bytes[at] !== 22) return undefined
    if (bytes.length < at + 5) return 'more'
    const length = bytes.readUInt16BE(at + 3)
    if (bytes[at + 1] !== 3 || length === 0 || length > recordMax) return undefined
    const part = bytes.subarray(at + 5, at + 5 + length)
    message.push(part)
    total += part.length
    const whole = Buffer.concat(message)
    if (whole.length > 0 && whole[0] !== 1) return undefined
    if (whole.length >= 4) {
      const need = 4 + whole.readUIntBE(1, 3)
      if (need > helloMax) return undefined
      if (total >= need) return readHello(whole.subarray(4, need))
    }
    if (part.length < length) return 'more'
    at += 5 + length
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
