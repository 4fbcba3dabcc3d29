import { duplexPair } from 'node:stream'
import { type ConnectionOptions, connect } from 'node:tls'
import { describe, expect, it } from 'vitest'
import {
  type ClientHello,
  ClientHelloDecoder,
  peekClientHello,
} from '../../../gateway/listen/client-hello.ts'
import { systemClock } from '../../../net/world.ts'
import { VirtualClock } from '../../support/virtual-clock.ts'

/** The first message of Node's own client. */
async function helloOf(options: ConnectionOptions): Promise<Buffer> {
  const [near, far] = duplexPair()
  const client = connect({ socket: far, rejectUnauthorized: false, ...options })
  client.on('error', () => {})
  const bytes = await new Promise<Buffer>(resolve => {
    near.once('data', resolve)
  })
  client.destroy()
  return bytes
}

const hello = await helloOf({ servername: 'gw.example', ALPNProtocols: ['acme-tls/1'] })
const asked = { serverName: 'gw.example', protocols: ['acme-tls/1'] }

const decode = (bytes: Buffer) => new ClientHelloDecoder().push(bytes)

/** In records of so many bytes, as a client may send it. */
function inRecords(bytes: Buffer, size: number): Buffer {
  const message = bytes.subarray(5)
  const records: Buffer[] = []
  for (let at = 0; at < message.length; at += size) {
    const part = message.subarray(at, at + size)
    records.push(Buffer.from([22, 3, 1, part.length >> 8, part.length & 0xff]), part)
  }
  return Buffer.concat(records)
}

describe('a ClientHello', () => {
  it.each([
    [{ servername: 'a.example', ALPNProtocols: ['h2', 'http/1.1'] }, 'a.example', ['h2', 'http/1.1']],
    [{ servername: 'a.example' }, 'a.example', []],
    [{ host: '127.0.0.1' }, undefined, []],
    [{ servername: 'old.example', maxVersion: 'TLSv1.2' }, 'old.example', []],
  ] as const)('of a client with %j is read', async (options, serverName, protocols) => {
    expect(decode(await helloOf(options as ConnectionOptions))).toEqual({ serverName, protocols })
  })

  it('is read at its last byte and not before, in one record or in many, at once or byte by byte', () => {
    for (const bytes of [hello, inRecords(hello, 1), inRecords(hello, 100)]) {
      const decoder = new ClientHelloDecoder()
      const answers: (ClientHello | 'more' | undefined)[] = []
      for (const byte of bytes) answers.push(decoder.push(Buffer.from([byte])))
      expect(answers.pop()).toEqual(asked)
      expect(new Set(answers)).toEqual(new Set(['more']))
      expect(decode(Buffer.concat([bytes, Buffer.from('more bytes')]))).toEqual(asked)
      for (const at of [1, 5, 6, 50, bytes.length - 1]) {
        const halves = new ClientHelloDecoder()
        expect(halves.push(bytes.subarray(0, at))).toBe('more')
        expect(halves.push(bytes.subarray(at))).toEqual(asked)
      }
    }
  })

  it('that is damaged anywhere never throws', () => {
    for (let at = 0; at < hello.length; at++) {
      for (const byte of [0, 0xff, (hello[at] ?? 0) ^ 1]) {
        const damaged = Buffer.from(hello)
        damaged[at] = byte
        expect(() => decode(damaged)).not.toThrow()
      }
    }
  })

  it.each([
    ['HTTP', Buffer.from('GET / HTTP/1.1')],
    ['an alert', Buffer.from([21, 3, 1, 0, 2, 2, 40])],
    ['another handshake message', Buffer.from([22, 3, 1, 0, 4, 2, 0, 0, 0])],
    ['an empty record', Buffer.from([22, 3, 1, 0, 0])],
    ['a record that is too long', Buffer.from([22, 3, 1, 0xff, 0xff])],
    ['a message that is too long', Buffer.from([22, 3, 1, 0, 4, 1, 0xff, 0xff, 0xff])],
    ['lengths that do not fit', Buffer.from([22, 3, 1, 0, 8, 1, 0, 0, 4, 3, 3, 0, 0])],
  ])('is not %s', (_, bytes) => {
    expect(decode(bytes)).toBeUndefined()
  })

  it('is looked at, and all bytes are given back', async () => {
    const [near, far] = duplexPair()
    const peeking = peekClientHello(near, 1_000, systemClock)
    for (const byte of hello) far.write(Buffer.from([byte]))
    far.write('and more')
    expect(await peeking).toEqual(asked)
    far.end()
    const pieces: Buffer[] = []
    for await (const piece of near as AsyncIterable<Buffer>) pieces.push(piece)
    expect(Buffer.concat(pieces)).toEqual(Buffer.concat([hello, Buffer.from('and more')]))
  })

  it('is not waited for longer than its time, nor when the other side has left', async () => {
    const clock = new VirtualClock()
    const [near, far] = duplexPair()
    const peeking = peekClientHello(near, 1_000, clock)
    far.write(hello.subarray(0, 20))
    await clock.pass(1_000)
    expect(await peeking).toBeUndefined()
    const [left, leaving] = duplexPair()
    leaving.end()
    expect(await peekClientHello(left, 1_000, clock)).toBeUndefined()
    expect(clock.waiting).toBe(0)
  })
})
