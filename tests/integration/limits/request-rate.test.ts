/** How fast requests of one address may come: who was too fast is served again, and nobody else notices. */
import { once } from 'node:events'
import { connect } from 'node:http2'
import { connect as connectTcp, createServer } from 'node:net'
import { describe, expect, onTestFinished, test } from 'vitest'
import { ask } from '../../support/admin-client.ts'
import { bites } from '../../support/bites.ts'
import { listening } from '../../support/listening.ts'
import { RawPeer } from '../../support/raw-peer.ts'
import { type RunningGateway, runGateway } from '../../support/running-gateway.ts'
import { VirtualClock } from '../../support/virtual-clock.ts'

/** Refusals come at once where nothing else is said. */
const slowly = { requestBurstPerAddress: 3, requestsPerAddressPerMinute: 60, surplusRequestMs: 0 }

type GatewaySettings = NonNullable<Parameters<typeof runGateway>[0]>

/** A gateway with a tunnel, at which each test may be several visitors. */
async function startSlow(options: GatewaySettings = {}) {
  const clock = new VirtualClock()
  const limits = { ...slowly, ...options.limits }
  const running = await runGateway({ clock, trustForwardedFrom: ['127.0.0.1'], ...options, limits })
  await running.agent()
  return { clock, ...running }
}

const balancedAddress = '198.51.100.7'

/** A gateway that sees all connections come from another computer. */
async function startBehindBalancer(options: GatewaySettings) {
  const running = await runGateway({ proxyProtocolFrom: ['127.0.0.1'], limits: slowly, ...options })
  const balancer = createServer(client => {
    const onward = connectTcp(running.port, '127.0.0.1')
    onward.on('error', () => client.destroy())
    client.on('close', () => onward.destroy())
    onward.write(`PROXY TCP4 ${balancedAddress} 127.0.0.1 4711 80\r\n`)
    client.pipe(onward).pipe(client)
  })
  const port = await listening(balancer)
  const agent: RunningGateway['agent'] = asked => running.agent({ port, ...asked })
  return { ...running, agent, port, url: `http://127.0.0.1:${port}` }
}

async function statuses({ url }: RunningGateway, count: number, from = '192.0.2.1', path = '/~~srv/') {
  const seen: number[] = []
  for (let i = 0; i < count; i++)
    seen.push((await ask(url + path, { headers: { 'X-Forwarded-For': from } })).status)
  return seen
}

bites(
  'requestBurstPerAddress',
  'one request too many at once is 429, and after a while it is served',
  async () => {
    const running = await startSlow()
    expect(await statuses(running, 5)).toEqual([200, 200, 200, 429, 429])
    await running.clock.pass(999)
    expect(await statuses(running, 1)).toEqual([429])
    await running.clock.pass(1)
    expect(await statuses(running, 2)).toEqual([200, 429])
    // Never more than the burst, however long nobody came.
    await running.clock.pass(10_000)
    expect(await statuses(running, 4)).toEqual([200, 200, 200, 429])
  },
)

bites(
  'requestsPerAddressPerMinute',
  'is how many a minute are served of one that never rests, and all of one that has rested',
  async () => {
    const running = await startSlow({ limits: { requestsPerAddressPerMinute: 120 } })
    await statuses(running, 3)
    let served = 0
    for (let i = 0; i < 120; i++) {
      await running.clock.pass(250)
      if ((await statuses(running, 1))[0] === 200) served++
    }
    expect(served).toBe(60)
    await running.clock.pass(1_500)
    expect(await statuses(running, 3)).toEqual([200, 200, 200])
  },
)

/** Asks, and tells what was answered once it was. */
function asking({ url }: RunningGateway, from: string) {
  const seen = { status: 0 }
  void ask(`${url}/~~srv/`, { headers: { 'X-Forwarded-For': from } }).then(
    answer => (seen.status = answer.status),
    () => {},
  )
  return seen
}

const surplus = ({ lines }: RunningGateway) =>
  lines.filter(line => line.includes('requests-of-address')).length

bites(
  'surplusRequestMs',
  'is how long one request too many waits for its refusal, and others are served meanwhile',
  async () => {
    const running = await startSlow({ limits: { surplusRequestMs: 900 } })
    await statuses(running, 3)
    const refused = asking(running, '192.0.2.1')
    await expect.poll(() => surplus(running)).toBe(1)
    expect(await statuses(running, 1, '192.0.2.2')).toEqual([200])
    await running.clock.pass(899)
    expect(refused.status).toBe(0)
    await running.clock.pass(1)
    await expect.poll(() => refused.status).toBe(429)
    await running.clock.pass(1_000)
    expect(await statuses(running, 1)).toEqual([200])
  },
)

