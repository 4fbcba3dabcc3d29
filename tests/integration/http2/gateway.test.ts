/** HTTP/2 through the whole gateway: a TLS listener, an agent, what is logged and counted. */
import { once } from 'node:events'
import {
  type ClientHttp2Session,
  type ClientHttp2Stream,
  connect,
  type OutgoingHttpHeaders,
} from 'node:http2'
import { connect as connectTcp } from 'node:net'
import { connect as connectTls } from 'node:tls'
import { describe, expect, onTestFinished, test } from 'vitest'
import { type RunningGateway, runGateway } from '../../support/running-gateway.ts'

const tls = { listen: [{ host: '127.0.0.1', port: 0, tls: true }] }
const trace = '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01'

function visitorOf({ url }: RunningGateway): ClientHttp2Session {
  const session = connect(url, { rejectUnauthorized: false })
  session.on('error', () => {})
  onTestFinished(() => session.destroy())
  return session
}

async function answerOf(stream: ClientHttp2Stream): Promise<{ status: number; body: string }> {
  const [headers] = (await once(stream, 'response')) as [Record<string, string>]
  let body = ''
  stream.setEncoding('utf8')
  for await (const piece of stream) body += piece
  return { status: Number(headers[':status']), body }
}

/** The line of the access log. */
async function logged({ lines }: RunningGateway): Promise<string> {
  for (;;) {
    const line = lines.find(one => one.includes('"message":"request"'))
    if (line !== undefined) return line
    await new Promise(resolve => setImmediate(resolve))
  }
}

/** Its request's fields come back. */
const mirror = (running: RunningGateway) =>
  running.agent({
    target: ({ headers, url }, response) => void response.end(JSON.stringify({ url, ...headers })),
  })

async function mirrored(session: ClientHttp2Session, more: OutgoingHttpHeaders = {}) {
  const { body } = await answerOf(session.request({ ':path': '/~~srv/x', ...more }))
  return JSON.parse(body) as Record<string, string | undefined>
}

describe('a gateway with a TLS listener', () => {
  test('offers HTTP/2, and HTTP/1.1 to whom wants it, as agents do', async () => {
    const running = await runGateway(tls)
    const protocols = [
      [['h2', 'http/1.1'], 'h2'],
      [['http/1.1'], 'http/1.1'],
      [undefined, false],
    ] as const
    for (const [offered, agreed] of protocols) {
      const socket = connectTls({
        ...{ port: running.port, host: '127.0.0.1', rejectUnauthorized: false },
        ...(offered === undefined ? {} : { ALPNProtocols: [...offered] }),
      })
      await once(socket, 'secureConnect')
      expect(socket.alpnProtocol).toBe(agreed)
      socket.destroy()
    }
    const agent = await mirror(running)
    expect(agent.socket).toMatchObject({ alpnProtocol: 'http/1.1' })
  })

  test('whose admin wants no HTTP/2 offers HTTP/1.1 alone, and serves by it who would have liked the other', async () => {
    const running = await runGateway({ ...tls, http2: false })
    await mirror(running)
    const ask = { port: running.port, host: '127.0.0.1', rejectUnauthorized: false }
    const socket = connectTls({ ...ask, ALPNProtocols: ['h2', 'http/1.1'] })
    await once(socket, 'secureConnect')
    expect(socket.alpnProtocol).toBe('http/1.1')
    socket.write('GET /~~srv/x HTTP/1.1\r\nHost: gw\r\nConnection: close\r\n\r\n')
    const pieces: string[] = []
    for await (const piece of socket) pieces.push(String(piece))
    expect(pieces.join('')).toMatch(/^HTTP\/1\.1 200 OK/)
    const insists = connectTls({ ...ask, ALPNProtocols: ['h2'] })
    const [refusal] = (await once(insists, 'error')) as [NodeJS.ErrnoException]
    expect(refusal.code).toMatch(/NO_APPLICATION_PROTOCOL/)
  })

  test('serves a tunnel by HTTP/2, logs and counts the version', async () => {
    const running = await runGateway({ ...tls, admin: { host: '127.0.0.1', port: 0 } })
    await mirror(running)
    const seen = await mirrored(visitorOf(running))
    expect(seen).toMatchObject({ url: '/x', 'x-forwarded-proto': 'https', 'x-forwarded-for': '127.0.0.1' })
    const line = await logged(running)
    expect(line).toContain('"http":"2"')
    expect(line).not.toContain('traceId')
    const metrics = await (await fetch(`${running.gateway.admin?.url}/metrics`)).text()
    expect(metrics).toContain('tildegate_requests_total{status="2xx",http="2"} 1')
  })

  test('has its own addresses answered, which need HTTP/1.1', async () => {
    const running = await runGateway(tls)
    const session = visitorOf(running)
    expect((await answerOf(session.request({ ':path': '/.tildegate/control' }))).status).toBe(426)
    expect((await answerOf(session.request({ ':path': '/.tildegate/else' }))).status).toBe(404)
  })

  test('knows the visitor behind a front proxy that passes TLS through', async () => {
    const running = await runGateway({ ...tls, proxyProtocolFrom: ['127.0.0.1'] })
    const socket = connectTcp(running.port, '127.0.0.1')
    socket.write('PROXY TCP4 192.0.2.9 192.0.2.1 4711 443\r\n')
    const session = connect(running.url, {
      createConnection: () => connectTls({ socket, rejectUnauthorized: false, ALPNProtocols: ['h2'] }),
    })
    onTestFinished(() => session.destroy())
    expect((await answerOf(session.request({ ':path': '/~~else/' }))).status).toBe(404)
  })

  test('lets what is under way end when it stops', async () => {
    const running = await runGateway(tls)
    let answer = () => {}
    const asked = new Promise<void>(resolve => {
      void running.agent({
        target(_, response) {
          answer = () => void response.end('late')
          resolve()
        },
      })
    })
    while (running.gateway.tunnels.length === 0) await new Promise(resolve => setImmediate(resolve))
    const session = visitorOf(running)
    const body = answerOf(session.request({ ':path': '/~~srv/' }))
    await asked
    const goaway = once(session, 'goaway')
    const stopped = running.gateway.stop()
    await goaway
    answer()
    expect(await body).toEqual({ status: 200, body: 'late' })
    await stopped
  })
})

describe('trace context', () => {
  test('of a visitor reaches the target as it came, and the trace the log', async () => {
    const running = await runGateway(tls)
    await mirror(running)
    const sent = { traceparent: trace, tracestate: 'a=1,b=2', baggage: 'user=x' }
    expect(await mirrored(visitorOf(running), sent)).toMatchObject(sent)
    expect(await logged(running)).toContain('"traceId":"4bf92f3577b34da6a3ce929d0e0e4736"')
  })

  test('that is malformed reaches neither', async () => {
    const running = await runGateway(tls)
    await mirror(running)
    const seen = await mirrored(visitorOf(running), {
      traceparent: `${trace}-x`,
      tracestate: 'a=1',
      baggage: 'b',
    })
    expect(seen).toMatchObject({ baggage: 'b' })
    expect(Object.keys(seen)).not.toContain('traceparent')
    expect(Object.keys(seen)).not.toContain('tracestate')
    expect(await logged(running)).not.toContain('traceId')
  })

  test('is not invented', async () => {
    const running = await runGateway(tls)
    await mirror(running)
    expect(Object.keys(await mirrored(visitorOf(running)))).not.toContain('traceparent')
  })
})
