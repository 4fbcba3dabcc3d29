/**
 * A second implementation of tildegate/1, written from docs/protocol.md alone and sharing no code with
 * the product: straight-line, blocking reads, no limits. What both sides agree on here was not agreed by sharing a bug.
 */
import * as crypto from 'node:crypto'
import type { Duplex } from 'node:stream'

const utf8 = (text: string) => Buffer.from(text, 'utf8')
const sha512 = (bytes: Buffer) => crypto.createHash('sha512').update(bytes).digest()
const hmac512 = (key: Buffer, bytes: Buffer) => crypto.createHmac('sha512', key).update(bytes).digest()

function lv(bytes: Buffer): Buffer {
  const length: number[] = []
  let rest = bytes.length
  do {
    length.push((rest & 0x7f) | (rest > 0x7f ? 0x80 : 0))
    rest >>= 7
  } while (rest > 0)
  return Buffer.concat([Buffer.from(length), bytes])
}
const lvCat = (...parts: Buffer[]) => Buffer.concat(parts.map(lv))

/** Reads exact counts from a stream, and lines of a head. */
export class Reader {
  #buffer = Buffer.alloc(0)
  #ended = false
  #wake = () => {}

  constructor(stream: Duplex) {
    stream.on('data', (bytes: Buffer) => {
      this.#buffer = Buffer.concat([this.#buffer, bytes])
      this.#wake()
    })
    for (const event of ['end', 'close', 'error']) {
      stream.on(event, () => {
        this.#ended = true
        this.#wake()
      })
    }
    stream.resume()
  }

