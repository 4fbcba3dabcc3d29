/** After a start: who asks for a tunnel whose agent is not back yet, or for one that does not exist. */
import { expect, test } from 'vitest'
import { bites } from '../../support/bites.ts'
import { RawPeer } from '../../support/raw-peer.ts'
import { oneTunnel, runGateway } from '../../support/running-gateway.ts'
import { VirtualClock } from '../../support/virtual-clock.ts'

const patience = { timeout: 30_000 }

async function justStarted(more: Parameters<typeof runGateway>[0] = {}) {
  const clock = new VirtualClock()
  const admin = { host: '127.0.0.1', port: 0 }
  const running = await runGateway({ clock, admin, ...more, limits: { returnMs: 10_000, ...more.limits } })
  const metrics = async () => (await fetch(`${running.gateway.admin?.url}/metrics`)).text()
  return {
    ...{ ...running, clock },
    /** Resolves when so many requests of visitors are in work. */
    inWork: (count: number) =>
      expect.poll(metrics, patience).toContain(`tildegate_requests_in_work ${count}\n`),
    /** By the gateway's clock, `at` is when the answer came. */
    async visit(path: string, options: RequestInit = {}) {
      const answer = await fetch(`${running.url}${path}`, options)
      return { status: answer.status, at: clock.now(), body: await answer.text() }
    },
  }
}

test('whoever comes before the agent is back waits, and is served when it is', async () => {
  const { visit, agent, inWork, clock } = await justStarted()
  const got = visit('/~~srv/page')
  const sent = visit('/~~srv/form', { method: 'POST', body: 'abc' })
  await inWork(2)
  await clock.pass(1_234)
  await agent()
  expect(await got).toEqual({ status: 200, at: 1_234, body: '/page' })
  expect(await sent).toMatchObject({ status: 200, at: 1_234 })
})

test('a name that does not exist waits as long as one whose agent is away, and both get the same page', async () => {
  const { visit, agent, inWork, clock } = await justStarted({ balance: `${oneTunnel}/~~b=pw#:*;\n` })
  const [known, unknown] = [visit('/~~b/'), visit('/~~nobody/')]
  await inWork(2)
  await agent()
  await clock.pass(9_999)
  await inWork(2)
  await clock.pass(1)
  const page = await known
  expect(page).toMatchObject({ status: 404, at: 10_000 })
  expect(await unknown).toEqual(page)
  expect(await visit('/~~b/')).toEqual(page)
})

test('a host below the domain that is nobody’s waits as well', async () => {
  const { port, inWork, clock } = await justStarted({ hostMode: 'gateway.example' })
  const [known, unknown] = [await RawPeer.connect(port), await RawPeer.connect(port)]
  known.send('GET / HTTP/1.1\r\nHost: srv.gateway.example\r\n\r\n')
  unknown.send('GET / HTTP/1.1\r\nHost: nobody.gateway.example\r\n\r\n')
  await inWork(2)
  expect([known.received, unknown.received]).toEqual(['', ''])
  await clock.pass(10_000)
  for (const peer of [known, unknown]) await peer.until(/^HTTP\/1\.1 404 /)
})

test('nobody waits any more once all tunnels are back', async () => {
  const { visit, agent, inWork } = await justStarted()
  const unknown = visit('/~~nobody/')
  await inWork(1)
  const one = await agent()
  expect(await unknown).toMatchObject({ status: 404, at: 0 })
  one.channel.close(0)
  await one.closed()
  await expect.poll(async () => (await visit('/~~srv/')).status, patience).toBe(404)
})

test('a visitor who leaves is not waited for, and a gateway that stops sends the others to the next', async () => {
  const { visit, inWork, gateway } = await justStarted()
  const leaving = new AbortController()
  const left = visit('/~~srv/', { signal: leaving.signal })
  const staying = visit('/~~srv/')
  await inWork(2)
  leaving.abort()
  await expect(left).rejects.toThrow()
  await inWork(1)
  const stopped = gateway.stop()
  expect(await staying).toMatchObject({ status: 503 })
  await gateway.destroy()
  await stopped
})

bites(
  'returnMs',
  'an agent that is later than that finds its visitors turned away, and serves the next',
  async () => {
    const { visit, agent, inWork, clock } = await justStarted({ limits: { returnMs: 500 } })
    const early = visit('/~~srv/')
    await inWork(1)
    await clock.pass(500)
    expect(await early).toMatchObject({ status: 404, at: 500 })
    await agent()
    expect(await visit('/~~srv/')).toMatchObject({ status: 200 })
  },
)

bites(
  'returnWaiters',
  'one request too many is told to come again, and is served when the agent is back',
  async () => {
    const { visit, agent, inWork, lines } = await justStarted({ limits: { returnWaiters: 2 } })
    const waiting = [visit('/~~srv/'), visit('/~~nobody/')]
    await inWork(2)
    expect(await visit('/~~srv/')).toMatchObject({ status: 503 })
    expect(await visit('/~~other/')).toMatchObject({ status: 503 })
    expect(lines.join('\n')).toContain('returning-tunnels')
    await agent()
    expect((await Promise.all(waiting)).map(({ status }) => status)).toEqual([200, 404])
    expect(await visit('/~~srv/')).toMatchObject({ status: 200 })
  },
)
