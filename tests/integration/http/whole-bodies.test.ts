/** Large bodies arrive byte for byte, also over TLS, where the end of a connection proves nothing. */
import { createHash, randomBytes } from 'node:crypto'
import { createServer, request as httpRequest, type IncomingMessage, type RequestOptions } from 'node:http'
import { request as httpsRequest } from 'node:https'
import type { AddressInfo } from 'node:net'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { makeSelfSigned } from '../../../gateway/listen/self-signed.ts'
import { systemClock, systemRandom } from '../../../net/world.ts'
import { DiallingUpstream } from '../../support/dialling-upstream.ts'
import { VisitorGateway } from '../../support/visitor-gateway.ts'

const body = randomBytes(32 * 1024 * 1024)
const digest = sha256(body)

describe.each(['http', 'https'] as const)('over %s', scheme => {
  /** Sends back what it gets, and gives `body` with a length, in chunks, or until the connection ends. */
  const target = createServer((request, response) => {
    if (request.method === 'PUT') return void request.pipe(response)
    if (request.url === '/length') response.setHeader('Content-Length', body.length)
    if (request.url === '/until-close' || request.url === '/cut') {
      response.removeHeader('Transfer-Encoding')
      response.removeHeader('Content-Length')
      response.shouldKeepAlive = false
    }
    response.write(body.subarray(0, 1000))
    if (request.url !== '/cut') return void response.end(body.subarray(1000))
    setImmediate(() => request.socket.resetAndDestroy())
  })
  let upstream: DiallingUpstream
  let gateway: VisitorGateway
  beforeAll(async () => {
    await new Promise<void>(resolve => target.listen(0, '127.0.0.1', resolve))
    upstream = new DiallingUpstream('t', (target.address() as AddressInfo).port)
    const tls = await makeSelfSigned(['127.0.0.1'], 1, { clock: systemClock, random: systemRandom })
    gateway = await VisitorGateway.open({ upstreams: [upstream], ...(scheme === 'https' ? { tls } : {}) })
  })
  afterAll(async () => {
    await gateway.close()
    upstream.destroy()
    target.closeAllConnections()
    await new Promise(resolve => target.close(resolve))
  })

  function ask(
    path: string,
    options: RequestOptions = {},
    sent?: Buffer,
  ): Promise<[IncomingMessage, Buffer]> {
    return new Promise((resolve, reject) => {
      const all = {
        host: '127.0.0.1',
        port: gateway.port,
        path: `/~~t${path}`,
        agent: false as const,
        ...options,
      }
      const request =
        scheme === 'https' ? httpsRequest({ ...all, rejectUnauthorized: false }) : httpRequest(all)
      request.on('error', reject)
      request.on('response', response => {
        const pieces: Buffer[] = []
        response.on('data', (piece: Buffer) => pieces.push(piece))
        response.on('error', reject)
        response.on('end', () => resolve([response, Buffer.concat(pieces)]))
      })
      request.end(sent)
    })
  }

  const endMark = scheme === 'http' ? undefined : 'chunked'
  test.each([
    ['/length', undefined],
    ['/chunks', 'chunked'],
    ['/until-close', endMark],
  ])('a download (%s) is the same', async (path, coding) => {
    const [response, got] = await ask(path)
    expect(response.statusCode).toBe(200)
    expect(response.headers['transfer-encoding']).toBe(coding)
    expect(response.headers['content-length']).toBe(path === '/length' ? String(body.length) : undefined)
    expect(sha256(got)).toBe(digest)
  })

  test.each([{}, { 'Transfer-Encoding': 'chunked' }])(
    'an upload (%s) and its echo are the same',
    async headers => {
      const [, got] = await ask('/echo', { method: 'PUT', headers }, body)
      expect(sha256(got)).toBe(digest)
    },
  )

  test('twenty at once do not mix', async () => {
    const uploads = Array.from({ length: 20 }, () => randomBytes(500_000))
    const echoes = await Promise.all(uploads.map(upload => ask('/echo', { method: 'PUT' }, upload)))
    for (const [at, [, got]] of echoes.entries())
      expect(got.equals(uploads[at] ?? got.subarray(1))).toBe(true)
  })

  test('an answer without a length that is cut does not look complete', async () => {
    await expect(ask('/cut')).rejects.toThrow()
  })
})

function sha256(bytes: Buffer): string {
  return createHash('sha256').update(bytes).digest('hex')
}
