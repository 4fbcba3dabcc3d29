/** The built-in sites, over the in-process connection that the agent opens to them. */
import { createHash } from 'node:crypto'
import { on, once } from 'node:events'
import { Agent, type ClientRequest, type IncomingMessage, type RequestOptions, request } from 'node:http'
import { describe, expect, it } from 'vitest'
import { WebSocket } from 'ws'
import { memoryPair } from '../../../agent/sites/memory-pair.ts'
import { Sites } from '../../../agent/sites/sites.ts'
import { systemClock } from '../../../net/world.ts'

const sites = new Sites(systemClock)

function ask(site: 'welcome' | 'sample', path: string, options: RequestOptions = {}): ClientRequest {
  return request({ path, host: 'site', ...options, createConnection: () => sites.open(site).stream })
}

async function answerOf(asked: ClientRequest): Promise<IncomingMessage & { body: Buffer }> {
  const [response] = (await once(asked, 'response')) as [IncomingMessage]
  const chunks: Buffer[] = []
  for await (const chunk of response) chunks.push(chunk as Buffer)
  return Object.assign(response, { body: Buffer.concat(chunks) })
}

const get = (site: 'welcome' | 'sample', path: string, headers = {}) =>
  answerOf(ask(site, path, { headers }).end())

describe('the welcome site', () => {
  it.each([
    ['de-AT,de;q=0.9', 'de', 'Dieser PC ist erreichbar'],
    ['fr', 'fr', 'Ce PC est joignable'],
    ['en-GB', 'en', 'This PC is reachable'],
    ['ja', 'en', 'This PC is reachable'],
    ['x;q=b, ,;', 'en', 'This PC is reachable'],
  ])('answers %s in %s', async (accept, language, title) => {
    const { statusCode, headers, body } = await get('welcome', '/', { 'accept-language': accept })
    expect(statusCode).toBe(200)
    expect(headers).toMatchObject({ 'content-language': language, vary: 'Accept-Language' })
    expect(String(body)).toContain(`<h1>${title}</h1>`)
    expect(String(body)).toContain(`<html lang="${language}">`)
  })

  it('has no place left to fill, no script, and asks for nothing from elsewhere', async () => {
    const { headers, body } = await get('welcome', '/')
    expect(String(body)).not.toMatch(/\{\{|<script|src=|url\(/)
    expect(headers['content-security-policy']).toContain("default-src 'none'")
  })

  it.each([
    ['GET', '/other', 404],
    ['POST', '/', 405],
    ['HEAD', '/', 200],
  ])('answers %s %s with %i', async (method, path, status) => {
    const { statusCode, body } = await answerOf(ask('welcome', path, { method }).end())
    expect(statusCode).toBe(status)
    if (method === 'HEAD') expect(body).toHaveLength(0)
  })
})

describe('the sample site', () => {
  it('loads all that its page needs by relative addresses', async () => {
    const page = String((await get('sample', '/')).body)
    const addresses = [...page.matchAll(/(?:src|href)="([^"?]+)/g)].map(match => match[1] ?? '')
    expect(addresses).toEqual(
      expect.arrayContaining(['style.css', 'app.js', 'images/mark.svg', 'images/dunes.png']),
    )
    for (const address of new Set(addresses)) {
      expect(address).not.toMatch(/^(\/|https?:)/)
      const { statusCode, body } = await get(
        'sample',
        `/${address}${address === 'download' ? '?bytes=5' : ''}`,
      )
      expect([address, statusCode]).toEqual([address, 200])
      expect(body.length).toBeGreaterThan(0)
    }
  })

  it('tells the type of each file', async () => {
    const types = await Promise.all(
      ['style.css', 'app.js', 'images/mark.svg', 'images/dunes.png'].map(
        async path => (await get('sample', `/${path}`)).headers['content-type'],
      ),
    )
    expect(types).toEqual([
      'text/css; charset=utf-8',
      'text/javascript; charset=utf-8',
      'image/svg+xml',
      'image/png',
    ])
  })

  it('answers an upload with length and SHA-256', async () => {
    const bytes = Buffer.alloc(3_000_000, 'abc')
    const { body } = await answerOf(ask('sample', '/upload', { method: 'POST' }).end(bytes))
    expect(JSON.parse(String(body))).toEqual({
      bytes: bytes.length,
      sha256: createHash('sha256').update(bytes).digest('hex'),
    })
  })

  it.each([0, 1, 65_536, 10_000_001])('downloads %i bytes', async count => {
    expect((await get('sample', `/download?bytes=${count}`)).body).toHaveLength(count)
  })

  it.each(['-1', 'x', '1e99', '1.5'])('refuses to download %s bytes', async bytes => {
    expect((await get('sample', `/download?bytes=${bytes}`)).statusCode).toBe(400)
  })

  it('stops a download whose visitor leaves', async () => {
    const side = sites.open('sample')
    side.stream.write('GET /download?bytes=1000000000 HTTP/1.1\r\nHost: x\r\n\r\n')
    await once(side.stream, 'readable')
    side.reset()
    await once(side.stream, 'close')
  })

  it('sends the time by server-sent events', async () => {
    const [response] = (await once(ask('sample', '/events').end(), 'response')) as [IncomingMessage]
    expect(response.headers['content-type']).toBe('text/event-stream')
    expect(String((await once(response, 'data'))[0])).toMatch(/^id: 1\ndata: \d{4}-.*\n\n$/)
    response.destroy()
  })

  it('echoes by WebSocket, text and binary', async () => {
    const agent = Object.assign(new Agent(), { createConnection: () => sites.open('sample').stream })
    const socket = new WebSocket('ws://site/ws', { agent })
    await once(socket, 'open')
    // The answer may come before `send` returns.
    const heard = on(socket, 'message')
    socket.send('hello')
    socket.send(Buffer.from([0, 255]))
    const text = (await heard.next()).value as [Buffer, boolean]
    expect([String(text[0]), text[1]]).toEqual(['hello', false])
    const binary = (await heard.next()).value as [Buffer, boolean]
    expect([[...binary[0]], binary[1]]).toEqual([[0, 255], true])
    const closed = once(socket, 'close')
    socket.close(1000)
    await closed
  })

  it('tells what of a request reaches it', async () => {
    const { body } = await get('sample', '/echo?a=1', { 'x-forwarded-for': '203.0.113.7' })
    expect(JSON.parse(String(body))).toMatchObject({
      method: 'GET',
      url: '/echo?a=1',
      headers: { 'x-forwarded-for': '203.0.113.7' },
    })
  })

  it.each(['/none', '/..%2f..%2fpackage.json', '/../index.html/x'])('has no %s', async path => {
    expect((await get('sample', path)).statusCode).toBe(404)
  })

  it('keeps a connection for the next request', async () => {
    const { stream } = sites.open('welcome')
    for (let i = 0; i < 3; i++) {
      stream.write('HEAD / HTTP/1.1\r\nHost: x\r\n\r\n')
      expect(String((await once(stream, 'data'))[0])).toContain('200 OK')
    }
    stream.destroy()
  })
})

describe('a pair in memory', () => {
  it('keeps half-closes', async () => {
    const [a, b] = memoryPair()
    a.end('question')
    let heard = ''
    for await (const chunk of b.iterator({ destroyOnReturn: false })) heard += chunk
    b.end('answer')
    const [data] = await once(a, 'data')
    expect([heard, String(data)]).toEqual(['question', 'answer'])
  })

  it('takes no more than the other end reads', async () => {
    const [a, b] = memoryPair()
    let written = 0
    while (a.write(Buffer.alloc(65_536))) written++
    expect(written).toBeLessThan(8)
    const drained = once(a, 'drain')
    b.resume()
    await drained
  })

  it('breaks off where an end is destroyed before it has ended, and not after', async () => {
    const [a, b] = memoryPair()
    const broke = once(b, 'error')
    a.destroy()
    expect((await broke)[0]).toMatchObject({ code: 'ECONNRESET' })
    const [c, d] = memoryPair()
    c.end('all')
    await once(c, 'finish')
    c.destroy()
    let heard = ''
    for await (const chunk of d) heard += chunk
    expect(heard).toBe('all')
  })
})