bites('surplusRequests', 'refuses further ones at once, and has room again for the next', async () => {
  const running = await startSlow({ limits: { surplusRequestMs: 900, surplusRequests: 1 } })
  await statuses(running, 3)
  const first = asking(running, '192.0.2.1')
  await expect.poll(() => surplus(running)).toBe(1)
  expect(await statuses(running, 1)).toEqual([429])
  await running.clock.pass(900)
  await expect.poll(() => first.status).toBe(429)
  const timers = running.clock.waiting
  const next = asking(running, '192.0.2.1')
  await expect.poll(() => running.clock.waiting).toBeGreaterThan(timers)
  expect(next.status).toBe(0)
  await running.clock.pass(900)
  await expect.poll(() => next.status).toBe(429)
  await running.clock.pass(1_000)
  expect(await statuses(running, 1)).toEqual([200])
})

bites(
  'countedAddresses',
  'the oldest leaves the counters of requests, and has its burst again; the newest is kept to its limit',
  async () => {
    const running = await startSlow({ limits: { countedAddresses: 2 } })
    expect(await statuses(running, 4, '192.0.2.1')).toContain(429)
    expect(await statuses(running, 1, '192.0.2.2')).toEqual([200])
    expect(await statuses(running, 4, '192.0.2.3')).toContain(429)
    expect(await statuses(running, 1, '192.0.2.3')).toEqual([429])
    expect(await statuses(running, 1, '192.0.2.1')).toEqual([200])
  },
)

