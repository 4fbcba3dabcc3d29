/** HSTS and the redirect from plain HTTP to TLS, through a whole gateway. */
import { once } from 'node:events'
import { type IncomingHttpHeaders, type IncomingMessage, request as plainRequest } from 'node:http'
import { connect as connectHttp2 } from 'node:http2'
import { request as tlsRequest } from 'node:https'
import { describe, expect, onTestFinished, test } from 'vitest'
import { WebSocket } from 'ws'
import type { GatewayOptions } from '../../../gateway/gateway.ts'
import { runGateway } from '../../support/running-gateway.ts'

const listen = [false, true].map(tls => ({ host: '127.0.0.1', port: 0, tls }))

/** Plain and TLS, and an agent at the plain one, whose target has an HSTS of its own. */
async function startBoth(options: Partial<GatewayOptions> = {}) {
  const running = await runGateway({ listen, ...options })
  const [plain = 0, tls = 0] = running.gateway.listeners.map(({ url }) => Number(new URL(url).port))
  await running.agent({
    target: (request, response) => {
      response.setHeader('Strict-Transport-Security', 'max-age=1')
      request.pipe(response)
    },
  })
  return { ...running, plain, tls }
}

interface Asking {
  readonly path?: string
  readonly headers?: Record<string, string>
  readonly method?: string
  readonly body?: string
}

interface Answer {
  readonly status: number | undefined
  readonly headers: IncomingHttpHeaders
  readonly body: string
}

async function ask(scheme: 'http' | 'https', port: number, asking: Asking = {}): Promise<Answer> {
  const { path = '/~~srv/', headers = {}, method = 'GET', body } = asking
  const options = { port, host: '127.0.0.1', path, headers, method, agent: false }
  const sent =
    scheme === 'http' ? plainRequest(options) : tlsRequest({ ...options, rejectUnauthorized: false })
  sent.end(body)
  const [answer] = (await once(sent, 'response')) as [IncomingMessage]
  let text = ''
  for await (const piece of answer) text += String(piece)
  return { status: answer.statusCode, headers: answer.headers, body: text }
}

const hstsOf = ({ headers }: Answer) => headers['strict-transport-security']

describe('HSTS', () => {
  const hsts = { seconds: 600, includesSubdomains: false }

  test('stands on answers of targets and on pages of our own, over TLS alone', async () => {
    const { plain, tls } = await startBoth({ hsts })
    for (const path of ['/~~srv/', '/~~nobody/', '/~~srv', '/']) {
      expect(hstsOf(await ask('https', tls, { path }))).toBe('max-age=600')
      expect(hstsOf(await ask('http', plain, { path }))).toBeUndefined()
    }
  })

  test('stands on answers by HTTP/2', async () => {
    const { tls } = await startBoth({ hsts })
    const session = connectHttp2(`https://127.0.0.1:${tls}`, { rejectUnauthorized: false })
    onTestFinished(() => session.destroy())
    const stream = session.request({ ':path': '/~~srv/' })
    const [headers] = (await once(stream, 'response')) as [Record<string, string>]
    expect(headers['strict-transport-security']).toBe('max-age=600')
  })

  test('takes the place of what a target with a host of its own says, and includes the hosts of tunnels where asked to', async () => {
    const { plain, tls } = await startBoth({
      hsts: { seconds: 0, includesSubdomains: true },
      hostMode: 'gw.example',
    })
    const own = { path: '/', headers: { Host: 'srv.gw.example' } }
    expect(hstsOf(await ask('https', tls, own))).toBe('max-age=0; includeSubDomains')
    expect(hstsOf(await ask('http', plain, own))).toBe('max-age=1')
  })

  test('is not there unless asked for', async () => {
    const { tls } = await startBoth()
    expect(hstsOf(await ask('https', tls))).toBeUndefined()
    expect(hstsOf(await ask('https', tls, { path: '/' }))).toBeUndefined()
  })

  test('is there for visitors of a front proxy that we trust and that ends TLS, and not for what a stranger claims', async () => {
    const claims = { headers: { 'X-Forwarded-Proto': 'https' } }
    const trusting = await startBoth({ hsts, trustForwardedFrom: ['127.0.0.1'] })
    expect(hstsOf(await ask('http', trusting.plain, claims))).toBe('max-age=600')
    const wary = await startBoth({ hsts })
    expect(hstsOf(await ask('http', wary.plain, claims))).toBeUndefined()
  })
})

