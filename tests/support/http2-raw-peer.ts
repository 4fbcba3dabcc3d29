/**
 * A visitor that writes HTTP/2 frames byte by byte (RFC 9113 §4), fields as HPACK literals that no client would
 * send, and sees which frames come back.
 */
import { once } from 'node:events'
import { connect, type TLSSocket } from 'node:tls'

const PATIENCE_MS = 10_000

export const frameTypes = {
  data: 0,
  headers: 1,
  rstStream: 3,
  settings: 4,
  ping: 6,
  goaway: 7,
  windowUpdate: 8,
  continuation: 9,
} as const
type FrameType = keyof typeof frameTypes

export const flags = { endStream: 1, ack: 1, endHeaders: 4 } as const
export const errorCodes = {
  noError: 0,
  protocolError: 1,
  internalError: 2,
  flowControlError: 3,
  refusedStream: 7,
  cancel: 8,
  enhanceYourCalm: 11,
  http11Required: 13,
} as const

export interface Frame {
  readonly type: number
  readonly flags: number
  readonly stream: number
  readonly payload: Buffer
}

type Fields = readonly (readonly [name: string, value: string])[]

export class Http2RawPeer {
  readonly socket: TLSSocket
  readonly frames: Frame[] = []
  isClosed = false
  readonly closed: Promise<void>
  #rest = Buffer.alloc(0)
  #watchers: (() => void)[] = []

