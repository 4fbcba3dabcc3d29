/** A visit by HTTP/2: the same as by HTTP/1.1, on a stream of its own beside others. */
import { once } from 'node:events'
import { type ClientHttp2Stream, constants } from 'node:http2'
import { connect as connectTls } from 'node:tls'
import { beforeEach, describe, expect, test } from 'vitest'
import { Http2Gateway } from '../../support/http2-gateway.ts'
import { ask, errorCodes, frameTypes } from '../../support/http2-raw-peer.ts'
import type { RawPeer } from '../../support/raw-peer.ts'

const ok = 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok'
const chunkedHead = 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n'

let gateway: Http2Gateway
beforeEach(async () => {
  gateway = await Http2Gateway.forTest({ limits: { endedInOrderMs: 500 } })
})

async function answerOf(stream: ClientHttp2Stream) {
  const [headers] = (await once(stream, 'response')) as [Record<string, string>]
  let body = ''
  stream.setEncoding('latin1')
  for await (const piece of stream) body += piece
  return { status: Number(headers[':status']), headers, body }
}

async function seenBy(target: RawPeer): Promise<RawPeer> {
  await target.until('\r\n\r\n')
  return target
}

const gone = (target: RawPeer) => target.until(() => target.hasEnded || target.socket.destroyed)

