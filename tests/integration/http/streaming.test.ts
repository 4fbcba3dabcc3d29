/** Bodies on their way, and how exchanges end: in order, cut, or never begun. */
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { RawPeer } from '../../support/raw-peer.ts'
import { VisitorGateway } from '../../support/visitor-gateway.ts'

const get = (path = '', headers = '') => `GET /~~t/${path} HTTP/1.1\r\nHost: gw\r\n${headers}\r\n`
const post = (headers: string, body = '') => `POST /~~t/ HTTP/1.1\r\nHost: gw\r\n${headers}\r\n${body}`
const ok = 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok'

let gateway: VisitorGateway
beforeEach(async () => {
  gateway = await VisitorGateway.open({ limits: { lingerMs: 200, endedInOrderMs: 500 } })
})
afterEach(() => gateway.close())

/** A visitor and the target's end of its request. */
async function exchange(request: string): Promise<{ visitor: RawPeer; target: RawPeer }> {
  const visitor = await gateway.visitor()
  visitor.send(request)
  const target = await gateway.target.next()
  await target.until('\r\n\r\n')
  return { visitor, target }
}

const gone = (peer: RawPeer) => peer.until(() => peer.hasEnded || peer.socket.destroyed)

describe('a connection to the target', () => {
  test('serves the next request after an exchange that ended in order', async () => {
    const { visitor, target } = await exchange(get('a'))
    target.send(ok)
    await visitor.until('ok')
    const other = await gateway.visitor()
    other.send(post('Transfer-Encoding: chunked\r\n', '2\r\nhi\r\n0\r\n\r\n'))
    await target.until('0\r\n\r\n')
    target.send('HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nyo\r\n0\r\n\r\n')
    await other.until('0\r\n\r\n')
    visitor.send(get('c'))
    await target.until('GET /c ')
    expect(gateway.upstream.dials).toBe(1)
  })

  const spoilt: [title: string, answer: string][] = [
    ['Connection: close', 'HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 2\r\n\r\nok'],
    ['HTTP/1.0', 'HTTP/1.0 200 OK\r\nContent-Length: 2\r\n\r\nok'],
    ['a byte behind the answer', `${ok}H`],
    ['a line end behind the answer', `${ok}\r\n`],
    ['the beginning of a second answer', `${ok}HTTP/1.1 20`],
    ['a whole second answer', ok + ok],
    ['bytes behind an empty answer', 'HTTP/1.1 204 No Content\r\n\r\nok'],
    [
      'bytes behind the last chunk',
      'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n\r\nHTTP',
    ],
  ]
  test.each(spoilt)('is not used again after %s', async (_, answer) => {
    const { visitor, target } = await exchange(get())
    target.send(answer)
    await visitor.until(answer.includes('204') ? '204 No Content' : /ok\r\n0\r\n\r\n$|ok$/)
    await gone(target)
    const other = await gateway.visitor()
    other.send(get('next'))
    const second = await gateway.target.next()
    await second.until('GET /next ')
    second.send(ok.replace('ok', 'no'))
    await other.until('no')
    expect(other.received).toMatch(/^HTTP\/1\.1 200 OK\r\n[\s\S]*\r\n\r\nno$/)
  })

  test('is not used again after bytes that come while it rests', async () => {
    const { visitor, target } = await exchange(get())
    target.send(ok)
    await visitor.until('ok')
    target.send('HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nevil')
    await gone(target)
    expect(gateway.upstream.idleConnections).toBe(0)
  })

  test('that is dead already costs a GET nothing: it is sent again on a fresh one', async () => {
    const { visitor, target } = await exchange(get())
    target.send(ok)
    await visitor.until('ok')
    visitor.clear()
    visitor.send(get('again'))
    await target.until('GET /again ')
    target.reset()
    const second = await gateway.target.next()
    await second.until('GET /again ')
    second.send(ok)
    await visitor.until('ok')
  })

  test.each([
    ['a POST', post('Content-Length: 0\r\n')],
    ['a body', `PUT /~~t/ HTTP/1.1\r\nHost: gw\r\nContent-Length: 2\r\n\r\nhi`],
  ])('that dies under %s is not retried', async (_, request) => {
    const { visitor, target } = await exchange(get())
    target.send(ok)
    await visitor.until('ok')
    target.clear()
    visitor.clear()
    visitor.send(request)
    await target.until('\r\n\r\n')
    target.reset()
    await visitor.until('HTTP/1.1 502 ')
    expect(gateway.upstream.dials).toBe(1)
  })

  test('that dies after a byte of the answer is not retried', async () => {
    const { visitor, target } = await exchange(get())
    target.send(ok)
    await visitor.until('ok')
    visitor.clear()
    visitor.send(get('again'))
    await target.until('GET /again ')
    target.send('HTTP/1.1 2')
    target.reset()
    await visitor.until('HTTP/1.1 502 ')
    expect(gateway.upstream.dials).toBe(1)
  })

  test('that is fresh and dies is not retried', async () => {
    const { visitor, target } = await exchange(get())
    target.reset()
    await visitor.until('HTTP/1.1 502 ')
    expect(gateway.upstream.dials).toBe(1)
  })
})

