import { createServer as createHttpServer } from 'node:http'
import { connect as connectPlain, createServer, type Socket } from 'node:net'
import { createServer as createTlsServer } from 'node:tls'
import * as v from 'valibot'
import { describe, expect, it, onTestFinished } from 'vitest'
import { hopResolver, passwordFrom, type RouteTest, testRoute } from '../../../agent/index.ts'
import { createDialer, type DialerSettings } from '../../../net/dial/index.ts'
import type { ResolvedHop } from '../../../net/proxy/chain.ts'
import { systemClock, systemRandom } from '../../../net/world.ts'
import { parseAgentLine } from '../../../shared/balance/index.ts'
import { type RouteEvent, type RouteReport, routeEvent, routeReport } from '../../../shared/route-report.ts'
import { startConnectProxy } from '../../support/connect-proxy.ts'
import { startGatewayTwin } from '../../support/gateway-twin.ts'
import { listening } from '../../support/listening.ts'
import { runGateway } from '../../support/running-gateway.ts'
import { selfSigned } from '../../support/self-signed.ts'
import { VirtualClock } from '../../support/virtual-clock.ts'

const secret = 'pw-SECRET-of-tunnel'
const balance = `/~~srv=${secret}#:*;\n`

interface Options {
  readonly test?: Partial<RouteTest>
  readonly dialer?: Partial<DialerSettings>
  readonly systemWays?: readonly (ResolvedHop | undefined)[]
}

async function run(
  line: string,
  options: Options = {},
): Promise<{ report: RouteReport; events: RouteEvent[] }> {
  const parsed = parseAgentLine(line)
  const [entry] = parsed.entries
  if (entry === undefined) throw new Error(parsed.diagnostics[0]?.message)
  const events: RouteEvent[] = []
  const clock = options.test?.clock ?? systemClock
  const report = await testRoute({
    entry,
    passwordOf: passwordFrom({}),
    dialer: createDialer({
      clock,
      random: systemRandom,
      resolveHops: hopResolver({
        environment: {},
        ...(options.systemWays
          ? { systemWays: async () => ({ ways: options.systemWays ?? [], source: 'a test' }) }
          : {}),
      }),
      ...options.dialer,
    }),
    agent: 'test/1',
    clock,
    random: systemRandom,
    signal: AbortSignal.timeout(20_000),
    onEvent: event => events.push(event),
    ...options.test,
  })
  expect(v.parse(routeReport, report)).toEqual(report)
  for (const event of events) expect(v.parse(routeEvent, event)).toEqual(event)
  expect(JSON.stringify([report, events])).not.toContain('SECRET')
  return { report, events }
}

/** `id state`, and the code of what went wrong. */
const shown = (report: RouteReport) =>
  report.stations.map(({ id, state, code }) => `${id} ${state}${code === undefined ? '' : ` ${code}`}`)

const failing = (report: RouteReport) => {
  const failed = report.stations.filter(({ state }) => state === 'failed')
  for (const { mend, message } of failed) expect(`${message}${mend}`).not.toMatch(/\?|undefined/)
  return failed.map(({ id, code, hop }) => ({ id, code, ...(hop === undefined ? {} : { hop }) }))
}

const detail = (report: RouteReport, id: string) => report.stations.find(station => station.id === id)?.detail

async function proxy(options: Parameters<typeof startConnectProxy>[0] = {}) {
  const started = await startConnectProxy(options)
  onTestFinished(() => started.close())
  return started.port
}

