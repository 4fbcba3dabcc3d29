/** Targets that log the connection in (NTLM, Negotiate): HTTP/2 visitors are asked for HTTP/1.1. */
import { describe, expect, test } from 'vitest'
import { Http2Gateway } from '../../support/http2-gateway.ts'
import { ask, errorCodes } from '../../support/http2-raw-peer.ts'

const http11Required = `reset ${errorCodes.http11Required}`

describe('a login of the connection', () => {
  test.each(['NTLM', 'Negotiate'])('with %s that a target asks for is asked for HTTP/1.1', async scheme => {
    const gateway = await Http2Gateway.forTest()
    const visitor = await gateway.rawVisitor()
    visitor.request(1, ask('GET', ''))
    const target = await gateway.target.next()
    await target.until('\r\n\r\n')
    target.send(`HTTP/1.1 401 Unauthorized\r\nWWW-Authenticate: ${scheme}\r\nContent-Length: 0\r\n\r\n`)
    expect(await visitor.outcome(1)).toBe(http11Required)
    // Nobody else is served on what may be logged in.
    await target.until(() => target.hasEnded)
    expect(gateway.upstream.openConnections).toBe(0)
  })

  test('that a request brings along never reaches the target', async () => {
    const gateway = await Http2Gateway.forTest()
    const visitor = await gateway.rawVisitor()
    visitor.request(1, [...ask('GET', ''), ['authorization', 'NTLM TlRMTVNTUAAB']])
    expect(await visitor.outcome(1)).toBe(http11Required)
    expect(gateway.upstream.dials).toBe(0)
  })

  test('does not touch other requests of the visitor, nor Basic', async () => {
    const gateway = await Http2Gateway.forTest()
    const visitor = await gateway.rawVisitor()
    visitor.request(1, [...ask('GET', 'login'), ['authorization', 'Negotiate YII=']])
    visitor.request(3, [...ask('GET', 'basic'), ['authorization', 'Basic YTpi']])
    expect(await visitor.outcome(1)).toBe(http11Required)
    const target = await gateway.target.next()
    await target.until('\r\n\r\n')
    target.send('HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok')
    expect(await visitor.endOf(3)).toBe('whole')
    expect(gateway.upstream.idleConnections).toBe(1)
  })
})