describe('pieces', () => {
  test('an event stream’s head and first event arrive at once', async () => {
    const { visitor, target } = await exchange(get('events', 'Accept: text/event-stream\r\n'))
    target.send('HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n')
    await visitor.until('\r\n\r\n')
    target.send('9\r\ndata: 1\n\n\r\n')
    await visitor.until('9\r\ndata: 1\n\n\r\n')
    target.send('9\r\ndata: 2\n\n\r\n')
    await visitor.until('data: 2')
  })

  test('of an upload arrive before it ends', async () => {
    const { visitor, target } = await exchange(post('Transfer-Encoding: chunked\r\n'))
    visitor.send('3\r\none\r\n')
    await target.until('3\r\none\r\n')
    visitor.send('3\r\ntwo\r\n')
    await target.until('3\r\ntwo\r\n')
    visitor.send('0\r\n\r\n')
    await target.until('0\r\n\r\n')
    target.send(ok)
    await visitor.until('ok')
  })

  test('go both ways at once', async () => {
    const { visitor, target } = await exchange(post('Transfer-Encoding: chunked\r\n', '1\r\na\r\n'))
    target.send('HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nA\r\n')
    await visitor.until('1\r\nA\r\n')
    visitor.send('1\r\nb\r\n')
    await target.until('1\r\nb\r\n')
    target.send('1\r\nB\r\n')
    await visitor.until('1\r\nB\r\n')
    visitor.send('0\r\n\r\n')
    await target.until('0\r\n\r\n')
    target.send('0\r\n\r\n')
    await visitor.until('0\r\n\r\n')
    expect(await visitor.closed).toBe('end')
  })
})

describe('Expect: 100-continue', () => {
  const request = post('Content-Length: 2\r\nExpect: 100-continue\r\n')

  test('goes to the target, and its 100 comes back before the body', async () => {
    const { visitor, target } = await exchange(request)
    expect(target.received).toContain('\r\nExpect: 100-continue\r\n')
    expect(visitor.received).toBe('')
    target.send('HTTP/1.1 100 Continue\r\n\r\n')
    await visitor.until('HTTP/1.1 100 Continue\r\n\r\n')
    visitor.send('hi')
    await target.until(/\r\n\r\nhi$/)
    target.send(ok)
    await visitor.until(/HTTP\/1\.1 200 OK[\s\S]*ok$/)
    visitor.clear()
    visitor.send(get('next'))
    await target.until('GET /next ')
  })

  test('that is refused without 100 ends the connection', async () => {
    const { visitor, target } = await exchange(request)
    target.send('HTTP/1.1 417 Expectation Failed\r\nContent-Length: 0\r\n\r\n')
    await visitor.until('HTTP/1.1 417 ')
    expect(visitor.received).toContain('\r\nConnection: close\r\n')
    expect(await visitor.closed).toBe('end')
    await gone(target)
  })

  test('of a visitor that does not wait works too', async () => {
    const { visitor, target } = await exchange(`${request}hi`)
    await target.until(/\r\n\r\nhi$/)
    target.send(ok)
    await visitor.until('ok')
  })
})

describe('an early answer', () => {
  test('is read by a visitor that still sends, then both connections end', async () => {
    const { visitor, target } = await exchange(post('Content-Length: 50000000\r\n', 'x'.repeat(100_000)))
    target.send('HTTP/1.1 413 Content Too Large\r\nContent-Length: 4\r\n\r\nbig!')
    await visitor.until('big!')
    expect(visitor.received).toContain('\r\nConnection: close\r\n')
    visitor.send('y'.repeat(100_000))
    await gone(target)
    expect(await visitor.closed).toBe('end')
    expect(target.received).not.toContain('y')
  })

  test('of our own to an upload for an unknown name is read', async () => {
    const visitor = await gateway.visitor()
    visitor.send(
      `POST /~~nobody/ HTTP/1.1\r\nHost: gw\r\nContent-Length: 9000000\r\n\r\n${'x'.repeat(100_000)}`,
    )
    await visitor.until('</html>')
    visitor.send('y'.repeat(100_000))
    expect(await visitor.closed).toBe('end')
  })
})