describe('a route on which all is well', () => {
  it('passes every station of the direct way to a plain gateway, each with its time', async () => {
    const { port } = await runGateway({ balance })
    const { report, events } = await run(`/~~srv=${secret}#127.0.0.1:${port};`)
    expect(shown(report)).toEqual([
      'tcp ok',
      'tls skipped',
      'upgrade ok',
      'handshake ok',
      'address-rule ok',
      'encryption ok',
      'target ok',
    ])
    expect(report).toMatchObject({ tunnel: 'srv', gateway: `127.0.0.1:${port}`, ok: true })
    for (const id of ['tcp', 'upgrade', 'handshake', 'address-rule', 'target'])
      expect(report.stations.find(station => station.id === id)?.ms).toBeGreaterThanOrEqual(0)
    expect(detail(report, 'tls')).toEqual({ plain: true })
    expect(detail(report, 'encryption')).toEqual({ outer: 'plain' })
    expect(detail(report, 'address-rule')).toEqual({
      url: `http://127.0.0.1:${port}/~~srv/`,
      gateway: 'tildegate/0.0.0',
    })
    expect(detail(report, 'target')).toEqual({ site: 'welcome', status: 200 })
    expect(
      events
        .filter(({ kind }) => kind !== 'planned')
        .map(event =>
          event.kind === 'settled' ? event.station.id : event.kind === 'begun' ? `(${event.id})` : '',
        ),
    ).toEqual([
      '(tcp)',
      'tcp',
      '(tls)',
      'tls',
      '(upgrade)',
      'upgrade',
      '(handshake)',
      'handshake',
      '(address-rule)',
      'address-rule',
      'encryption',
      '(target)',
      'target',
    ])
  })

  it('is proven end to end by the gateway’s own certificate', async () => {
    const { port } = await runGateway({ balance, listen: [{ host: '127.0.0.1', port: 0, tls: true }] })
    const { report } = await run(`/~~srv=${secret}#localhost:${port};`)
    expect(shown(report).slice(0, 3)).toEqual(['name ok', 'tcp ok', 'tls ok'])
    expect(detail(report, 'name')?.addresses).toContain('127.0.0.1')
    expect(detail(report, 'tls')).toMatchObject({ version: 'TLSv1.3', trusted: false })
    expect(detail(report, 'encryption')).toEqual({ outer: 'proven' })
  })

  it('warns of one who ends TLS in between, and is good all the same', async () => {
    const { port } = await runGateway({ balance })
    const { key, cert } = await selfSigned()
    const inspector = createTlsServer({ key, cert, ALPNProtocols: ['http/1.1'] }, client => {
      const far = connectTo(port)
      client.on('error', () => far.destroy())
      client.pipe(far).pipe(client)
    })
    const { report } = await run(`/~~srv=${secret}#127.0.0.1:${await listening(inspector)};`)
    expect(report.ok).toBe(true)
    expect(shown(report)).toContain('encryption warning tls-inspected')
  })

  it('warns of a box that lets only WebSockets pass, and is good all the same', async () => {
    const { port } = await runGateway({ balance })
    const box = createServer(client => {
      client.once('data', head => {
        if (head.includes('Upgrade: tildegate/1')) {
          client.end('HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n')
          return
        }
        const far = connectTo(port)
        far.write(head)
        client.pipe(far).pipe(client)
      })
    })
    const { report } = await run(`/~~srv=${secret}#http://127.0.0.1:${await listening(box)};`)
    expect(report.ok).toBe(true)
    expect(shown(report)).toEqual([
      'tcp ok',
      'upgrade warning only-websockets-pass',
      'handshake ok',
      'address-rule ok',
      'encryption ok',
      'target ok',
    ])
  })

  it('names each proxy with what it is', async () => {
    const { port } = await runGateway({ balance })
    const [one, two] = [await proxy(), await proxy()]
    const { report } = await run(
      `/~~srv=${secret}#http://127.0.0.1:${port} -> u:SECRET@127.0.0.1:${one} -> 127.0.0.1:${two};`,
    )
    expect(shown(report)).toEqual([
      'tcp ok',
      'proxy-1 ok',
      'proxy-2 ok',
      'upgrade ok',
      'handshake ok',
      'address-rule ok',
      'encryption ok',
      'target ok',
    ])
    expect(report.stations.map(({ hop }) => hop).slice(0, 4)).toEqual([1, 1, 2, undefined])
    expect(detail(report, 'proxy-1')).toEqual({ proxy: 'http', scheme: 'Basic' })
    expect(detail(report, 'proxy-2')).toEqual({ proxy: 'http' })
  })

  it('says that the name is in use, registers nothing, and the running session does not notice', async () => {
    const { port, agent, gateway, url } = await runGateway({ balance })
    const twin = await agent({ password: secret })
    const { report } = await run(`/~~srv=${secret}#127.0.0.1:${port};`)
    expect(report.ok).toBe(true)
    expect(detail(report, 'address-rule')).toMatchObject({ inUse: true })
    expect(gateway.tunnels).toHaveLength(1)
    await twin.ping()
    expect(await (await fetch(`${url}/~~srv/x`)).text()).toBe('/x')
  })

  it('takes "busy" for in use at a gateway that knows no probes', async () => {
    const twin = await startGatewayTwin({ refuse: () => ({ code: 'busy', message: 'busy' }) })
    const { report } = await run(`/~~a=pw#http://127.0.0.1:${twin.port};`)
    expect(report.ok).toBe(true)
    expect(detail(report, 'address-rule')).toEqual({ inUse: true })
  })
})