describe('a visitor by HTTP/2', () => {
  test('is served by a target that speaks HTTP/1.1', async () => {
    const visitor = await gateway.visitor()
    const answer = answerOf(visitor.request({ ':path': '/~~t/a?b', 'x-one': '1' }))
    const target = await seenBy(await gateway.target.next())
    expect(target.received).toMatch(/^GET \/a\?b HTTP\/1\.1\r\nHost: 127\.0\.0\.1:\d+\r\nx-one: 1\r\n/)
    expect(target.received).toContain('\r\nX-Forwarded-For: 192.0.2.7\r\nX-Forwarded-Proto: https\r\n')
    target.send(ok)
    expect(await answer).toMatchObject({ status: 200, body: 'ok' })
    expect(gateway.upstream.idleConnections).toBe(1)
  })

  test('who asks for an unknown tunnel gets the page for it', async () => {
    const visitor = await gateway.visitor()
    const answer = await answerOf(visitor.request({ ':path': '/~~other/' }))
    expect(answer.status).toBe(404)
    expect(answer.body).toContain('<!doctype html>')
  })

  test('who asks for an address of the gateway’s own is answered by it', async () => {
    const visitor = await gateway.visitor()
    expect(await answerOf(visitor.request({ ':path': '/.tildegate/control' }))).toMatchObject({
      status: 404,
      body: 'own',
    })
  })

  test('may speak HTTP/1.1 on the same port', async () => {
    const socket = connectTls({ port: gateway.port, host: '127.0.0.1', rejectUnauthorized: false })
    socket.write('GET /~~other/ HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n')
    const [bytes] = (await once(socket, 'data')) as [Buffer]
    expect(bytes.toString()).toMatch(/^HTTP\/1\.1 404 /)
    socket.destroy()
  })

  test('asks many things at once, and each answer finds its question', async () => {
    const visitor = await gateway.visitor()
    const answers = Array.from({ length: 50 }, (_, at) =>
      answerOf(visitor.request({ ':path': `/~~t/${at}` })),
    )
    for (let count = 0; count < 50; count++) {
      const target = await seenBy(await gateway.target.next())
      const name = /^GET \/(\d+) /.exec(target.received)?.[1] ?? ''
      target.send(`HTTP/1.1 200 OK\r\nContent-Length: ${name.length}\r\n\r\n${name}`)
    }
    expect((await Promise.all(answers)).map(({ body }) => Number(body))).toEqual(answers.map((_, at) => at))
  })

  test('gets each event when it comes, and can upload meanwhile', async () => {
    const visitor = await gateway.visitor()
    const stream = visitor.request({ ':path': '/~~t/', ':method': 'POST' })
    const target = await seenBy(await gateway.target.next())
    expect(target.received).toContain('\r\nTransfer-Encoding: chunked\r\n')
    target.send(chunkedHead)
    await once(stream, 'response')
    for (const event of ['one', 'two']) {
      stream.write(event)
      await target.until(`3\r\n${event}\r\n`)
      target.send(`3\r\n${event}\r\n`)
      const [bytes] = (await once(stream, 'data')) as [Buffer]
      expect(bytes.toString()).toBe(event)
    }
    stream.end()
    await target.until('0\r\n\r\n')
    target.send('0\r\n\r\n')
    await once(stream, 'close')
    expect(stream.rstCode).toBe(constants.NGHTTP2_NO_ERROR)
  })

  test('sends trailers and gets trailers, but none that would change the meaning', async () => {
    const visitor = await gateway.visitor()
    const stream = visitor.request(
      { ':path': '/~~t/', ':method': 'POST', te: 'trailers' },
      { waitForTrailers: true },
    )
    stream.once('wantTrailers', () => stream.sendTrailers({ 'x-sum': '7', authorization: 'evil' }))
    stream.end('hi')
    const target = await gateway.target.next()
    await target.until(/0\r\nx-sum: 7\r\n\r\n$/)
    expect(target.received).toContain('\r\nTE: trailers\r\n')
    target.send(`${chunkedHead}2\r\nyo\r\n0\r\nX-Sum: 8\r\nSet-Cookie: no\r\n\r\n`)
    const trailers = once(stream, 'trailers') as Promise<[Record<string, string>]>
    expect((await answerOf(stream)).body).toBe('yo')
    expect(Object.entries((await trailers)[0])).toEqual([['x-sum', '8']])
  })

  test('that waits for 100 gets it from the target', async () => {
    const visitor = await gateway.visitor()
    const stream = visitor.request({ ':path': '/~~t/', ':method': 'PUT', expect: '100-continue' })
    const target = await seenBy(await gateway.target.next())
    target.send('HTTP/1.1 100 Continue\r\n\r\n')
    await once(stream, 'continue')
    stream.end('body')
    await target.until('body')
    target.send(ok)
    expect((await answerOf(stream)).body).toBe('ok')
  })

  test('makes the target wait while it does not read, and others go on', async () => {
    const visitor = await gateway.rawVisitor()
    // The connection has room for more than the stream.
    visitor.openWindow(0, 1_000_000)
    visitor.request(1, ask('GET', 'slow'))
    const slow = await seenBy(await gateway.target.next())
    slow.send(`HTTP/1.1 200 OK\r\nContent-Length: 50000000\r\n\r\n`)
    const piece = 'x'.repeat(1_000_000)
    while (slow.socket.write(piece) || (await drained(slow))) {
      // Until everything on the way is full.
    }
    await visitor.until(() => visitor.bodyOf(1).length === 65_535)
    visitor.request(3, ask('GET', 'other'))
    const other = await seenBy(await gateway.target.next())
    other.send(ok)
    expect(await visitor.endOf(3)).toBe('whole')
    visitor.openWindow(1, 1000)
    await visitor.until(() => visitor.bodyOf(1).length === 66_535)
  })

  test('waits while the target does not read', async () => {
    const visitor = await gateway.visitor()
    const stream = visitor.request({ ':path': '/~~t/', ':method': 'POST' })
    const target = await seenBy(await gateway.target.next())
    target.socket.pause()
    const piece = Buffer.alloc(1_000_000)
    let sent = 0
    while (sent < 500_000_000) {
      sent += piece.length
      if (stream.write(piece)) continue
      const isDrained = await Promise.race([
        once(stream, 'drain').then(() => true),
        new Promise<boolean>(resolve => setTimeout(resolve, 500, false)),
      ])
      if (!isDrained) break
    }
    expect(sent).toBeLessThan(50_000_000)
    target.socket.resume()
    if (stream.writableNeedDrain) await once(stream, 'drain')
  })

  test('that resets a stream ends the work for it, and for nothing else', async () => {
    const visitor = await gateway.rawVisitor()
    visitor.request(1, ask('GET', 'left'))
    const left = await seenBy(await gateway.target.next())
    visitor.request(3, ask('GET', 'kept'))
    const kept = await seenBy(await gateway.target.next())
    visitor.reset(1)
    await gone(left)
    kept.send(ok)
    expect(await visitor.endOf(3)).toBe('whole')
    expect(gateway.upstream.openConnections).toBe(1)
  })

  test.each([0, errorCodes.cancel])(
    'that resets an upload with %i never seems to have sent all of it',
    async code => {
      const visitor = await gateway.rawVisitor()
      visitor.request(1, ask('POST', ''), false)
      visitor.data(1, 'half', false)
      const target = await gateway.target.next()
      await target.until('half')
      visitor.reset(1, code)
      await gone(target)
      expect(target.received).not.toContain('\r\n0\r\n')
      expect(gateway.upstream.openConnections).toBe(0)
    },
  )

  test('that goes away ends all of its work', async () => {
    const visitor = await gateway.rawVisitor()
    visitor.request(1, ask('GET', 'a'))
    visitor.request(3, ask('POST', 'b'), false)
    const targets = [await gateway.target.next(), await gateway.target.next()]
    visitor.socket.end()
    await Promise.all(targets.map(gone))
    await visitor.closed
  })

  test.each([
    ['a counted body', 'HTTP/1.1 200 OK\r\nContent-Length: 50\r\n\r\nhalf'],
    ['chunks', `${chunkedHead}4\r\nhalf\r\n`],
  ])('sees that %s broke off', async (_, text) => {
    const visitor = await gateway.rawVisitor()
    visitor.request(1, ask('GET', ''))
    const target = await seenBy(await gateway.target.next())
    target.send(text)
    await visitor.until(() => visitor.bodyOf(1) === 'half')
    target.socket.end()
    expect(await visitor.endOf(1)).toBe(`reset ${errorCodes.internalError}`)
  })

  test('sees that a body until the end of the connection was cut', async () => {
    const visitor = await gateway.rawVisitor()
    visitor.request(1, ask('GET', ''))
    const target = await seenBy(await gateway.target.next())
    target.send('HTTP/1.1 200 OK\r\n\r\nhalf')
    await visitor.until(() => visitor.bodyOf(1) === 'half')
    target.reset()
    expect(await visitor.endOf(1)).toBe(`reset ${errorCodes.internalError}`)
  })

  test('gets an answer that comes before all of its upload, and is told to send no more', async () => {
    const visitor = await gateway.rawVisitor()
    visitor.request(1, ask('POST', ''), false)
    visitor.data(1, 'half', false)
    const target = await gateway.target.next()
    await target.until('half')
    target.send('HTTP/1.1 413 Content Too Large\r\nContent-Length: 4\r\n\r\nless')
    expect(await visitor.endOf(1)).toBe('whole')
    const reset = await visitor.until(({ type }) => type === frameTypes.rstStream)
    expect(reset.payload.readUInt32BE(0)).toBe(errorCodes.noError)
    expect(visitor.bodyOf(1)).toBe('less')
    await gone(target)
  })

  test('is told to send no more also by an answer without a body', async () => {
    const visitor = await gateway.rawVisitor()
    visitor.request(1, ask('POST', ''), false)
    const target = await seenBy(await gateway.target.next())
    target.send('HTTP/1.1 204 No Content\r\n\r\n')
    expect(await visitor.outcome(1)).toBe('204')
    const reset = await visitor.until(({ type }) => type === frameTypes.rstStream)
    expect(reset.payload.readUInt32BE(0)).toBe(errorCodes.noError)
  })

  test('is told when the gateway stops, gets what is under way, and no more', async () => {
    const visitor = await gateway.rawVisitor()
    const resting = await gateway.rawVisitor()
    visitor.request(1, ask('GET', ''))
    const target = await seenBy(await gateway.target.next())
    gateway.door.closeIdle()
    const stopped = gateway.side.close()
    const goaway = await visitor.until(({ type }) => type === frameTypes.goaway)
    expect(goaway.payload.readUInt32BE(0)).toBe(1)
    expect(goaway.payload.readUInt32BE(4)).toBe(errorCodes.noError)
    await resting.closed
    visitor.request(3, ask('GET', 'late'))
    target.send(ok)
    expect(await visitor.endOf(1)).toBe('whole')
    await Promise.all([stopped, visitor.closed])
    expect(gateway.target.peers).toHaveLength(1)
  })
})

/** False: nothing moves any more. */
async function drained({ socket }: RawPeer): Promise<boolean> {
  return Promise.race([
    once(socket, 'drain').then(() => true),
    new Promise<boolean>(resolve => setTimeout(resolve, 500, false)),
  ])
}
