/** What the gateway tells a dashboard: the state, what changes in it, the last requests; and that nothing secret is among it. */
import type { ServerResponse } from 'node:http'
import * as v from 'valibot'
import { describe, expect, test } from 'vitest'
import type { GatewayOptions } from '../../../gateway/gateway.ts'
import { applyChange, type DashboardChange, dashboardChange } from '../../../shared/dashboard/change.ts'
import { type DashboardState, dashboardState, type VisitView } from '../../../shared/dashboard/state.ts'
import { ask, openEvents } from '../../support/admin-client.ts'
import { runGateway } from '../../support/running-gateway.ts'
import { VirtualClock } from '../../support/virtual-clock.ts'

const admin = { host: '127.0.0.1', port: 0 }

async function watched(options: Partial<GatewayOptions> & { balance?: string } = {}) {
  const running = await runGateway({ admin, ...options })
  const url = running.gateway.admin?.url ?? ''
  return {
    ...running,
    admin: url,
    state: async () => {
      const { text } = await ask(`${url}/api/state`)
      return v.parse(dashboardState, JSON.parse(text))
    },
    events: (query = '') => openEvents(`${url}/api/events${query}`),
    tunnel: async (name: string) => {
      const { text } = await ask(`${url}/api/state`)
      return (JSON.parse(text) as DashboardState).tunnels.find(tunnel => tunnel.name === name)
    },
  }
}

