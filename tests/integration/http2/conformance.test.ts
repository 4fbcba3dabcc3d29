/**
 * The rows of HTTP/1.1 again, asked by HTTP/2: the same request means the same to the target, the same answer to
 * the visitor. What the visitor gets is written as HTTP/1.1 would have it, to be held against the same row.
 */
import { once } from 'node:events'
import { STATUS_CODES } from 'node:http'
import type { ClientHttp2Session, ClientHttp2Stream, OutgoingHttpHeaders } from 'node:http2'
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest'
import { Http2Gateway } from '../../support/http2-gateway.ts'
import { ok, pattern, type Row, rows, wholeRequest } from '../http/conformance-rows.ts'

describe('the literal rows of HTTP/1.1 by HTTP/2', () => {
  let gateway: Http2Gateway
  let visitor: ClientHttp2Session
  beforeAll(async () => {
    gateway = await Http2Gateway.open({ target: { authority: 'app.local:3000' } })
    visitor = await gateway.visitor()
  })
  afterAll(async () => {
    visitor.destroy()
    await gateway.close()
  })

  test.each(rows.filter(row => row.http1Only === undefined))('$title', async row => {
    onTestFinished(() => gateway.upstream.destroy())
    const got = ask(visitor, row)
    const [text = '', end] = secured(row.answer ?? ok).split('<end>')
    if (row.sees !== undefined || row.seesNot !== undefined || row.answer !== undefined) {
      const target = await gateway.target.next()
      await target.until(seen => wholeRequest(seen))
      for (const wanted of row.sees ?? []) expect(target.received).toMatch(asHttp2(wanted))
      for (const unwanted of row.seesNot ?? []) expect(target.received).not.toMatch(asHttp2(unwanted))
      target.send(text)
      if (end !== undefined) target.socket.end()
    }
    const received = await got
    for (const wanted of row.gets.filter(one => one !== 'Connection: close'))
      expect(received).toMatch(asHttp2(wanted))
    for (const unwanted of row.getsNot ?? []) expect(received).not.toMatch(asHttp2(unwanted))
    await gateway.side.close()
  })
})

/** Names are in lower case. */
function asHttp2(wanted: string | RegExp): RegExp {
  return new RegExp(pattern(typeof wanted === 'string' ? secured(wanted) : wanted).source, 'i')
}

/** The rows say `http`; HTTP/2 is spoken over TLS only. */
function secured(text: string): string {
  return text.replaceAll('http://gw.example', 'https://gw.example').replace('Proto: http\r', 'Proto: https\r')
}

async function ask(visitor: ClientHttp2Session, { request }: Row): Promise<string> {
  const { headers, body } = parsed(secured(request))
  const stream = visitor.request(headers, { endStream: body === undefined })
  let received = ''
  stream.on('headers', (_: unknown, __: unknown, fields: string[]) => (received += head(fields)))
  stream.on('response', (_: unknown, __: unknown, fields: string[]) => (received += head(fields)))
  if (body !== undefined) stream.end(Buffer.from(body, 'latin1'))
  stream.on('data', (bytes: Buffer) => (received += bytes.toString('latin1')))
  await once(stream as ClientHttp2Stream, 'close')
  return received
}

function parsed(request: string): { headers: OutgoingHttpHeaders; body: string | undefined } {
  const [top = '', body = ''] = request.split(/\r\n\r\n([\s\S]*)/)
  const [line = '', ...fields] = top.split('\r\n')
  const [method = '', target = ''] = line.split(' ')
  const headers: Record<string, string | string[]> = {
    ':method': method,
    ':path': target.replace(/^https?:\/\/[^/]*/, ''),
    ':authority': 'gw.example',
  }
  for (const field of fields) {
    const [name = '', value = ''] = field.split(/: ?(.*)/)
    const lower = name.toLowerCase()
    if (lower === 'host') continue
    headers[lower] = headers[lower] === undefined ? value : [headers[lower], value].flat()
  }
  return { headers, body: body === '' ? undefined : body }
}

function head(fields: readonly string[]): string {
  const pairs = fields.flatMap((name, at) => (at % 2 === 0 ? [[name, fields[at + 1] ?? '']] : []))
  const status = pairs.find(([name]) => name === ':status')?.[1] ?? ''
  const lines = pairs.filter(([name]) => name !== ':status').map(([name, value]) => `${name}: ${value}\r\n`)
  return `HTTP/1.1 ${status} ${STATUS_CODES[status] ?? ''}\r\n${lines.join('')}\r\n`
}