describe('the redirect to TLS', () => {
  const publicUrl = 'https://gw.example'
  const redirectToTls = true

  test.each([
    ['/~~srv/a%20b?c=d&e=%2F', {}],
    ['/', {}],
    ['//evil.example/x', {}],
    ['/~~srv/', { Host: 'evil.example' }],
    ['/~~srv/', { Host: 'gw.example:8080' }],
    ['/~~srv/', { 'X-Forwarded-Proto': 'https', 'X-Forwarded-Host': 'evil.example' }],
    ['/~~nobody/', {}],
  ])(
    'sends plain visitors of %s with %j to the public address, path and query as they are',
    async (path, headers) => {
      const { plain } = await startBoth({ publicUrl, redirectToTls })
      const answer = await ask('http', plain, { path, headers })
      expect(answer).toMatchObject({
        status: 308,
        headers: { location: `https://gw.example${path}` },
        body: '',
      })
      expect(answer.headers['cache-control']).toBe('no-store')
    },
  )

  test('takes the absolute form of a request for its path alone', async () => {
    const { plain } = await startBoth({ publicUrl, redirectToTls })
    const asking = { path: 'http://evil.example/~~srv/x', headers: { Host: 'evil.example' } }
    const answer = await ask('http', plain, asking)
    expect(answer.headers.location).toBe('https://gw.example/~~srv/x')
  })

  test('keeps the method, and reads the body that comes with it', async () => {
    const { plain } = await startBoth({ publicUrl, redirectToTls })
    expect((await ask('http', plain, { method: 'POST', body: 'x'.repeat(300_000) })).status).toBe(308)
    expect((await ask('http', plain, { method: 'HEAD' })).status).toBe(308)
  })

  test('leaves visitors by TLS where they are, and agents at the plain listener connected', async () => {
    const { tls, gateway } = await startBoth({ publicUrl, redirectToTls })
    const answer = await ask('https', tls, { method: 'POST', body: 'echo' })
    expect(answer).toMatchObject({ status: 200, body: 'echo' })
    expect(gateway.tunnels).toMatchObject([{ outer: 'plain' }])
  })

  test('sends hosts of tunnels to their own host, and leaves those of nobody', async () => {
    const { plain } = await startBoth({
      ...{ redirectToTls, hostMode: 'gw.example' },
      publicUrl: 'https://gw.example:8443',
    })
    const at = async (host: string) => ask('http', plain, { path: '/x?y', headers: { Host: host } })
    expect((await at('srv.gw.example')).headers.location).toBe('https://srv.gw.example:8443/x?y')
    expect((await at('nobody.gw.example')).status).toBe(404)
    expect((await at('gw.example')).headers.location).toBe('https://gw.example:8443/x?y')
  })

  test('opens no WebSocket on a plain line', async () => {
    const { plain } = await startBoth({ publicUrl, redirectToTls })
    const socket = new WebSocket(`ws://127.0.0.1:${plain}/~~srv/`)
    const [, response] = (await once(socket, 'unexpected-response')) as [unknown, IncomingMessage]
    expect(response.statusCode).toBe(308)
    response.destroy()
  })

  test('leaves a plain listener alone behind a front proxy that we trust and that ends TLS', async () => {
    const { plain } = await startBoth({ publicUrl, redirectToTls, trustForwardedFrom: ['127.0.0.1'] })
    expect((await ask('http', plain, { headers: { 'X-Forwarded-Proto': 'https' } })).status).toBe(200)
    expect((await ask('http', plain, { headers: { 'X-Forwarded-Proto': 'http' } })).status).toBe(308)
  })

  test('has no place to send to without a public address by TLS, and does not start', async () => {
    await expect(runGateway({ redirectToTls })).rejects.toThrow(RangeError)
    await expect(runGateway({ redirectToTls, publicUrl: 'http://gw.example' })).rejects.toThrow(RangeError)
  })
})