describe('the rate of requests', () => {
  test('is counted for each address; of IPv6 for a whole /64', async () => {
    const running = await startSlow()
    expect(await statuses(running, 4, '2001:db8:1:2::1')).toContain(429)
    expect(await statuses(running, 1, '2001:db8:1:2:ffff::9')).toEqual([429])
    expect(await statuses(running, 1, '2001:db8:1:3::1')).toEqual([200])
    expect(await statuses(running, 1, '192.0.2.9')).toEqual([200])
  })

  test('counts whatever is asked for alike: other tunnels, unknown names, our own pages', async () => {
    const running = await startSlow({ limits: { requestBurstPerAddress: 4 } })
    const seen: number[] = []
    for (const path of ['/', '/~~nobody/', '/~~srv', '/~~srv/', '/~~nobody/', '/'])
      seen.push(...(await statuses(running, 1, '192.0.2.1', path)))
    expect(seen).toEqual([404, 404, 301, 200, 429, 429])
  })

  test('says when to come again, in the visitor’s language, and to programs as JSON', async () => {
    const running = await startSlow({
      limits: { requestBurstPerAddress: 100, requestsPerAddressPerMinute: 60 },
    })
    await statuses(running, 100)
    const headers = { 'X-Forwarded-For': '192.0.2.1', 'Accept-Language': 'de' }
    const page = await ask(`${running.url}/~~srv/`, { headers: { ...headers, Accept: 'text/html' } })
    // When there is room for a tenth of the burst.
    expect(page).toMatchObject({ status: 429, headers: { 'retry-after': '10', 'cache-control': 'no-store' } })
    expect(page.text).toContain('<h1>Zu viele Anfragen</h1>')
    const json = await ask(`${running.url}/~~srv/`, { headers: { ...headers, Accept: 'application/json' } })
    expect(JSON.parse(json.text)).toMatchObject({ error: { code: 'too-many' } })
    await running.clock.pass(10_000)
    expect(await statuses(running, 10)).not.toContain(429)
  })

  test('holds by HTTP/2 as by HTTP/1.1, and both count together', async () => {
    const running = await startSlow({ listen: [{ host: '127.0.0.1', port: 0, tls: true }] })
    const session = connect(running.url, { rejectUnauthorized: false })
    onTestFinished(() => session.destroy())
    const get = async (from: string) => {
      const stream = session.request({ ':path': '/~~srv/', 'x-forwarded-for': from })
      const [headers] = (await once(stream, 'response')) as [Record<string, string>]
      stream.resume()
      return Number(headers[':status'])
    }
    const seen: number[] = []
    for (let i = 0; i < 4; i++) seen.push(await get('192.0.2.1'))
    expect(seen).toEqual([200, 200, 200, 429])
    expect(await get('192.0.2.2')).toBe(200)
    await running.clock.pass(1_000)
    expect(await get('192.0.2.1')).toBe(200)
  })

  test('is kept in order among pipelined requests, and the connection goes on', async () => {
    const running = await startSlow()
    const visitor = await RawPeer.connect(running.port)
    visitor.send('GET /~~srv/x HTTP/1.1\r\nHost: gw\r\nX-Forwarded-For: 192.0.2.1\r\n\r\n'.repeat(5))
    await visitor.until(text => (text.match(/HTTP\/1\.1 /g) ?? []).length === 5)
    expect(visitor.received.match(/HTTP\/1\.1 \d+/g)?.map(line => line.slice(-3))).toEqual([
      '200',
      '200',
      '200',
      '429',
      '429',
    ])
    await running.clock.pass(1_000)
    visitor.send(
      'GET /~~srv/again HTTP/1.1\r\nHost: gw\r\nX-Forwarded-For: 192.0.2.1\r\nConnection: close\r\n\r\n',
    )
    await visitor.until(/\/again$/)
  })

  test('ends no upload of others, and refuses one without reading it', async () => {
    const running = await startSlow()
    await statuses(running, 3)
    const visitor = await RawPeer.connect(running.port)
    visitor.send(
      'POST /~~srv/ HTTP/1.1\r\nHost: gw\r\nX-Forwarded-For: 192.0.2.1\r\nContent-Length: 1000000\r\n\r\nabc',
    )
    await visitor.until('HTTP/1.1 429 ')
    expect(visitor.received).toMatch(/\r\nConnection: close\r\n/i)
  })

  test('leaves agents alone: neither their control connections nor their back-connections count', async () => {
    const names = ['srv', 'b', 'c', 'd', 'e', 'f']
    const { agent, url, port } = await startBehindBalancer({
      balance: names.map(name => `/~~${name}=pw#:*;\n`).join(''),
    })
    const last = names.pop()
    for (const name of names) await (await agent({ name, port })).ping()
    const seen: number[] = []
    for (let i = 0; i < 4; i++) seen.push((await ask(`${url}/~~srv/`)).status)
    expect(seen).toEqual([200, 200, 200, 429])
    // Its visitors are refused; agents at the same address come and go.
    await (await agent({ name: last ?? '', port })).ping()
  })

  test('is not counted on the gateway’s own computer', async () => {
    const running = await startSlow()
    for (const from of ['127.0.0.1', '127.8.8.8', '::1', '::ffff:127.0.0.1'])
      expect(await statuses(running, 5, from)).not.toContain(429)
  })

  test('is logged once a minute and counted, not one line a request', async () => {
    const running = await startSlow({ admin: { host: '127.0.0.1', port: 0 } })
    await statuses(running, 10)
    await expect
      .poll(() => running.lines.filter(line => line.includes('"message":"request"')))
      .toHaveLength(3)
    const told = () => running.lines.filter(line => line.includes('requests-of-address'))
    expect(told()).toHaveLength(1)
    expect(told()[0]).toContain('"address":"192.0.2.1"')
    const metrics = await (await fetch(`${running.gateway.admin?.url}/metrics`)).text()
    expect(metrics).toContain('tildegate_limits_exceeded_total{limit="requests-of-address"} 7')
    expect(metrics).toContain('tildegate_requests_total{status="4xx",http="1.1"} 7')
    await running.clock.pass(60_000)
    await statuses(running, 10)
    expect(told()).toHaveLength(2)
  })

  test.each([
    [[], { 'X-Forwarded-For': '192.0.2.1' }, '--trust-forwarded'],
    [[balancedAddress], {}, 'does not say who its visitors are'],
    [[balancedAddress], { 'X-Forwarded-For': '192.0.2.1' }, '"too many requests from here"'],
  ])(
    'tells the admin of a front proxy that makes all visitors one: trusted %j, which sends %j',
    async (trustForwardedFrom, headers, word) => {
      const { url, lines } = await startBehindBalancer({ trustForwardedFrom })
      for (let i = 0; i < 4; i++) await ask(`${url}/~~srv/`, { headers })
      expect(lines.find(line => line.includes('requests-of-address'))).toContain(word)
    },
  )

  test('tells the admin once of a front proxy on the gateway’s own computer that is not trusted, and of no other stranger', async () => {
    const headers = { 'X-Forwarded-For': '192.0.2.1' }
    const told = (lines: readonly string[]) => lines.filter(line => line.includes('--trust-forwarded'))
    const own = await startSlow({ trustForwardedFrom: [] })
    await ask(`${own.url}/~~srv/`)
    expect(told(own.lines)).toEqual([])
    for (let i = 0; i < 9; i++) expect((await ask(`${own.url}/~~srv/`, { headers })).status).toBe(200)
    expect(told(own.lines)).toHaveLength(1)
    const stranger = await startBehindBalancer({})
    await ask(`${stranger.url}/~~srv/`, { headers })
    expect(told(stranger.lines)).toEqual([])
  })
})
