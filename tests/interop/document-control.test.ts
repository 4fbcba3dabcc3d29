import { once } from 'node:events'
import type { Duplex } from 'node:stream'
import { describe, expect, test } from 'vitest'
import { createWebSocketStream, WebSocket } from 'ws'
import { runGateway } from '../support/running-gateway.ts'
import {
  firstMessage,
  introduce,
  openBack,
  overTls,
  prove,
  proveOn,
  register,
  ticketFor,
  upgrade,
} from './foreign-agent.ts'
import { answerOnce, nextOpen, noSpares } from './foreign-agent-steps.ts'
import { frameType, message, Reader, readMessage, resumeProof } from './wire.ts'

const control = '/.tildegate/control'

/** Until the gateway has closed; nothing but what the test has read may have come. */
async function closedWithout(stream: Duplex, reader: Reader): Promise<void> {
  expect(await reader.rest()).toEqual(Buffer.alloc(0))
  if (!stream.destroyed) stream.destroy()
}

describe('1. carriers', () => {
  test('the 101 names the protocol, and bytes that come with the head belong to it', async () => {
    const { port } = await runGateway()
    const m1 = firstMessage('srv')
    const { socket, reader, head, status } = await upgrade(port, control, [], { early: message(m1) })
    expect(status).toBe(101)
    expect(head).toMatch(/^upgrade: tildegate\/1\r$/im)
    expect(head).toMatch(/^connection: upgrade\r$/im)
    const { frames } = await proveOn(socket, reader, 'srv', 'pw', { m1 })
    expect((await introduce(frames, {})).type).toBe(frameType.welcome)
  })

  test('the same over TLS, with ALPN http/1.1', async () => {
    const { port } = await runGateway({ listen: [{ host: '127.0.0.1', port: 0, tls: true }] })
    const { socket, type } = await register(port, 'srv', 'pw', {}, overTls)
    expect(type).toBe(frameType.welcome)
    expect((socket as Awaited<ReturnType<typeof overTls>>).alpnProtocol).toBe('http/1.1')
  })

  test('and in the binary messages of a WebSocket, cut anywhere, for both kinds of connection', async () => {
    const { port, url } = await runGateway(noSpares)
    const open = async (path: string, headers = {}) => {
      const socket = new WebSocket(`ws://127.0.0.1:${port}${path}`, 'tildegate.1', { headers })
      await once(socket, 'open')
      expect(socket.protocol).toBe('tildegate.1')
      return { socket, stream: createWebSocketStream(socket) }
    }
    const { socket, stream } = await open(control)
    const bytewise = Object.assign(stream, {
      write: (bytes: Buffer) => bytes.forEach(byte => void socket.send(Buffer.of(byte))),
    })
    const { frames } = await proveOn(bytewise as unknown as Duplex, new Reader(stream), 'srv', 'pw')
    const { answer } = await introduce(frames, {})
    expect(answer.session).toMatch(/^[0-9a-f]{32}$/)

    const visit = fetch(`${url}/~~srv/in-messages`)
    const wish = await nextOpen(frames)
    const data = await open('/.tildegate/data', { 'Tildegate-Ticket': ticketFor(wish, answer) })
    const { stream: inner } = await openBack(port, wish, answer, data.stream)
    expect(await answerOnce(inner, new Reader(inner), 'framed')).toMatch(/^GET \/in-messages HTTP\/1\.1\r\n/)
    expect(await (await visit).text()).toBe('framed')
  })
})

describe('2. the handshake', () => {
  test.each([
    ['another version', (m1: Buffer) => m1.fill(7, 4, 5), 2],
    ['another magic', (m1: Buffer) => m1.fill(0, 0, 1), 3],
    ['no suite that is known', (m1: Buffer) => m1.fill(2, 5, 6), 3],
    ['a name that is longer than it says', (m1: Buffer) => Buffer.concat([m1, Buffer.of(0)]), 3],
    ['a name that is shorter than it says', (m1: Buffer) => m1.subarray(0, -1), 3],
    ['no name', (m1: Buffer) => m1.subarray(0, 39).fill(0, 38), 3],
  ])('M1 with %s gets its status and version 1, and is closed', async (_, change, status) => {
    const { port } = await runGateway()
    const { socket, reader } = await upgrade(port, control)
    socket.write(message(change(firstMessage('srv'))))
    expect([...(await readMessage(reader))]).toEqual([status, 1])
    await closedWithout(socket, reader)
  })

  test.each([
    ['M3 of 31 bytes', Buffer.alloc(31, 9)],
    ['M3 of 33 bytes', Buffer.alloc(33, 9)],
    ['M3 of low order', Buffer.alloc(32)],
  ])('%s is closed without a word', async (_, m3) => {
    const { port } = await runGateway()
    const { socket, reader } = await upgrade(port, control)
    socket.write(message(firstMessage('srv')))
    await readMessage(reader)
    socket.write(message(m3))
    await closedWithout(socket, reader)
  })

  test('a wrong Ta, for a name that exists or not, is closed after M4 and the same bytes', async () => {
    const { port } = await runGateway()
    const seen = []
    for (const name of ['srv', 'nox']) {
      const { socket, reader } = await upgrade(port, control)
      socket.write(message(firstMessage(name)))
      const m2 = await readMessage(reader)
      socket.write(message(Buffer.alloc(32, 9)))
      const m4 = await readMessage(reader)
      socket.write(message(Buffer.alloc(32)))
      await closedWithout(socket, reader)
      seen.push([m2.length, m2.subarray(0, 3).toString('hex'), m4.length])
    }
    expect(seen).toEqual([
      [35, '000101', 32],
      [35, '000101', 32],
    ])
  })
})

