import { createServer as createHttpsServer } from 'node:https'
import { createServer, type Socket } from 'node:net'
import { describe, expect, onTestFinished, test } from 'vitest'
import { makeSelfSigned } from '../../../gateway/listen/self-signed.ts'
import { systemClock, systemRandom } from '../../../net/world.ts'
import { runGateway } from '../../support/running-gateway.ts'

describe('a direct entry', () => {
  /** A target that counts its connections. */
  async function target(answer: (socket: Socket) => void) {
    const sockets: Socket[] = []
    const server = createServer(socket => {
      sockets.push(socket)
      socket.on('error', () => {})
      answer(socket)
    })
    await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
    onTestFinished(() => {
      for (const socket of sockets) socket.destroy()
      server.close()
    })
    return { port: (server.address() as { port: number }).port, sockets, server }
  }

  test('is dialled by the gateway, and its connection used again', async () => {
    const { port, sockets } = await target(socket =>
      socket.on('data', () => socket.write('HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\ndirect')),
    )
    const { url } = await runGateway({ balance: `/~~d=127.0.0.1:${port};\n` })
    for (let at = 0; at < 3; at++) expect(await (await fetch(`${url}/~~d/`)).text()).toBe('direct')
    expect(sockets).toHaveLength(1)
  })

  test('that refuses gives 502, and nothing is left waiting', async () => {
    const { port, server } = await target(() => {})
    server.close()
    const { url } = await runGateway({ balance: `/~~d=127.0.0.1:${port};\n` })
    expect((await fetch(`${url}/~~d/`)).status).toBe(502)
  })

  test('with SSL is dialled over TLS; at loopback its certificate is not asked for', async () => {
    const pair = await makeSelfSigned([], 1, { clock: systemClock, random: systemRandom })
    const server = createHttpsServer(pair, (_, response) => response.end('over TLS'))
    await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
    onTestFinished(() => {
      server.closeAllConnections()
      server.close()
    })
    const { port } = server.address() as { port: number }
    const { url } = await runGateway({ balance: `SSL /~~d=127.0.0.1:${port};\n` })
    expect(await (await fetch(`${url}/~~d/`)).text()).toBe('over TLS')
  })

  test('with SSL to what speaks none gives 502', async () => {
    const { port } = await target(socket =>
      socket.on('data', () => socket.end('HTTP/1.1 400 Bad Request\r\n\r\n')),
    )
    const { url } = await runGateway({ balance: `SSL /~~d=127.0.0.1:${port};\n` })
    expect((await fetch(`${url}/~~d/`)).status).toBe(502)
  })

  test('whose host does not answer gives 504 after its time', async () => {
    const { port } = await target(() => {})
    const { url } = await runGateway({
      balance: `SSL /~~d=127.0.0.1:${port};\n`,
      limits: { directDialMs: 100 },
    })
    expect((await fetch(`${url}/~~d/`)).status).toBe(504)
  })

  test('that was changed is dialled at its new place at the next request', async () => {
    const first = await target(socket =>
      socket.on('data', () => socket.write('HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\none')),
    )
    const second = await target(socket =>
      socket.on('data', () => socket.write('HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\ntwo')),
    )
    const { url, writeBalance, gateway } = await runGateway({ balance: `/~~d=127.0.0.1:${first.port};\n` })
    expect(await (await fetch(`${url}/~~d/`)).text()).toBe('one')
    writeBalance(`/~~d=127.0.0.1:${second.port};\n`)
    await gateway.reload()
    expect(await (await fetch(`${url}/~~d/`)).text()).toBe('two')
    await expect
      .poll(() => first.sockets.every(socket => socket.destroyed || socket.readableEnded))
      .toBe(true)
  })
})