describe('the state', () => {
  test('has every tunnel: the connected, those whose agent is away, and what the gateway dials itself', async () => {
    const { agent, state } = await watched({
      balance: '/~~srv=pw#:*;\n/~~away=pw#:*;\n/~~printer=192.0.2.7:80;\n',
    })
    await agent({ hello: { agent: 'tildegate/9.8.7', os: 'plan9' } })
    const { tunnels, connected, tunnelsInAll, gateway, balance, certificates } = await state()
    expect(tunnels).toMatchObject([
      {
        name: 'srv',
        state: 'connected',
        isInFile: true,
        agent: 'tildegate/9.8.7',
        os: 'plan9',
        address: '127.0.0.1',
      },
      { name: 'printer', state: 'direct', target: 'http://192.0.2.7:80/' },
      { name: 'away', state: 'offline', isInFile: true },
    ])
    expect({ connected, tunnelsInAll }).toEqual({ connected: 1, tunnelsInAll: 3 })
    expect(gateway).toMatchObject({ version: '0.0.0', asksForToken: false, maxSessions: 10_000 })
    expect(balance).toMatchObject({ file: 'balance.bin', condition: 'in-force', entries: 3, diagnostics: [] })
    expect(certificates).toEqual([])
  })

  test('counts requests, errors and bytes of each tunnel and of all', async () => {
    const { agent, tunnel, state, url } = await watched()
    await agent({
      target(request, response) {
        response.statusCode = request.url === '/broken' ? 503 : 200
        request.resume().on('end', () => response.end('12345'))
      },
    })
    await (await fetch(`${url}/~~srv/fine?token=topsecret`, { method: 'POST', body: 'abc' })).text()
    await (await fetch(`${url}/~~srv/broken`)).text()
    await (await fetch(`${url}/~~nobody/`)).text()
    await expect.poll(async () => (await state()).traffic.requests).toBe(3)
    expect(await tunnel('srv')).toMatchObject({ requests: 2, errors: 1, receivedBytes: 3, sentBytes: 10 })
    expect((await tunnel('srv'))?.requestsPerSecond).toBeGreaterThan(0)
  })

  test('says which limits bite, since when and whom', async () => {
    const { agent, state } = await watched({ limits: { failedGuessesPerNameAndAddressPerMinute: 1 } })
    await expect(agent({ password: 'wrong-one' })).rejects.toThrow()
    await expect(agent({ password: 'wrong-two' })).rejects.toThrow()
    await expect.poll(async () => (await state()).bites.map(({ name }) => name)).toContain('failed-guesses')
    const { bites } = await state()
    expect(bites.find(({ name }) => name === 'failed-guesses')).toMatchObject({
      kind: 'limit',
      address: '127.0.0.1',
      reason: 'too many wrong passwords for one name',
    })
    expect(JSON.stringify(bites)).not.toMatch(/wrong-(one|two)/)
  })

  test('shows what is wrong in balance.bin without a password, while the last good settings are in force', async () => {
    const { state, writeBalance, gateway } = await watched({ balance: '/~~srv=hunter2secret#:*;\n' })
    writeBalance('/~~srv=hunter2secret#:nonsense;\n/~~other=another-secret#\n')
    await gateway.reload()
    const { balance } = await state()
    expect(balance).toMatchObject({ condition: 'errors', entries: 1 })
    expect(balance.diagnosticsInAll).toBeGreaterThan(0)
    expect(balance.diagnostics[0]).toMatchObject({ severity: 'error', line: 1 })
    expect(JSON.stringify(balance)).not.toMatch(/hunter2secret|another-secret/)
    writeBalance('/~~srv=hunter2secret#:*;\n')
    await gateway.reload()
    expect((await state()).balance).toMatchObject({ condition: 'in-force', diagnostics: [] })
  })

  test('tells a session whose entry is gone', async () => {
    const { agent, tunnel, writeBalance, gateway } = await watched()
    await agent()
    writeBalance('/~~other=pw#:*;\n')
    await gateway.reload()
    expect(await tunnel('srv')).toMatchObject({ state: 'connected', isInFile: false })
  })

  test('has the certificate that is shown, and when it runs out', async () => {
    const { state } = await watched({ listen: [{ host: '127.0.0.1', port: 0, tls: true }] })
    const [certificate] = (await state()).certificates
    expect(certificate).toMatchObject({ place: 'listener', isSelfSigned: true, issuer: 'Tildegate' })
    expect(certificate?.names).toContain('localhost')
    const days = ((certificate?.validTo ?? 0) - Date.now()) / 86_400_000
    expect(days).toBeGreaterThan(798)
    expect(days).toBeLessThan(801)
  })

  test('lists so many tunnels at most, the connected first, and says how many there are', async () => {
    const { agent, state } = await watched({
      balance: '/~~a=pw#:*;\n/~~b=pw#:*;\n/~~srv=pw#:*;\n',
      limits: { dashboardTunnels: 2 },
    })
    await agent()
    const { tunnels, tunnelsInAll } = await state()
    expect(tunnels.map(({ name }) => name)).toEqual(['srv', 'a'])
    expect(tunnelsInAll).toBe(3)
  })

  test('says whether visitors are asked for a password, and nothing of that', async () => {
    const { agent, state } = await watched({ balance: '/~~srv=pw#:*;\n/~~open=pw#:*;\n/~~away=pw#:*;\n' })
    const [salt, hash] = ['ab'.repeat(16), 'cd'.repeat(32)]
    await agent({ hello: { visitors: { scrypt: { n: 32_768, r: 8, p: 1, salt, hash } } } })
    await agent({ name: 'open' })
    const { tunnels } = await state()
    expect(tunnels.map(({ name, asksVisitors }) => [name, asksVisitors])).toEqual([
      ['srv', true],
      ['open', false],
      ['away', undefined],
    ])
    expect(JSON.stringify(tunnels)).not.toMatch(/abab|cdcd/)
  })

  test('holds no password, no ticket, no cookie and no query', async () => {
    const { agent, admin: url, url: visitors } = await watched({ balance: '/~~srv=a-password-here#:*;\n' })
    const twin = await agent({ password: 'a-password-here' })
    await (
      await fetch(`${visitors}/~~srv/page?token=topsecret`, {
        headers: { cookie: 'login=cookie-secret', authorization: 'Basic login-secret' },
      })
    ).text()
    const events = await openEvents(`${url}/api/events?tunnel=srv`)
    const told = JSON.stringify([await events.next(), await events.next()])
    expect(told).toContain('/page')
    const { resumeSecret, session } = twin.welcome
    for (const secret of [
      'a-password-here',
      'topsecret',
      'cookie-secret',
      'login-secret',
      resumeSecret,
      session,
    ])
      expect(told).not.toContain(secret)
  })
})

