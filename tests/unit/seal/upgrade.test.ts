/** The agent's side of the HTTP Upgrade: the request, the answers, early bytes, deadlines. */
import { once } from 'node:events'
import { describe, expect, it } from 'vitest'
import { type UpgradeRequest, upgradeToTildegate } from '../../../net/seal/index.ts'
import { duplexPair, type PairOptions } from '../../support/duplex-pair.ts'
import { VirtualClock } from '../../support/virtual-clock.ts'

const switching = 'HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: tildegate/1\r\n\r\n'

function begin(request: Partial<UpgradeRequest> = {}, options: PairOptions = {}) {
  const { a: stream, b: gateway, written } = duplexPair(options)
  const clock = new VirtualClock()
  gateway.on('error', () => {})
  const outcome = upgradeToTildegate(stream, {
    path: '/.tildegate/control',
    host: 'gateway.example',
    port: 8080,
    clock,
    ...request,
  }).then(
    () => 'upgraded',
    (error: unknown) => error,
  )
  // The owner of a stream always listens for its errors.
  stream.on('error', () => {})
  return { stream, gateway, outcome, clock, request: () => String(written.byA()) }
}

async function readAll(stream: ReturnType<typeof begin>['stream']): Promise<string> {
  const chunks: Buffer[] = []
  stream.on('data', (chunk: Buffer) => chunks.push(chunk))
  stream.resume()
  await once(stream, 'end')
  return String(Buffer.concat(chunks))
}

describe('the upgrade to tildegate/1', () => {
  it('asks as the protocol says', () => {
    const { request } = begin({ ticketHeader: 'abc', path: '/.tildegate/data' })
    expect(request()).toBe(
      'GET /.tildegate/data HTTP/1.1\r\nHost: gateway.example:8080\r\nConnection: Upgrade\r\n' +
        'Upgrade: tildegate/1\r\nTildegate-Ticket: abc\r\n\r\n',
    )
  })

  it.each([
    [{ host: '::1' }, 'Host: [::1]:8080'],
    [{ isDefaultPort: true }, 'Host: gateway.example'],
  ])('names the gateway %o as %s', (request, line) => {
    expect(begin(request).request().split('\r\n')).toContain(line)
  })

  it('keeps the bytes that come with the head, whatever the place of a split', async () => {
    const answer = `HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\n${switching}early bytes`
    for (let at = 1; at < answer.length; at++) {
      const { stream, gateway, outcome } = begin({}, { bToA: { splitAt: [at] } })
      gateway.end(answer)
      expect(await outcome, `split at ${at}`).toBe('upgraded')
      expect(await readAll(stream), `split at ${at}`).toBe('early bytes')
    }
  })

  it('keeps them byte by byte', async () => {
    const { stream, gateway, outcome } = begin({}, { bToA: { splitAt: 'every-byte' } })
    gateway.end(`${switching}early bytes`)
    expect(await outcome).toBe('upgraded')
    expect(await readAll(stream)).toBe('early bytes')
  })

  it.each([
    ['a refusal', 'HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n', 403],
    ['another server', 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi', 200],
    ['its error page', 'HTTP/1.1 404 Not Found\r\nContent-Type: text/html\r\n\r\n<h1>No</h1>', 404],
    ['another place for good', 'HTTP/1.1 301 Moved\r\nLocation: https://x/\r\n\r\n', 301],
    ['another protocol', 'HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n\r\n', 101],
    ['a version to come', 'HTTP/1.1 101 Switching Protocols\r\nUpgrade: tildegate/2\r\n\r\n', 101],
    ['101 without Upgrade', 'HTTP/1.1 101 Switching Protocols\r\n\r\n', 101],
    ['endless interim answers', 'HTTP/1.1 100 Continue\r\n\r\n'.repeat(9), 100],
    ['SSH', 'SSH-2.0-OpenSSH_9.6\r\n', 0],
    ['a TLS alert', '\x15\x03\x01\x00\x02\x02\x16', 0],
    ['a malformed header', 'HTTP/1.1 101 X\r\nno colon\r\n\r\n', 0],
    ['a head over 16 KiB', `HTTP/1.1 101 X\r\nA: ${'a'.repeat(16_384)}\r\n`, 0],
    ['a status line without end', `HTTP/1.1 101 ${'a'.repeat(16_384)}`, 0],
  ])('fails at %s and closes', async (_, answer, status) => {
    const { stream, gateway, outcome } = begin()
    gateway.write(Buffer.from(answer, 'latin1'))
    expect(await outcome).toMatchObject({
      code: 'not-a-gateway',
      details: { host: 'gateway.example', port: 8080, status },
    })
    expect(stream.destroyed).toBe(true)
  })

  it.each([
    [
      'a page of a middlebox',
      'HTTP/1.1 200 OK\r\nContent-Type: text/html; charset=x\r\n\r\n<h1>Log in</h1>',
      200,
    ],
    ['a redirect', 'HTTP/1.1 302 Found\r\nLocation: http://portal.example/\r\n\r\n', 302],
    ['511', 'HTTP/1.1 511 Network Authentication Required\r\n\r\n', 511],
    ['a page without a head', '<!DOCTYPE html><html>', 0],
    ['a page byte by byte', '<', 0],
  ])('names a portal in between at %s', async (_, answer, status) => {
    const { gateway, outcome } = begin()
    gateway.write(answer)
    expect(await outcome).toMatchObject({ code: 'captive-portal', details: { status } })
  })

  it('fails where the other side ends at any byte of the head', async () => {
    for (let length = 0; length < switching.length; length++) {
      const { stream, gateway, outcome, clock } = begin()
      gateway.end(switching.slice(0, length))
      expect(await outcome, `${length} bytes`).toMatchObject({ code: 'connection-lost' })
      expect(stream.destroyed).toBe(true)
      expect(clock.waiting).toBe(0)
    }
  })

  it('fails where the line breaks', async () => {
    const { gateway, outcome } = begin()
    gateway.destroy()
    expect(await outcome).toMatchObject({ code: 'connection-lost' })
  })

  it('fails at its deadline, slow bytes or none', async () => {
    const { stream, gateway, outcome, clock } = begin({ deadlineMs: 3_000 })
    for (const byte of ['H', 'T', 'T']) {
      expect(stream.destroyed).toBe(false)
      gateway.write(byte)
      await clock.pass(1_000)
    }
    expect(await outcome).toMatchObject({ code: 'handshake-timeout', details: { seconds: 3 } })
    expect(stream.destroyed).toBe(true)
    const silent = begin({ deadlineMs: 3_000 })
    await silent.clock.pass(3_000)
    expect(await silent.outcome).toMatchObject({ code: 'handshake-timeout', details: { seconds: 3 } })
    expect(silent.stream.destroyed).toBe(true)
  })

  it('ends with the reason of its signal, before and meanwhile', async () => {
    const reason = new Error('the user stopped it')
    expect(await begin({ signal: AbortSignal.abort(reason) }).outcome).toBe(reason)
    const controller = new AbortController()
    const { outcome, stream } = begin({ signal: controller.signal })
    controller.abort(reason)
    expect(await outcome).toBe(reason)
    expect(stream.destroyed).toBe(true)
  })
})