describe('a route that ends', () => {
  it('at a name that nobody knows', async () => {
    const { report } = await run(`/~~srv=${secret}#nothing.invalid:443;`)
    expect(failing(report)).toEqual([{ id: 'name', code: 'gateway-name-unknown' }])
    expect(shown(report).slice(1)).toEqual([
      'tcp skipped',
      'tls skipped',
      'upgrade skipped',
      'handshake skipped',
      'address-rule skipped',
      'encryption skipped',
      'target ok',
    ])
  })

  it('at a gateway that is down', async () => {
    const { report } = await run(`/~~srv=${secret}#127.0.0.1:1;`)
    expect(failing(report)).toEqual([{ id: 'tcp', code: 'dial-refused' }])
    expect(report.ok).toBe(false)
  })

  it('at a gateway that must speak TLS and does not', async () => {
    const { port } = await runGateway({ balance })
    const { report } = await run(`/~~srv=${secret}#https://127.0.0.1:${port};`)
    expect(failing(report)).toEqual([{ id: 'tls', code: 'outer-tls-failed' }])
  })

  it.each([
    [200, 'not-a-gateway'],
    [404, 'not-a-gateway'],
    [503, 'gateway-unavailable'],
  ])('at something that is no gateway: it answers %i', async (status, code) => {
    const port = await listening(createHttpServer((_, response) => response.writeHead(status).end()))
    const { report } = await run(`/~~srv=${secret}#http://127.0.0.1:${port};`)
    expect(failing(report)).toEqual([{ id: 'upgrade', code }])
  })

  it.each([
    ['a wrong password', '/~~srv=SECRET-wrong#', 'password-refused'],
    ['a name that the gateway does not know', `/~~nobody=${secret}#`, 'password-refused'],
    ['a password that is not there', '/~~srv=env:NOT_SET#', 'password-missing'],
  ])('at %s', async (_, begin, code) => {
    const { port } = await runGateway({ balance })
    const { report } = await run(`${begin}127.0.0.1:${port};`)
    expect(failing(report)).toEqual([{ id: 'handshake', code }])
    expect(shown(report)).toContain('upgrade ok')
  })

  it('at the address rule, with the password proven', async () => {
    const { port } = await runGateway({ balance: `/~~srv=${secret}#:*10.9.9.9;\n` })
    const { report } = await run(`/~~srv=${secret}#127.0.0.1:${port};`)
    expect(failing(report)).toEqual([{ id: 'address-rule', code: 'address-refused' }])
    expect(shown(report)).toContain('handshake ok')
  })

  it('at a gateway that is full: it says so to who has proven the password', async () => {
    const { port, agent } = await runGateway({ balance: `${balance}/~~b=pw#:*;\n`, limits: { sessions: 1 } })
    await agent({ name: 'b' })
    const { report } = await run(`/~~srv=${secret}#127.0.0.1:${port};`)
    expect(failing(report)).toEqual([{ id: 'address-rule', code: 'gateway-overloaded' }])
  })
})

