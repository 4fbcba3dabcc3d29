/** Limits of the admin listener and its dashboard: whoever met one is served again. */
import { expect } from 'vitest'
import type { GatewayLimits } from '../../../gateway/limits.ts'
import { Secret } from '../../../shared/secret.ts'
import { ask, openEvents } from '../../support/admin-client.ts'
import { bites } from '../../support/bites.ts'
import { runGateway } from '../../support/running-gateway.ts'
import { VirtualClock } from '../../support/virtual-clock.ts'

interface State {
  readonly tunnels: readonly { readonly name: string }[]
  readonly tunnelsInAll: number
}
type Visits = readonly { readonly path: string }[]

async function admin(limits: Partial<GatewayLimits>, options: Parameters<typeof runGateway>[0] = {}) {
  const clock = new VirtualClock()
  const running = await runGateway({ clock, limits, admin: { host: '127.0.0.1', port: 0 }, ...options })
  const url = running.gateway.admin?.url ?? ''
  return {
    ...{ ...running, clock, admin: url },
    events: (query = '') => openEvents(`${url}/api/events${query}`),
    state: async () => JSON.parse((await ask(`${url}/api/state`)).text) as State,
    visit: async (path: string, name = 'srv') => {
      await (await fetch(`${running.url}/~~${name}/${path}`)).text()
    },
  }
}

const token = 'a-token-of-sixteen-bytes-and-more'

async function withToken(limits: Partial<GatewayLimits>) {
  const address = { host: '127.0.0.1', port: 0, token: Secret.fromText(token) }
  const { admin: url, clock } = await admin(limits, { admin: address })
  const headers = { origin: url, 'x-tildegate-dashboard': '1', 'sec-fetch-site': 'same-origin' }
  const login = (given: string) =>
    ask(`${url}/api/login`, { method: 'POST', headers, body: JSON.stringify({ token: given }) })
  return {
    ...{ clock, login },
    cookie: async () => (await login(token)).headers['set-cookie']?.[0]?.split(';')[0] ?? '',
    status: async (cookie: string) => (await ask(`${url}/api/state`, { headers: { cookie } })).status,
  }
}

bites('adminLogins', 'of too many the oldest ends, and may log in again', async () => {
  const { cookie, status } = await withToken({ adminLogins: 1 })
  const [old, young] = [await cookie(), await cookie()]
  expect([await status(old), await status(young)]).toEqual([401, 200])
  expect(await status(await cookie())).toBe(200)
})

bites('adminLoginMs', 'a login ends, and the next one holds', async () => {
  const { cookie, status, clock } = await withToken({ adminLoginMs: 60_000 })
  const first = await cookie()
  await clock.pass(59_999)
  expect(await status(first)).toBe(200)
  await clock.pass(1)
  expect(await status(first)).toBe(401)
  expect(await status(await cookie())).toBe(200)
})

bites('wrongTokensPerAddressPerMinute', 'keep out the right one for a minute, and no longer', async () => {
  const { login, clock } = await withToken({ wrongTokensPerAddressPerMinute: 1 })
  expect((await login('wrong')).status).toBe(401)
  expect((await login(token)).status).toBe(429)
  await clock.pass(60_001)
  expect((await login(token)).status).toBe(204)
})

bites('dashboardStreams', 'one too many gets 503, and is let in when another leaves', async () => {
  const { admin: url, events } = await admin({ dashboardStreams: 1 })
  const first = await events()
  expect((await ask(`${url}/api/events`)).status).toBe(503)
  first.leave()
  await expect
    .poll(async () => {
      const late = await events()
      return late.status === 200 ? (await late.next())?.name : late.status
    })
    .toBe('state')
})

bites('dashboardTunnels', 'of more it lists only so many, and all when they are fewer again', async () => {
  const balance = '/~~a=pw#:*;\n/~~b=pw#:*;\n'
  const { state, writeBalance, gateway, clock } = await admin({ dashboardTunnels: 1 }, { balance })
  expect(await state()).toMatchObject({ tunnels: [{ name: 'a' }], tunnelsInAll: 2 })
  writeBalance('/~~b=pw#:*;\n')
  void gateway.reload()
  await expect
    .poll(() => clock.pass(1_000).then(state))
    .toMatchObject({ tunnels: [{ name: 'b' }], tunnelsInAll: 1 })
})

/** What a dashboard is told of a tunnel's last requests. */
async function pathsOf(events: (query: string) => ReturnType<typeof openEvents>, tunnel: string) {
  const told = await events(`?tunnel=${tunnel}`)
  const visits = await told.until<Visits>('visits', () => true)
  told.leave()
  return visits.map(({ path }) => path)
}

bites('visitsOfTunnel', 'of more it remembers the last, and goes on', async () => {
  const { agent, visit, events } = await admin({ visitsOfTunnel: 2 })
  await agent()
  for (const path of ['1', '2', '3']) await visit(path)
  await expect.poll(() => pathsOf(events, 'srv')).toEqual(['/3', '/2'])
  await visit('4')
  await expect.poll(() => pathsOf(events, 'srv')).toEqual(['/4', '/3'])
})

bites('visitsInAll', 'the tunnel not visited for longest forgets, and remembers again', async () => {
  const { agent, visit, events } = await admin(
    { visitsInAll: 1 },
    { balance: '/~~srv=pw#:*;\n/~~b=pw#:*;\n' },
  )
  await agent()
  await agent({ name: 'b' })
  await visit('old')
  await visit('young', 'b')
  await expect.poll(() => pathsOf(events, 'b')).toEqual(['/young'])
  expect(await pathsOf(events, 'srv')).toEqual([])
  await visit('again')
  await expect.poll(() => pathsOf(events, 'srv')).toEqual(['/again'])
})