describe('3. sealed frames', () => {
  test('extensions are ignored, before HELLO and after it', async () => {
    const { port } = await runGateway(noSpares)
    const { frames } = await prove(port, 'srv', 'pw')
    for (const type of [0x80, 0x81, 0xff]) frames.send(type, Buffer.from('whatever'))
    expect((await introduce(frames, {})).type).toBe(frameType.welcome)
    for (const type of [0x80, 0x9c, 0xff]) frames.send(type, Buffer.alloc(1000))
    frames.send(frameType.ping, Buffer.alloc(8, 5))
    expect(await frames.receive()).toEqual({ type: frameType.pong, payload: Buffer.alloc(8, 5) })
  })

  test.each<[string, number, Buffer]>([
    ['an unknown type', 0x7f, Buffer.alloc(0)],
    ['type 0', 0, Buffer.alloc(0)],
    ['a PING of 7 bytes', frameType.ping, Buffer.alloc(7)],
    ['a second HELLO', frameType.hello, Buffer.from('{"agent":"a","os":"o","outer":{"tls":false}}')],
    ['an OPEN, which is the gateway’s', frameType.open, Buffer.alloc(50)],
    ['a WELCOME, which is the gateway’s', frameType.welcome, Buffer.from('{}')],
    ['a FAILED without a code', frameType.failed, Buffer.alloc(16)],
    ['a FAILED with 257 bytes of text', frameType.failed, Buffer.alloc(17 + 257, 'x')],
    ['a CLOSE without a code', frameType.close, Buffer.alloc(0)],
  ])('%s closes at once, and the name is free', async (_, type, payload) => {
    const { port } = await runGateway(noSpares)
    const { socket, frames } = await register(port, 'srv', 'pw')
    frames.send(type, payload)
    await expect(frames.receive()).rejects.toThrow('the stream ended')
    if (!socket.destroyed) socket.destroy()
    await expect.poll(async () => (await register(port, 'srv', 'pw')).type).toBe(frameType.welcome)
  })

  test.each<[string, string]>([
    ['is no JSON', '{'],
    ['has no outer', '{"agent":"a","os":"o"}'],
    ['has a certificate that is no digest', '{"agent":"a","os":"o","outer":{"tls":true,"certSha256":"00"}}'],
    ['is a list', '[]'],
    [
      'has a target with a space in its host',
      '{"agent":"a","os":"o","outer":{"tls":false},"target":{"scheme":"http","host":"a b","base":"/"}}',
    ],
  ])('a HELLO that %s closes at once', async (_, text) => {
    const { port } = await runGateway()
    const { frames } = await prove(port, 'srv', 'pw')
    frames.send(frameType.hello, Buffer.from(text))
    await expect(frames.receive()).rejects.toThrow('the stream ended')
  })

  test('PING before HELLO is out of place', async () => {
    const { port } = await runGateway()
    const { frames } = await prove(port, 'srv', 'pw')
    frames.send(frameType.ping, Buffer.alloc(8))
    await expect(frames.receive()).rejects.toThrow('the stream ended')
  })

  test('a take-over ends the old session with CLOSE 3, and its tickets die', async () => {
    const { port, url } = await runGateway(noSpares)
    const old = await register(port, 'srv', 'pw')
    const visit = fetch(`${url}/~~srv/waits`)
    const stale = await nextOpen(old.frames)
    const { keys, frames } = await prove(port, 'srv', 'pw')
    const proof = resumeProof(Buffer.from(old.answer.resumeSecret, 'hex'), keys.exporter).toString('hex')
    const { answer } = await introduce(frames, { resume: { session: old.answer.session, proof } })
    const farewell = await old.frames.receive()
    expect([farewell.type, farewell.payload[0]]).toEqual([frameType.close, 3])
    const refused = await upgrade(port, '/.tildegate/data', [
      `Tildegate-Ticket: ${ticketFor(stale, old.answer)}`,
    ])
    expect(refused.status).toBe(403)
    // The visitor that waited is served by the new one.
    const { stream } = await openBack(port, await nextOpen(frames), answer)
    await answerOnce(stream, new Reader(stream), 'taken over')
    expect(await (await visit).text()).toBe('taken over')
  })

  test('a resume of a session that is gone is an ordinary registration', async () => {
    const { port } = await runGateway(noSpares)
    const resume = { session: '00'.repeat(16), proof: '00'.repeat(32) }
    expect((await register(port, 'srv', 'pw', { resume })).type).toBe(frameType.welcome)
  })

  test('a gateway that stops says CLOSE 1; an agent’s CLOSE frees the name at once', async () => {
    const { port, gateway } = await runGateway(noSpares)
    const first = await register(port, 'srv', 'pw')
    first.frames.send(frameType.close, Buffer.of(0))
    await expect(first.frames.receive()).rejects.toThrow('the stream ended')
    const second = await register(port, 'srv', 'pw')
    expect(second.type).toBe(frameType.welcome)
    const stopping = gateway.stop()
    const { type, payload } = await second.frames.receive()
    expect([type, payload[0]]).toEqual([frameType.close, 1])
    second.socket.end()
    await stopping
  })
})