describe('a route that ends at a proxy', () => {
  it.each([
    ['403 Forbidden', 'proxy-forbidden'],
    ['502 Bad Gateway', 'proxy-far-side-failed'],
    ['503 Service Unavailable', 'proxy-far-side-failed'],
    ['504 Gateway Timeout', 'proxy-far-side-failed'],
    ['429 Too Many Requests', 'proxy-refused'],
    ['302 Found', 'proxy-login-page'],
    ['407 Login\r\nProxy-Authenticate: NTLM', 'proxy-login-required'],
  ])('that answers %s, whichever it is', async (refusal, code) => {
    const [good, bad] = [await proxy(), await proxy({ refusal })]
    const gateway = `/~~srv=${secret}#http://127.0.0.1:9`
    const first = await run(`${gateway} -> 127.0.0.1:${bad} -> 127.0.0.1:${good};`)
    expect(failing(first.report)).toEqual([{ id: 'proxy-1', code, hop: 1 }])
    const second = await run(`${gateway} -> 127.0.0.1:${good} -> 127.0.0.1:${bad};`)
    expect(failing(second.report)).toEqual([{ id: 'proxy-2', code, hop: 2 }])
    expect(shown(second.report)).toContain('proxy-1 ok')
  })

  it.each([
    ['is not there', '127.0.0.1:1', 'tcp', 'proxy-unreachable'],
    ['has a name that nobody knows', 'nothing.invalid:808', 'name', 'proxy-name-unknown'],
  ])('that %s', async (_, hop, id, code) => {
    const { report } = await run(`/~~srv=${secret}#127.0.0.1:9 -> ${hop};`)
    expect(failing(report)).toEqual([{ id, code, hop: 1 }])
    expect(shown(report)).toContain('proxy-1 skipped')
  })

  it('that is not there behind another, with the reason of the one before', async () => {
    const refusal = '503 Service Unavailable\r\nX-Squid-Error: ERR_CONNECT_FAIL 111'
    const { report } = await run(
      `/~~srv=${secret}#127.0.0.1:9 -> 127.0.0.1:${await proxy({ refusal })} -> 127.0.0.1:1;`,
    )
    expect(failing(report)).toEqual([{ id: 'proxy-1', code: 'proxy-far-side-failed', hop: 1 }])
    expect(detail(report, 'proxy-1')).toMatchObject({
      reason: 'nothing accepts connections there: ERR_CONNECT_FAIL 111',
    })
  })

  it('whose certificate nobody vouches for', async () => {
    const { key, cert } = await selfSigned()
    const port = await listening(createTlsServer({ key, cert }))
    const { report } = await run(`/~~srv=${secret}#127.0.0.1:9 -> https://127.0.0.1:${port};`)
    expect(failing(report)).toEqual([{ id: 'tls-1', code: 'proxy-tls-untrusted', hop: 1 }])
  })

  it.each([1, 2])('number %i that keeps silent', async number => {
    const clock = new VirtualClock()
    const silent = createServer(socket => socket.resume())
    const asked = new Promise<void>(resolve => {
      silent.on('connection', (socket: Socket) => socket.once('data', () => resolve()))
    })
    const port = await listening(silent)
    const before = number === 2 ? `127.0.0.1:${await proxy()} -> ` : ''
    const tested = run(`/~~srv=${secret}#http://127.0.0.1:9 -> ${before}127.0.0.1:${port};`, {
      test: { clock },
    })
    await asked
    await clock.pass(15_000)
    expect(failing((await tested).report)).toEqual([
      { id: `proxy-${number}`, code: 'proxy-hop-timeout', hop: number },
    ])
  })

  it('whose password is not there, with the others not reached', async () => {
    const { report, events } = await run(
      `/~~srv=${secret}#127.0.0.1:9 -> ${`127.0.0.1:${await proxy()}`} -> u:env:NOT_SET@127.0.0.1:1;`,
    )
    expect(failing(report)).toEqual([{ id: 'proxy-2', code: 'password-missing', hop: 2 }])
    const settled = events.flatMap(event => (event.kind === 'settled' ? [event.station.id] : []))
    expect(settled.slice(0, 3)).toEqual(['tcp', 'proxy-1', 'proxy-2'])
    expect(shown(report)).toContain('tcp skipped')
  })
})

describe('what this computer says about its proxy', () => {
  const named = (port: number): ResolvedHop => ({ kind: 'http', host: '127.0.0.1', port })

  it('is a station of its own, with its source', async () => {
    const { port } = await runGateway({ balance })
    const own = await proxy()
    const { report } = await run(`/~~srv=${secret}#http://127.0.0.1:${port} -> system;`, {
      systemWays: [named(own)],
    })
    expect(shown(report).slice(0, 3)).toEqual(['system-proxy ok', 'tcp ok', 'proxy-1 ok'])
    expect(detail(report, 'system-proxy')?.said).toContain('a test')
  })

  it('leads on by the next way where the first proxy is out of reach, with a warning', async () => {
    const { port } = await runGateway({ balance })
    const { report } = await run(`/~~srv=${secret}#http://127.0.0.1:${port} -> system;`, {
      systemWays: [named(1), undefined],
    })
    expect(report.ok).toBe(true)
    expect(shown(report).slice(0, 2)).toEqual(['system-proxy warning system-proxy-skipped', 'tcp ok'])
    expect(report.stations.map(({ id }) => id)).not.toContain('proxy-1')
  })

  it('fails at the proxy that it names first where none can be reached', async () => {
    const { report } = await run(`/~~srv=${secret}#http://127.0.0.1:1 -> system;`, {
      systemWays: [named(2), named(3), undefined],
    })
    expect(failing(report)).toEqual([{ id: 'tcp', code: 'proxy-unreachable', hop: 1 }])
    expect(report.stations.find(({ id }) => id === 'tcp')?.label).toBe('127.0.0.1:2')
  })

  it('fails as a station where it cannot be found out', async () => {
    const { report } = await run(`/~~srv=${secret}#127.0.0.1:1 -> system;`)
    expect(failing(report)).toEqual([{ id: 'system-proxy', code: 'system-proxy-unavailable' }])
  })
})