  private constructor(socket: TLSSocket) {
    this.socket = socket
    socket.on('error', () => {})
    socket.on('data', bytes => this.#take(bytes))
    this.closed = new Promise(resolve => {
      socket.once('close', () => {
        this.isClosed = true
        resolve()
        this.#tell()
      })
    })
  }

  /** Has exchanged SETTINGS; the header table of the other side is empty, so that its fields are literals. */
  static async connect(port: number): Promise<Http2RawPeer> {
    const socket = connect({ port, host: '127.0.0.1', rejectUnauthorized: false, ALPNProtocols: ['h2'] })
    await once(socket, 'secureConnect')
    socket.setNoDelay(true)
    const peer = new Http2RawPeer(socket)
    socket.write('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n')
    peer.send('settings', 0, 0, Buffer.from([0, 1, 0, 0, 0, 0]))
    await peer.until(({ type, flags: set }) => type === frameTypes.settings && set === 0)
    peer.send('settings', flags.ack, 0)
    return peer
  }

  send(type: FrameType, set: number, stream: number, payload: Buffer | string = ''): void {
    if (!this.socket.destroyed) this.socket.write(frame(type, set, stream, payload))
  }

  /** HEADERS of one frame. */
  request(stream: number, fields: Fields, isWhole = true): void {
    this.send('headers', flags.endHeaders | (isWhole ? flags.endStream : 0), stream, literals(fields))
  }

  data(stream: number, text: string, isLast = true): void {
    this.send('data', isLast ? flags.endStream : 0, stream, Buffer.from(text, 'latin1'))
  }

  reset(stream: number, code: number = errorCodes.cancel): void {
    this.send('rstStream', 0, stream, uint32(code))
  }

  /** What has come of an answer's body. */
  bodyOf(stream: number): string {
    const pieces = this.frames.filter(one => one.stream === stream && one.type === frameTypes.data)
    return Buffer.concat(pieces.map(one => one.payload)).toString('latin1')
  }

  /** How an answer ended: `whole`, or `reset CODE`. */
  async endOf(stream: number): Promise<string> {
    const end = await this.until(
      one =>
        one.stream === stream &&
        (one.type === frameTypes.rstStream ||
          ((one.type === frameTypes.data || one.type === frameTypes.headers) &&
            (one.flags & flags.endStream) !== 0)),
    )
    return end.type === frameTypes.rstStream ? `reset ${end.payload.readUInt32BE(0)}` : 'whole'
  }

  /** Lets the other side send so many more bytes, on a stream (with 0: on the connection). */
  openWindow(stream: number, bytes: number): void {
    this.send('windowUpdate', 0, stream, uint32(bytes))
  }

  /** The first frame that fits, once it is there. */
  until(fits: (frame: Frame) => boolean): Promise<Frame> {
    return new Promise((resolve, reject) => {
      const fail = () => reject(new Error(`no such frame; got ${this.#seen()}`))
      const timer = setTimeout(fail, PATIENCE_MS)
      const look = () => {
        const found = this.frames.find(fits)
        if (found === undefined && !this.isClosed) return
        this.#watchers = this.#watchers.filter(watcher => watcher !== look)
        clearTimeout(timer)
        if (found === undefined) fail()
        else resolve(found)
      }
      this.#watchers.push(look)
      look()
    })
  }

  /**
   * What became of a request: the status of its answer where HPACK has a number for it, `reset CODE`, `goaway
   * CODE`, or `closed`.
   */
  async outcome(stream: number): Promise<string> {
    const end = await Promise.race([
      this.until(one => {
        const isOwn = one.stream === stream
        return (
          (isOwn && (one.type === frameTypes.rstStream || one.type === frameTypes.headers)) ||
          one.type === frameTypes.goaway
        )
      }),
      this.closed,
    ])
    if (end === undefined) return 'closed'
    if (end.type === frameTypes.rstStream) return `reset ${end.payload.readUInt32BE(0)}`
    if (end.type === frameTypes.goaway) return `goaway ${end.payload.readUInt32BE(4)}`
    return statusOf(end.payload)
  }

  #take(bytes: Buffer): void {
    this.#rest = Buffer.concat([this.#rest, bytes])
    for (;;) {
      if (this.#rest.length < 9) break
      const length = this.#rest.readUIntBE(0, 3)
      if (this.#rest.length < 9 + length) break
      const [type = 0, set = 0] = this.#rest.subarray(3, 5)
      this.frames.push({
        ...{ type, flags: set, stream: this.#rest.readUInt32BE(5) & 0x7fffffff },
        payload: Buffer.from(this.#rest.subarray(9, 9 + length)),
      })
      this.#rest = this.#rest.subarray(9 + length)
    }
    this.#tell()
  }

  #tell(): void {
    for (const watcher of [...this.#watchers]) watcher()
  }

  #seen(): string {
    return JSON.stringify(
      this.frames.map(one => [one.type, one.flags, one.stream, one.payload.toString('latin1').slice(0, 60)]),
    )
  }
}

/** The pseudo-headers of a request of the tunnel `t`. */
export function ask(method: string, path: string): [name: string, value: string][] {
  return [
    [':method', method],
    [':scheme', 'https'],
    [':path', `/~~t/${path}`],
    [':authority', 'localhost'],
  ]
}

export function frame(type: FrameType, set: number, stream: number, payload: Buffer | string = ''): Buffer {
  const bytes = Buffer.from(payload as string, 'latin1')
  const head = Buffer.alloc(9)
  head.writeUIntBE(bytes.length, 0, 3)
  head[3] = frameTypes[type]
  head[4] = set
  head.writeUInt32BE(stream, 5)
  return Buffer.concat([head, bytes])
}

/** Literal fields without indexing, names and values as they are (RFC 7541 §6.2.2). */
export function literals(fields: Fields): Buffer {
  return Buffer.concat(fields.flatMap(([name, value]) => [Buffer.from([0]), text(name), text(value)]))
}

export function uint32(value: number): Buffer {
  const bytes = Buffer.alloc(4)
  bytes.writeUInt32BE(value)
  return bytes
}

/** A string literal without Huffman coding (RFC 7541 §5.1, §5.2). */
function text(value: string): Buffer {
  const bytes = Buffer.from(value, 'latin1')
  if (bytes.length < 127) return Buffer.concat([Buffer.from([bytes.length]), bytes])
  const length = [127]
  let rest = bytes.length - 127
  for (; rest >= 128; rest >>= 7) length.push((rest & 127) | 128)
  return Buffer.concat([Buffer.from([...length, rest]), bytes])
}

/** `:status` from the static table (RFC 7541, appendix A), the first field behind a change of the table's size. */
function statusOf(block: Buffer): string {
  const statuses = ['200', '204', '206', '304', '400', '404', '500']
  const first = [...block].find(byte => (byte & 0xe0) !== 0x20) ?? 0
  return statuses[first - 0x88] ?? `0x${block.toString('hex')}`
}
