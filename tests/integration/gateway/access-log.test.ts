/** The access log: who asked, by what, and how it ended; never for what, for paths and queries carry secrets. */
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import type { ServerResponse } from 'node:http'
import { connect } from 'node:http2'
import { connect as connectTcp } from 'node:net'
import { connect as connectTls } from 'node:tls'
import { describe, expect, onTestFinished, test } from 'vitest'
import { WebSocket, WebSocketServer } from 'ws'
import { gatedGateway } from '../../support/gated-gateway.ts'
import { type RunningGateway, runGateway } from '../../support/running-gateway.ts'

/** The lines of so many requests. */
async function logged({ lines }: Pick<RunningGateway, 'lines'>, count = 1) {
  const found = () => lines.map(line => JSON.parse(line)).filter(({ message }) => message === 'request')
  await expect.poll(() => found().length).toBe(count)
  return found() as Record<string, unknown>[]
}

/** As a front sends it that passes TCP on. */
function throughFront(port: number, visitor: string) {
  const socket = connectTcp(port, '127.0.0.1')
  socket.write(`PROXY TCP4 ${visitor} 192.0.2.1 4711 443\r\n`)
  return socket
}

const answering = { target: (_: unknown, response: ServerResponse) => void response.end('here') }

describe('the access log', () => {
  test('has one line for each request, without path, query, header or password', async () => {
    const running = await runGateway()
    await running.agent(answering)
    await fetch(`${running.url}/~~srv/SECRETpath?token=SECRETquery`, {
      method: 'PUT',
      body: 'four',
      headers: { authorization: 'Basic SECRETbasic', cookie: 'a=SECRETcookie', referer: 'http://SECRETref/' },
    }).then(answer => answer.text())
    const [line] = await logged(running)
    expect(line).toEqual({
      ...{ tunnel: 'srv', address: '127.0.0.1', method: 'PUT', status: 200, http: '1.1' },
      ...{ sentBytes: 4, receivedBytes: 4, ms: expect.any(Number), message: 'request' },
    })
    expect(running.lines.join('\n')).not.toContain('SECRET')
  })

  test('has the visitor’s address from a front that is trusted, and from no other', async () => {
    const headers = { 'x-forwarded-for': '198.51.100.7, 192.0.2.5' }
    for (const [trusted, address] of [
      [['127.0.0.1'], '192.0.2.5'],
      [[], '127.0.0.1'],
    ] as const) {
      const running = await runGateway({ trustForwardedFrom: trusted })
      await fetch(`${running.url}/~~none/`, { headers }).then(answer => answer.text())
      const [line] = await logged(running)
      expect(line).toMatchObject({ address, method: 'GET', status: 404 })
      expect(line).not.toHaveProperty('tunnel')
    }
  })

  test('has it by HTTP/2 behind a balancer, whatever word the method is', async () => {
    const listen = [{ host: '127.0.0.1', port: 0, tls: true }]
    const running = await runGateway({ listen, proxyProtocolFrom: ['127.0.0.1'] })
    const socket = throughFront(running.port, '198.51.100.7')
    const session = connect(running.url, {
      createConnection: () => connectTls({ socket, rejectUnauthorized: false, ALPNProtocols: ['h2'] }),
    })
    onTestFinished(() => session.destroy())
    for (const method of ['DELETE', `M${'-'.repeat(99)}`]) {
      const stream = session.request({ ':method': method, ':path': '/~~none/' }, { endStream: true })
      await once(stream.resume(), 'close')
    }
    const [first, second] = await logged(running, 2)
    expect(first).toMatchObject({ address: '198.51.100.7', method: 'DELETE', http: '2', status: 404 })
    expect(second).toMatchObject({ address: '198.51.100.7', method: `M${'-'.repeat(31)}` })
  })

  test('has a WebSocket when it has ended, with all its bytes', async () => {
    const running = await runGateway()
    const sockets = new WebSocketServer({ noServer: true })
    await running.agent({
      sockets: (request, socket, head) =>
        sockets.handleUpgrade(request, socket, head, one => {
          one.on('message', data => one.send(data))
        }),
    })
    const socket = new WebSocket(`${running.url.replace('http', 'ws')}/~~srv/`)
    await once(socket, 'open')
    socket.send('over and back')
    await once(socket, 'message')
    socket.close()
    const [line] = await logged(running)
    expect(line).toMatchObject({ tunnel: 'srv', address: '127.0.0.1', method: 'GET', status: 101 })
    expect(Number(line?.['receivedBytes'])).toBeGreaterThan('over and back'.length)
  })

  test('shows a wrong visitor password by its status', async () => {
    const running = await gatedGateway()
    await running.visitor().logIn('/~~srv/', 'SECRETwrong')
    const [line] = await logged(running)
    expect(line).toMatchObject({ tunnel: 'srv', address: '127.0.0.1', method: 'POST', status: 401 })
    expect(running.lines.join('\n')).not.toContain('SECRET')
  })

  test('has the fields that docs/operations/log.md names', async () => {
    const page = readFileSync(new URL('../../../docs/operations/log.md', import.meta.url), 'utf8')
    const [, table = ''] = page.split('## Visitors')
    const rows = [...(table.split('## ')[0] ?? '').matchAll(/^\| (`.*?) \|/gm)]
    const named = rows.flatMap(([, cell = '']) => [...cell.matchAll(/`(\w+)`/g)].map(match => match[1]))
    const running = await runGateway()
    await running.agent(answering)
    await fetch(`${running.url}/~~srv/`, {
      headers: { traceparent: '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01' },
    }).then(answer => answer.text())
    const [line] = await logged(running)
    const { message, ...fields } = line ?? {}
    expect(named.toSorted()).toEqual([...Object.keys(fields), 'isBroken'].toSorted())
  })
})