describe('a dashboard that is open', () => {
  test('is told the whole, then what changes, once a second', async () => {
    const clock = new VirtualClock()
    const { agent, events } = await watched({ clock, balance: '/~~srv=pw#:*;\n/~~away=pw#:*;\n' })
    const told = await events()
    const first = await told.next()
    expect(first?.name).toBe('state')
    const before = v.parse(dashboardState, first?.data)
    await agent()
    await clock.pass(999)
    await clock.pass(1)
    const event = await told.next()
    expect(event?.name).toBe('change')
    const change = v.parse(dashboardChange, event?.data)
    expect(change.tunnels.map(({ name }) => name)).toEqual(['srv'])
    expect(Object.keys(change.parts)).toEqual(['gateway', 'connected'])
    const now = applyChange(before, change)
    expect(now.tunnels.find(({ name }) => name === 'srv')?.state).toBe('connected')
    expect(now.connected).toBe(1)
    await clock.pass(1_000)
    const next = v.parse(dashboardChange, (await told.next())?.data)
    expect(next).toMatchObject({ tunnels: [], gone: [] })
    expect(next.parts.gateway?.at).toBe(clock.wall())
  })

  test('is told the last requests of the tunnel that it shows, newest first and so many at most', async () => {
    const { agent, events, url } = await watched({ limits: { visitsOfTunnel: 2 } })
    await agent()
    for (const path of ['one', 'two', 'three?with=query'])
      await (await fetch(`${url}/~~srv/${path}`, { headers: { 'user-agent': 'x' } })).text()
    const told = await events('?tunnel=srv')
    const visits = await told.until<VisitView[]>('visits', list => list[0]?.path === '/three')
    expect(visits.map(({ path }) => path)).toEqual(['/three', '/two'])
    expect(visits[0]).toMatchObject({ method: 'GET', status: 200, address: '127.0.0.1', sentBytes: 17 })
    await (await fetch(`${url}/~~srv/four`, { method: 'DELETE' })).text()
    const more = await told.until<VisitView[]>('visits', list => list[0]?.path === '/four')
    expect(more[0]?.method).toBe('DELETE')
  })

  test('is one of so many at most; who comes later gets in when another leaves', async () => {
    const { events, admin: url, state } = await watched({ limits: { dashboardStreams: 2 } })
    const [one, other] = [await events(), await events()]
    expect([one.status, other.status]).toEqual([200, 200])
    expect(await ask(`${url}/api/events`)).toMatchObject({ status: 503, headers: { 'retry-after': '10' } })
    expect((await state()).bites.map(({ name }) => name)).toEqual(['dashboard-streams'])
    one.leave()
    await expect
      .poll(async () => {
        const late = await events()
        const { status } = late
        late.leave()
        return status
      })
      .toBe(200)
  })

  test('costs nothing when it has left', async () => {
    const clock = new VirtualClock()
    const { events } = await watched({ clock })
    const before = clock.waiting
    const told = await events()
    await told.next()
    expect(clock.waiting).toBe(before + 1)
    told.leave()
    await expect.poll(() => clock.waiting).toBe(before)
  })

  test('ends when the gateway stops, and is told before that it does', async () => {
    const asked = Promise.withResolvers<ServerResponse>()
    const { events, gateway, agent, url } = await watched()
    await agent({ target: (_, response) => asked.resolve(response) })
    const slow = fetch(`${url}/~~srv/slow`)
    const response = await asked.promise
    const told = await events()
    const stopped = gateway.stop()
    await told.until<DashboardChange>('change', ({ parts }) => parts.gateway?.isStopping === true)
    response.end('late')
    expect(await (await slow).text()).toBe('late')
    await stopped
    while ((await told.next()) !== undefined);
  })
})
