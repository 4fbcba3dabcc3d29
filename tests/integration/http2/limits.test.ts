/** What an HTTP/2 connection may hold and how long it may rest; its limits that count are in tests/integration/limits/http2.test.ts. */
import { describe, expect, test } from 'vitest'
import { ask, errorCodes, flags, frameTypes, literals } from '../../support/http2-raw-peer.ts'
import { goaway, isServed, ok, open } from '../../support/http2-trials.ts'

describe('one HTTP/2 connection', () => {
  test('gets 431 for a head over 16 KiB, and an answer for the next one', async () => {
    const { gateway, violations } = await open()
    const visitor = await gateway.visitor()
    const large = visitor.request({ ':path': '/~~t/', 'x-large': 'x'.repeat(17_000) })
    const status = await new Promise(resolve => large.once('response', head => resolve(head[':status'])))
    expect(status).toBe(431)
    expect(violations).toEqual(['head-too-large'])
    const fine = visitor.request({ ':path': '/~~t/', 'x-large': 'x'.repeat(15_000) })
    const target = await gateway.target.next()
    await target.until('\r\n\r\n')
    target.send(ok)
    expect(await new Promise(resolve => fine.once('response', head => resolve(head[':status'])))).toBe(200)
    visitor.destroy()
  })

  test('may have as many cookies in fields of their own as fit into a head', async () => {
    const { gateway } = await open()
    const visitor = await gateway.rawVisitor()
    visitor.request(1, [
      ...ask('GET', ''),
      ...Array.from({ length: 400 }, (_, at): [string, string] => ['cookie', `c${at}=x`]),
    ])
    const target = await gateway.target.next()
    await target.until('\r\n\r\n')
    expect(target.received).toContain('; c399=x\r\n')
  })

  test('whose head has no end is closed before it takes memory', async () => {
    const { gateway } = await open()
    const visitor = await gateway.rawVisitor()
    visitor.send('headers', flags.endStream, 1, literals(ask('GET', '')))
    for (let count = 0; count < 2_000 && !visitor.isClosed; count++)
      visitor.send('continuation', 0, 1, literals([['x-more', 'y'.repeat(1_000)]]))
    await visitor.closed
    await isServed(gateway)
  })

  test('may take back as many requests as a page that is left does', async () => {
    const { gateway } = await open({ http2ResetBurst: 50, http2ResetsPerMinute: 60 })
    const visitor = await gateway.rawVisitor()
    for (let stream = 1; stream < 80; stream += 2) {
      visitor.request(stream, ask('GET', 'x'))
      visitor.reset(stream)
    }
    await isServed(gateway, visitor, 81)
  })
})

describe('a deadline of an HTTP/2 connection', () => {
  test('closes one that never asks for anything after 15 s', async () => {
    const { gateway, clock } = await open()
    const visitor = await gateway.rawVisitor()
    await clock.pass(14_000)
    expect(visitor.isClosed).toBe(false)
    await clock.pass(1_000)
    expect((await goaway(visitor)).payload.readUInt32BE(4)).toBe(errorCodes.noError)
    await visitor.closed
  })

  test('closes one whose first head never ends, too', async () => {
    const { gateway, clock } = await open()
    const visitor = await gateway.rawVisitor()
    visitor.send('headers', flags.endStream, 1, literals(ask('GET', '')))
    await clock.pass(15_000)
    await visitor.closed
  })

  test('closes one that rests for 65 s, and none that is served', async () => {
    const { gateway, clock } = await open()
    const visitor = await gateway.rawVisitor()
    await isServed(gateway, visitor)
    await clock.pass(60_000)
    visitor.request(3, ask('GET', ''))
    const target = await gateway.target.next()
    await target.until('\r\n\r\n')
    target.send('HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n')
    await visitor.until(({ stream, type }) => stream === 3 && type === frameTypes.headers)
    await clock.pass(86_400_000)
    target.send('0\r\n\r\n')
    expect(await visitor.endOf(3)).toBe('whole')
    await clock.pass(64_000)
    expect(visitor.isClosed).toBe(false)
    await clock.pass(1_000)
    await visitor.closed
  })

  test('ends an upload that stops with 408 after 60 s', async () => {
    const { gateway, clock } = await open()
    const visitor = await gateway.visitor()
    const stream = visitor.request({ ':path': '/~~t/', ':method': 'POST' })
    stream.write('abc')
    const target = await gateway.target.next()
    await target.until('abc')
    const status = new Promise(resolve => stream.once('response', head => resolve(head[':status'])))
    await clock.pass(60_000)
    expect(await status).toBe(408)
    await target.until(() => target.hasEnded)
    visitor.destroy()
  })

  test('takes the back-connection from one that never opens its window, after 120 s', async () => {
    const { gateway, clock } = await open()
    const visitor = await gateway.rawVisitor()
    visitor.request(1, ask('GET', ''))
    const target = await gateway.target.next()
    await target.until('\r\n\r\n')
    target.send(`HTTP/1.1 200 OK\r\nContent-Length: 10000000\r\n\r\n${'x'.repeat(10_000_000)}`)
    await visitor.until(() => visitor.bodyOf(1).length === 65_535)
    for (let round = 0; gateway.side.activeRequests > 0 && round < 1000; round++) await clock.pass(120_000)
    expect(await visitor.endOf(1)).toBe(`reset ${errorCodes.internalError}`)
    expect(gateway.upstream.openConnections).toBe(0)
    visitor.openWindow(0, 1_000)
    await isServed(gateway, visitor, 3)
  })

  test('forgets a small answer that is never read, too', async () => {
    const { gateway, clock } = await open()
    const visitor = await gateway.rawVisitor()
    visitor.request(1, ask('GET', 'large'))
    const target = await gateway.target.next()
    await target.until('\r\n\r\n')
    target.send(`HTTP/1.1 200 OK\r\nContent-Length: 70000\r\n\r\n${'x'.repeat(70_000)}`)
    await visitor.until(() => visitor.bodyOf(1).length === 65_535)
    for (let round = 0; gateway.side.activeRequests > 0 && round < 1000; round++) await clock.pass(120_000)
    expect(await visitor.endOf(1)).toMatch(/^reset/)
  })
})
