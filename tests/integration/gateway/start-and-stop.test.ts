import { once } from 'node:events'
import { connect } from 'node:net'
import { describe, expect, test } from 'vitest'
import { Secret } from '../../../shared/secret.ts'
import { runGateway } from '../../support/running-gateway.ts'

const token = '0123456789abcdef0123456789abcdef'

describe('a graceful stop', () => {
  test('lets a request in flight end, tells agents to reconnect, and takes nothing new', async () => {
    const { agent, url, port, gateway } = await runGateway()
    let answer: () => void = () => {}
    const one = await agent({
      target: (_, response) => {
        response.write('begun ')
        answer = () => response.end('and ended')
      },
    })
    const visiting = await fetch(`${url}/~~srv/`)
    const stopping = gateway.stop()
    const late = connect(port, '127.0.0.1')
    await expect(once(late, 'connect')).rejects.toMatchObject({ code: 'ECONNREFUSED' })
    expect(one.isClosed).toBe(false)
    answer()
    expect(await visiting.text()).toBe('begun and ended')
    await stopping
    expect(await one.frame('close')).toMatchObject({ code: 1 })
    await one.closed()
    expect(gateway.tunnels).toHaveLength(0)
  })

  test('cuts what has not ended after its time', async () => {
    const { agent, url, gateway } = await runGateway({ limits: { stopMs: 100 } })
    await agent({ target: (_, response) => void response.write('never ends') })
    const visiting = await fetch(`${url}/~~srv/`)
    await gateway.stop()
    await expect(visiting.text()).rejects.toThrow()
  })

  test('is idempotent, and so is the end at once', async () => {
    const { agent, gateway, url } = await runGateway()
    await agent()
    await Promise.all([gateway.stop(), gateway.stop(), gateway.destroy(), gateway.destroy()])
    await expect(fetch(url)).rejects.toThrow()
  })
})

describe('the start', () => {
  test('listens at several addresses, plain and TLS, for agents and visitors alike', async () => {
    const listen = [false, true].map(tls => ({ host: '127.0.0.1', port: 0, tls }))
    const { gateway, agent, url } = await runGateway({ listen })
    const [plain, secure] = gateway.listeners.map(listener => new URL(listener.url))
    expect([plain?.protocol, secure?.protocol]).toEqual(['http:', 'https:'])
    const one = await agent({ port: Number(secure?.port), isTls: true })
    expect(one.welcome).toMatchObject({ outer: 'proven', url: `https://127.0.0.1:${secure?.port}/~~srv/` })
    expect(await (await fetch(`${url}/~~srv/over-plain`)).text()).toBe('/over-plain')
  })

  test('that fails at one address leaves nothing open', async () => {
    const first = await runGateway()
    const taken = { host: '127.0.0.1', port: first.port, tls: false }
    const failing = runGateway({ listen: [{ host: '127.0.0.1', port: 0, tls: false }, taken] })
    await expect(failing).rejects.toMatchObject({ code: 'listen-in-use' })
  })
})

describe('the admin listener', () => {
  const at = (host: string, more = {}) => runGateway({ admin: { host, port: 0, ...more } })

  test('tells health, readiness and metrics at loopback', async () => {
    const { gateway, agent, url } = await at('127.0.0.1')
    const admin = gateway.admin?.url ?? ''
    await agent()
    await (await fetch(`${url}/~~srv/`)).text()
    expect(await (await fetch(`${admin}/healthz`)).text()).toBe('ok\n')
    expect((await fetch(`${admin}/readyz`)).status).toBe(200)
    expect((await fetch(`${admin}/else`)).status).toBe(404)
    const metrics = await (await fetch(`${admin}/metrics`)).text()
    expect(metrics).toContain('tildegate_sessions 1')
    expect(metrics).toContain('tildegate_requests_total{status="2xx",http="1.1"} 1')
    expect(metrics).toContain('tildegate_handshakes_total{result="established"} 1')
  })

  test('answers no web page and no foreign name', async () => {
    const { gateway } = await at('127.0.0.1')
    const admin = gateway.admin?.url ?? ''
    expect((await fetch(`${admin}/metrics`, { headers: { origin: 'https://evil.example' } })).status).toBe(
      403,
    )
    const socket = connect(Number(new URL(admin).port), '127.0.0.1')
    socket.write('GET /metrics HTTP/1.1\r\nHost: evil.example\r\nConnection: close\r\n\r\n')
    const [answer] = (await once(socket, 'data')) as [Buffer]
    expect(answer.toString()).toMatch(/^HTTP\/1\.1 401 /)
  })

  test('beyond loopback is not opened without a token, nor with a weak one', async () => {
    await expect(at('0.0.0.0')).rejects.toMatchObject({ code: 'admin-needs-token' })
    await expect(at('0.0.0.0', { token: Secret.fromText('short') })).rejects.toMatchObject({
      code: 'admin-token-weak',
    })
  })

  test('asks for its token', async () => {
    const { gateway } = await at('0.0.0.0', { token: Secret.fromText(token) })
    const admin = (gateway.admin?.url ?? '').replace('0.0.0.0', '127.0.0.1')
    const ask = (authorization?: string) =>
      fetch(`${admin}/healthz`, authorization === undefined ? {} : { headers: { authorization } })
    expect((await ask()).status).toBe(401)
    expect((await ask('Bearer wrong')).status).toBe(401)
    expect((await ask(`Bearer ${token}`)).status).toBe(200)
  })

  test('counts in each gateway for itself', async () => {
    const [one, other] = [await at('127.0.0.1'), await at('127.0.0.1')]
    await one.agent()
    expect(await (await fetch(`${other.gateway.admin?.url}/metrics`)).text()).toContain(
      'tildegate_sessions 0',
    )
  })
})
