/** A visit by HTTP/2: the same as by HTTP/1.1, on a stream of its own. */
import { once } from 'node:events'
import type { ClientHttp2Stream } from 'node:http2'
import { describe, expect, test } from 'vitest'
import { Http2Gateway } from '../../support/http2-gateway.ts'

const ok = 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok'

async function answerOf(stream: ClientHttp2Stream) {
  const [headers] = (await once(stream, 'response')) as [Record<string, string>]
  let body = ''
  stream.setEncoding('latin1')
  for await (const piece of stream) body += piece
  return { status: Number(headers[':status']), headers, body }
}

describe('a visitor by HTTP/2', () => {
  test('is served by a target that speaks HTTP/1.1', async () => {
    const gateway = await Http2Gateway.forTest()
    const visitor = await gateway.visitor()
    const answer = answerOf(visitor.request({ ':path': '/~~t/a?b', 'x-one': '1' }))
    const target = await gateway.target.next()
    await target.until('\r\n\r\n')
    expect(target.received).toMatch(/^GET \/a\?b HTTP\/1\.1\r\nHost: 127\.0\.0\.1:\d+\r\nx-one: 1\r\n/)
    expect(target.received).toContain('\r\nX-Forwarded-For: 192.0.2.7\r\nX-Forwarded-Proto: https\r\n')
    target.send(ok)
    expect(await answer).toMatchObject({ status: 200, body: 'ok' })
    expect(gateway.upstream.idleConnections).toBe(1)
  })

  test('who asks for an unknown tunnel gets the page for it', async () => {
    const gateway = await Http2Gateway.forTest()
    const visitor = await gateway.visitor()
    const answer = await answerOf(visitor.request({ ':path': '/~~other/' }))
    expect(answer).toMatchObject({ status: 404 })
    expect(answer.body).toContain('<!doctype html>')
  })
})
