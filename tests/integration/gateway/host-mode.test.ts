/** Host mode of a whole gateway: the address that agents are told, and the names of balance.bin as they change. */
import { describe, expect, test } from 'vitest'
import { RawPeer } from '../../support/raw-peer.ts'
import { runGateway } from '../../support/running-gateway.ts'

const quick = { limits: { refreshQuietMs: 40, refreshUnfinishedMs: 200 }, hostMode: 'gw.example' }

async function ask(port: number, host: string): Promise<string> {
  const visitor = await RawPeer.connect(port)
  visitor.send(`GET /where HTTP/1.1\r\nHost: ${host}\r\nConnection: close\r\n\r\n`)
  await visitor.closed
  return visitor.received
}

describe('an agent of a gateway in host mode', () => {
  test.each([
    [{ publicUrl: 'https://gw.example:8443/' }, 'https://srvback.gw.example:8443/'],
    [{}, 'http://srvback.gw.example:PORT/'],
  ])('with %j is told %s', async (more, url) => {
    const { agent, port } = await runGateway({
      ...more,
      ...quick,
      balance: '/~~srvBACK=pw#:*;\n/~~a_b=pw#:*;\n',
    })
    expect((await agent({ name: 'srvBACK' })).welcome.url).toBe(url.replace('PORT', String(port)))
    expect((await agent({ name: 'a_b' })).welcome.url).toMatch(/\/~~a_b\/$/)
  })
})

describe('the hosts of tunnels', () => {
  test('come and go with balance.bin, and that of a live session stays', async () => {
    const { agent, port, writeBalance, gateway, lines } = await runGateway(quick)
    await agent({ target: (request, response) => response.end(`${request.headers.host} ${request.url}`) })
    expect(await ask(port, `srv.gw.example:${port}`)).toMatch(/localhost \/where$/)
    expect(await ask(port, 'later.gw.example')).toMatch(/^HTTP\/1\.1 404 /)
    writeBalance('/~~Later=pw#:*;\n/~~la_ter=pw#:*;\n')
    await gateway.reload()
    await agent({ name: 'Later', target: (_, response) => response.end('here now') })
    expect(await ask(port, 'later.gw.example')).toMatch(/here now$/)
    expect(await ask(port, 'srv.gw.example')).toMatch(/localhost \/where$/)
    expect(lines.filter(line => line.includes('gets no host')).join()).toContain('"la_ter"')
  })
})
