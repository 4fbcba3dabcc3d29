/** docs/protocol.md, sentence by sentence, on the gateway, 4 and 5: by the second implementation, which shares no code with it. */
import { createHash } from 'node:crypto'
import { describe, expect, test } from 'vitest'
import { runGateway } from '../support/running-gateway.ts'
import { openBack, overTls, register, ticketFor, upgrade } from './foreign-agent.ts'
import { answerOnce, nextOpen, noSpares } from './foreign-agent-steps.ts'
import { frameType, Reader } from './wire.ts'

const asJson = { headers: { accept: 'application/json' } }

describe('4. the outer connection', () => {
  const listen = [{ host: '127.0.0.1', port: 0, tls: true }]
  const digestOf = async (port: number) => {
    const socket = await overTls(port)
    const digest = createHash('sha256').update(socket.getPeerCertificate().raw).digest('hex')
    socket.destroy()
    return digest
  }

  test('that is proven carries HTTP right behind the 101', async () => {
    const { port, url } = await runGateway({ listen, ...noSpares })
    const certSha256 = (await digestOf(port)).toUpperCase()
    const hello = { outer: { tls: true, certSha256 }, target: { scheme: 'http', host: 'inside', base: '/b' } }
    const { frames, answer } = await register(port, 'srv', 'pw', hello, overTls)
    expect(answer.outer).toBe('proven')
    const visit = visitOverTls(`${url}/~~srv/page`)
    const open = await nextOpen(frames)
    expect([open[48], open[49]]).toEqual([0, 0])
    const { socket, reader, status } = await upgrade(
      port,
      '/.tildegate/data',
      [`Tildegate-Ticket: ${ticketFor(open, answer)}`],
      { dial: overTls },
    )
    expect(status).toBe(101)
    expect(await answerOnce(socket, reader, 'proven')).toMatch(/^GET \/b\/page HTTP\/1\.1\r\n/)
    expect(await visit).toBe('proven')
  })

  test.each([
    ['another certificate', { tls: true, certSha256: '00'.repeat(32) }],
    ['no TLS on a TLS listener', { tls: false }],
  ])('that shows %s is not, and carries TLS inside', async (_, outer) => {
    const { port, url } = await runGateway({ listen, ...noSpares })
    const { frames, answer } = await register(port, 'srv', 'pw', { outer }, overTls)
    expect(answer.outer).toBe(outer.tls ? 'unproven' : 'plain')
    void visitOverTls(`${url}/~~srv/`).catch(() => {})
    expect((await nextOpen(frames))[49]).toBe(1)
  })

  async function visitOverTls(url: string): Promise<string> {
    const { hostname, port, pathname } = new URL(url)
    const socket = await overTls(Number(port))
    socket.write(`GET ${pathname} HTTP/1.1\r\nHost: ${hostname}\r\nConnection: close\r\n\r\n`)
    const text = (await new Reader(socket).rest()).toString('latin1')
    return text.slice(text.indexOf('\r\n\r\n') + 4)
  }
})

describe('5. back-connections', () => {
  async function asked() {
    const running = await runGateway(noSpares)
    const { frames, answer } = await register(running.port, 'srv', 'pw')
    const visit = fetch(`${running.url}/~~srv/`, asJson)
    visit.catch(() => {})
    return { ...running, frames, answer, visit, open: await nextOpen(frames) }
  }

  test.each([
    ['target-refused', 502, 'no-answer'],
    ['target-timeout', 504, 'too-slow'],
    ['target-dns', 502, 'no-answer'],
    ['target-tls', 502, 'no-answer'],
  ])('the agent’s own 502 with %s becomes our page with %i', async (error, status, code) => {
    const { port, open, answer, visit } = await asked()
    const { stream } = await openBack(port, open, answer)
    await new Reader(stream).head()
    stream.end(
      `HTTP/1.1 502 Bad Gateway\r\nTildegate-Error: ${error}\r\nContent-Length: 0\r\nConnection: close\r\n\r\n`,
    )
    const page = await visit
    expect([page.status, page.headers.get('tildegate-error')]).toEqual([status, null])
    expect(await page.json()).toMatchObject({ error: { code } })
  })

  test.each([1, 2, 3, 4, 5, 6, 99])('FAILED %i ends the visitor’s wait with a page', async code => {
    const { open, frames, visit } = await asked()
    frames.send(
      frameType.failed,
      Buffer.concat([open.subarray(0, 16), Buffer.of(code), Buffer.from('so it is')]),
    )
    expect((await visit).status).toBe(code === 5 ? 503 : 502)
  })

  test('FAILED for a ticket that nobody issued means nothing', async () => {
    const { port, open, frames, answer, visit } = await asked()
    frames.send(frameType.failed, Buffer.concat([Buffer.alloc(16, 1), Buffer.of(1)]))
    const { stream } = await openBack(port, open, answer)
    await answerOnce(stream, new Reader(stream), 'all the same')
    expect(await (await visit).text()).toBe('all the same')
  })

  test('an idle one that the agent closes is replaced, and the next visitor does not notice', async () => {
    const { port, url, open, frames, answer, visit } = await asked()
    const first = await openBack(port, open, answer)
    await answerOnce(first.stream, new Reader(first.stream), 'first')
    expect(await (await visit).text()).toBe('first')
    first.raw.destroy()
    const next = fetch(`${url}/~~srv/next`)
    const { stream } = await openBack(port, await nextOpen(frames), answer)
    expect(await answerOnce(stream, new Reader(stream), 'next')).toMatch(/^GET \/next /)
    expect(await (await next).text()).toBe('next')
  })

  test('a request on a reused one that closes without a byte goes out once more, on a fresh one', async () => {
    const { port, url, open, frames, answer, visit } = await asked()
    const first = await openBack(port, open, answer)
    const reader = new Reader(first.stream)
    await answerOnce(first.stream, reader, 'first')
    await (await visit).text()
    const again = fetch(`${url}/~~srv/again`)
    expect(await reader.head()).toMatch(/^GET \/again /)
    first.stream.destroy()
    const { stream } = await openBack(port, await nextOpen(frames), answer)
    expect(await answerOnce(stream, new Reader(stream), 'again')).toMatch(/^GET \/again /)
    expect(await (await again).text()).toBe('again')
  })
})