describe('the target', () => {
  const at = (target: string) => run(`/~~srv=${secret}#127.0.0.1:1 => ${target};`)
  const station = (report: RouteReport) => report.stations.find(({ id }) => id === 'target')

  it.each([
    [200, 'ok', undefined],
    [401, 'ok', undefined],
    [404, 'ok', undefined],
    [500, 'warning', 'target-reports-error'],
  ])('is asked for its first page, and its %i is told', async (status, state, code) => {
    const asked: string[] = []
    const server = createHttpServer((request, response) => {
      asked.push(`${request.method} ${request.url} ${request.headers.host}`)
      response.writeHead(status).end('page')
    })
    const port = await listening(server)
    const { report } = await at(`http://127.0.0.1:${port}/app`)
    expect(station(report)).toMatchObject({ state, detail: { status }, ...(code ? { code } : {}) })
    expect(asked).toEqual([`GET /app/ 127.0.0.1:${port}`])
  })

  it('may be the built-in sample', async () => {
    const { report } = await run(`/~~srv=${secret}#127.0.0.1:1;`, {
      test: { target: { kind: 'site', site: 'sample' } },
    })
    expect(station(report)).toMatchObject({ state: 'ok', detail: { site: 'sample', status: 200 } })
  })

  it.each([
    ['is not there', async () => 1, 'target-refused'],
    [
      'is no HTTP',
      () => listening(createServer(socket => socket.end('SSH-2.0-OpenSSH_9.2\r\n'))),
      'target-not-http',
    ],
    [
      'hangs up',
      () => listening(createServer(socket => socket.once('data', () => socket.end()))),
      'target-broke-off',
    ],
  ])('that %s is told so', async (_, start, code) => {
    const { report } = await at(`http://127.0.0.1:${await start()}`)
    expect(station(report)).toMatchObject({ state: 'failed', code })
  })

  it('that does not speak TLS is told so', async () => {
    const port = await listening(createHttpServer((_, response) => response.end()))
    expect(station((await at(`https://127.0.0.1:${port}`)).report)).toMatchObject({ code: 'target-tls' })
  })

  it('with a name that nobody knows is told so', async () => {
    expect(station((await at('http://nothing.invalid')).report)).toMatchObject({ code: 'target-dns' })
  })

  it('that keeps silent is given up', async () => {
    const clock = new VirtualClock()
    const silent = createServer(socket => socket.resume())
    const asked = new Promise<void>(resolve => {
      silent.on('connection', (socket: Socket) => socket.once('data', () => resolve()))
    })
    const port = await listening(silent)
    const tested = run(`/~~srv=${secret}#127.0.0.1:1 => http://127.0.0.1:${port};`, { test: { clock } })
    await asked
    await clock.pass(15_000)
    expect(station((await tested).report)).toMatchObject({ code: 'target-timeout' })
  })
})

describe('a test that is stopped', () => {
  it('rejects with the reason and leaves no connection', async () => {
    const controller = new AbortController()
    const server = createServer(socket => {
      socket.once('data', () => controller.abort(new Error('enough')))
    })
    const closed = new Promise(resolve => {
      server.on('connection', (socket: Socket) => socket.on('close', resolve))
    })
    const port = await listening(server)
    await expect(
      run(`/~~srv=${secret}#http://127.0.0.1:${port};`, { test: { signal: controller.signal } }),
    ).rejects.toThrow('enough')
    await closed
  })
})

function connectTo(port: number): Socket {
  const socket = connectPlain(port, '127.0.0.1')
  socket.on('error', () => {})
  return socket
}