  async take(count: number): Promise<Buffer> {
    while (this.#buffer.length < count) await this.#more()
    const bytes = this.#buffer.subarray(0, count)
    this.#buffer = this.#buffer.subarray(count)
    return bytes
  }

  async head(): Promise<string> {
    for (;;) {
      const end = this.#buffer.indexOf('\r\n\r\n')
      if (end >= 0) return (await this.take(end + 4)).toString('latin1')
      await this.#more()
    }
  }

  /** Everything until the stream ends. */
  async rest(): Promise<Buffer> {
    while (!this.#ended) await this.#more().catch(() => {})
    return this.#buffer
  }

  get buffered(): Buffer {
    const bytes = this.#buffer
    this.#buffer = Buffer.alloc(0)
    return bytes
  }

  async #more(): Promise<void> {
    if (this.#ended) throw new Error('the stream ended')
    await new Promise<void>(resolve => {
      this.#wake = resolve
    })
  }
}

// CPACE-X25519-SHA512: the curve by BigInt, a Montgomery ladder of our own instead of OpenSSL's.
const p = 2n ** 255n - 19n
const A = 486662n
const mod = (x: bigint) => ((x % p) + p) % p
function power(base: bigint, exponent: bigint): bigint {
  let result = 1n
  for (let b = mod(base), e = exponent; e > 0n; e >>= 1n, b = mod(b * b)) if (e & 1n) result = mod(result * b)
  return result
}
const inverse = (x: bigint) => power(x, p - 2n)
const fromLittle = (bytes: Buffer) => BigInt(`0x${Buffer.from(bytes).reverse().toString('hex')}`)
const toLittle = (x: bigint) => Buffer.from(x.toString(16).padStart(64, '0'), 'hex').reverse()

function elligator2(r: bigint): bigint {
  const v = mod(-A * inverse(1n + 2n * mod(r * r)))
  const isSquare = power(mod(v * v * v + A * v * v + v), (p - 1n) / 2n)
  return isSquare === p - 1n ? mod(-v - A) : v
}

function x25519(scalar: Buffer, point: Buffer): Buffer {
  const k = Buffer.from(scalar)
  k[0] = (k[0] ?? 0) & 248
  k[31] = ((k[31] ?? 0) & 127) | 64
  const masked = Buffer.from(point)
  masked[31] = (masked[31] ?? 0) & 127
  const u = mod(fromLittle(masked))
  const n = fromLittle(k)
  let [x2, z2, x3, z3, swap] = [1n, 0n, u, 1n, 0n]
  for (let t = 254n; t >= 0n; t--) {
    const bit = (n >> t) & 1n
    if (swap !== bit) [x2, z2, x3, z3] = [x3, z3, x2, z2]
    swap = bit
    const a = mod(x2 + z2)
    const b = mod(x2 - z2)
    const aa = mod(a * a)
    const bb = mod(b * b)
    const e = mod(aa - bb)
    const da = mod((x3 - z3) * a)
    const cb = mod((x3 + z3) * b)
    x3 = mod((da + cb) ** 2n)
    z3 = mod(u * mod((da - cb) ** 2n))
    x2 = mod(aa * bb)
    z2 = mod(e * mod(aa + 121665n * e))
  }
  if (swap === 1n) [x2, z2] = [x3, z3]
  return toLittle(mod(x2 * inverse(z2)))
}

function generator(prs: Buffer, ci: Buffer, sid: Buffer): Buffer {
  const dsi = utf8('CPace255')
  const padding = Buffer.alloc(Math.max(0, 128 - 1 - lv(prs).length - lv(dsi).length))
  const hash = sha512(lvCat(dsi, prs, padding, ci, sid)).subarray(0, 32)
  hash[31] = (hash[31] ?? 0) & 127
  return toLittle(elligator2(fromLittle(hash)))
}

export interface Keys {
  readonly ta: Buffer
  readonly tb: Buffer
  readonly exporter: Buffer
  readonly a2g: { readonly key: Buffer; readonly iv: Buffer }
  readonly g2a: { readonly key: Buffer; readonly iv: Buffer }
}

/** One side of the exchange: its own message, and the keys once the other's is known. */
export function cpace(options: { name: string; password: string; m1: Buffer; m2: Buffer }) {
  const { name, password, m1, m2 } = options
  const sid = Buffer.concat([m1.subarray(6, 38), m2.subarray(3, 35)])
  const ci = lvCat(utf8('tildegate/1'), utf8('agent'), utf8(name), utf8('gateway'), sha512(lvCat(m1, m2)))
  const scalar = crypto.randomBytes(32)
  const own = x25519(scalar, generator(utf8(password), ci, sid))
  return {
    own,
    keys(ya: Buffer, yb: Buffer, other: Buffer): Keys {
      const isk = sha512(
        Buffer.concat([
          lvCat(utf8('CPace255_ISK'), sid, x25519(scalar, other)),
          lvCat(ya, Buffer.alloc(0)),
          lvCat(yb, Buffer.alloc(0)),
        ]),
      )
      const th = sha512(lvCat(m1, m2, ya, yb))
      const key = (label: string, length: number) =>
        Buffer.from(crypto.hkdfSync('sha512', isk, th, lvCat(utf8('tildegate/1'), utf8(label)), length))
      return {
        ta: hmac512(key('confirm agent', 32), th).subarray(0, 32),
        tb: hmac512(key('confirm gateway', 32), th).subarray(0, 32),
        exporter: key('exporter', 32),
        a2g: { key: key('key a2g', 32), iv: key('iv a2g', 12) },
        g2a: { key: key('key g2a', 32), iv: key('iv g2a', 12) },
      }
    },
  }
}

export function message(body: Buffer): Buffer {
  const length = Buffer.alloc(2)
  length.writeUInt16BE(body.length)
  return Buffer.concat([length, body])
}

export async function readMessage(reader: Reader): Promise<Buffer> {
  return reader.take((await reader.take(2)).readUInt16BE())
}

function nonceOf(iv: Buffer, counter: number): Buffer {
  const nonce = Buffer.alloc(12)
  nonce.writeBigUInt64BE(BigInt(counter), 4)
  return Buffer.from(nonce.map((byte, i) => byte ^ (iv[i] ?? 0)))
}

/** Seals frames of one direction and opens those of the other. */
export class Frames {
  #sent = 0
  #received = 0
  readonly #stream: Duplex
  readonly #reader: Reader
  readonly #out: Keys['a2g']
  readonly #in: Keys['a2g']

  constructor(stream: Duplex, reader: Reader, out: Keys['a2g'], incoming: Keys['a2g']) {
    this.#stream = stream
    this.#reader = reader
    this.#out = out
    this.#in = incoming
  }

  send(type: number, payload: Buffer): void {
    const length = Buffer.alloc(4)
    length.writeUInt32BE(payload.length + 1 + 16)
    const cipher = crypto.createCipheriv('aes-256-gcm', this.#out.key, nonceOf(this.#out.iv, this.#sent++))
    cipher.setAAD(length)
    const sealed = Buffer.concat([cipher.update(Buffer.from([type])), cipher.update(payload), cipher.final()])
    this.#stream.write(Buffer.concat([length, sealed, cipher.getAuthTag()]))
  }

  async receive(): Promise<{ type: number; payload: Buffer }> {
    const length = await this.#reader.take(4)
    const sealed = await this.#reader.take(length.readUInt32BE())
    const decipher = crypto.createDecipheriv(
      'aes-256-gcm',
      this.#in.key,
      nonceOf(this.#in.iv, this.#received++),
    )
    decipher.setAAD(length)
    decipher.setAuthTag(sealed.subarray(-16))
    const plain = Buffer.concat([decipher.update(sealed.subarray(0, -16)), decipher.final()])
    return { type: plain[0] ?? -1, payload: plain.subarray(1) }
  }
}

export const frameType = {
  hello: 1,
  welcome: 2,
  refused: 3,
  ping: 4,
  pong: 5,
  open: 6,
  failed: 7,
  close: 8,
} as const

export function ticketHeader(id: Buffer, secret: Buffer, session: Buffer): string {
  const nonce = crypto.randomBytes(16)
  const mac = hmac512(secret, Buffer.concat([utf8('tildegate/1 data'), id, nonce, session])).subarray(0, 32)
  return Buffer.concat([id, nonce, mac]).toString('base64url')
}

export function innerProof(secret: Buffer, exporter: Buffer): Buffer {
  return hmac512(secret, Buffer.concat([utf8('tildegate/1 inner'), exporter])).subarray(0, 32)
}

export function resumeProof(resumeSecret: Buffer, exporter: Buffer): Buffer {
  return hmac512(resumeSecret, Buffer.concat([utf8('tildegate/1 resume'), exporter])).subarray(0, 32)
}