describe('leaving', () => {
  test('a visitor that leaves while it waits ends the target’s work', async () => {
    const { visitor, target } = await exchange(get())
    visitor.socket.destroy()
    await gone(target)
    await gateway.side.close()
  })

  test('a visitor that leaves within an upload ends it', async () => {
    const { visitor, target } = await exchange(post('Content-Length: 10\r\n', 'abc'))
    visitor.reset()
    await gone(target)
    expect(gateway.upstream.idleConnections).toBe(0)
  })

  test('a visitor that leaves within a download ends it', async () => {
    const { visitor, target } = await exchange(get())
    target.send('HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nabc')
    await visitor.until('abc')
    visitor.socket.destroy()
    await gone(target)
    expect(gateway.upstream.idleConnections).toBe(0)
  })

  const cuts: [title: string, head: string, how: 'end' | 'reset'][] = [
    ['a length, by an end', 'Content-Length: 10\r\n\r\nabc', 'end'],
    ['a length, by a reset', 'Content-Length: 10\r\n\r\nabc', 'reset'],
    ['chunks, by an end', 'Transfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n', 'end'],
    ['chunks, by a reset', 'Transfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n', 'reset'],
    ['a chunk, by an end', 'Transfer-Encoding: chunked\r\n\r\n9\r\nabc', 'end'],
    ['trailers, by an end', 'Transfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\nX: ', 'end'],
    ['neither, by a reset', '\r\nabc', 'reset'],
  ]
  test.each(cuts)('an answer with %s, never looks complete', async (_, head, how) => {
    const { visitor, target } = await exchange(get())
    target.send(`HTTP/1.1 200 OK\r\n${head}`)
    await visitor.until('abc')
    if (how === 'end') target.socket.end()
    else target.reset()
    const ending = await visitor.closed
    expect(visitor.received).not.toMatch(/\r\n0\r\n/)
    if (/^\r\n/.test(head)) expect(ending).toBe('reset')
  })

  test('an answer that ends with its connection is whole where the target ended it', async () => {
    const { visitor, target } = await exchange(get())
    target.send('HTTP/1.1 200 OK\r\n\r\nabc')
    target.socket.end()
    expect(await visitor.closed).toBe('end')
    expect(visitor.received).toMatch(/\r\n\r\nabc$/)
  })
})

describe('pipelining', () => {
  test('answers come in order, and requests go one after another', async () => {
    const { visitor, target } = await exchange(get('1') + post('Content-Length: 2\r\n', 'hi') + get('3'))
    expect(target.received).not.toContain('POST')
    target.send(ok)
    await target.until('\r\n\r\nhi')
    target.send('HTTP/1.1 201 Created\r\nContent-Length: 0\r\n\r\n')
    await target.until('GET /3 ')
    target.send('HTTP/1.1 202 Accepted\r\nContent-Length: 0\r\n\r\n')
    await visitor.until(/ 200 OK[\s\S]* 201 Created[\s\S]* 202 Accepted/)
    expect(gateway.upstream.dials).toBe(1)
  })

  test('more than may wait end the connection', async () => {
    const { visitor, target } = await exchange(get())
    visitor.send(get().repeat(200))
    await visitor.closed
    await gone(target)
  })

  test('an upgrade behind an unanswered request is an ordinary request', async () => {
    const { target } = await exchange(get('1') + get('2', 'Connection: Upgrade\r\nUpgrade: websocket\r\n'))
    target.send(ok)
    await target.until('GET /2 ')
    expect(target.received).not.toContain('websocket')
  })

  test('garbage behind a request does not spoil its answer', async () => {
    const { visitor, target } = await exchange(`${get()}garbage\r\n\r\n`)
    target.send(ok)
    await visitor.until('ok')
    expect(visitor.received).not.toContain('400')
    expect(await visitor.closed).toBe('end')
  })
})

describe('a graceful stop', () => {
  test('waits for requests in work, whose answers close their connections', async () => {
    const { visitor, target } = await exchange(get())
    expect(gateway.side.activeRequests).toBe(1)
    let isClosed = false
    const closed = gateway.side.close().then(() => {
      isClosed = true
    })
    target.send(ok)
    await visitor.until('ok')
    expect(visitor.received).toContain('\r\nConnection: close\r\n')
    await closed
    expect(isClosed).toBe(true)
    expect(gateway.side.activeRequests).toBe(0)
  })

  test('destroy ends them', async () => {
    const { visitor, target } = await exchange(get())
    gateway.side.destroy()
    await visitor.closed
    await gone(target)
  })
})
