/** Open dashboards over real sockets: one that does not read is not written to without end, and misses nothing when it reads again. */
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { expect, onTestFinished, test } from 'vitest'
import { LiveStreams } from '../../../gateway/admin/live-streams.ts'
import { LimitReports } from '../../../gateway/control/limit-reports.ts'
import { gatewayLimits } from '../../../gateway/limits.ts'
import type { DashboardState } from '../../../shared/dashboard/state.ts'
import { silentLog } from '../../../shared/world.ts'
import { openEvents } from '../../support/admin-client.ts'
import { bites } from '../../support/bites.ts'
import { VirtualClock } from '../../support/virtual-clock.ts'

const noTraffic = { requests: 0, errors: 0, receivedBytes: 0, sentBytes: 0, requestsPerSecond: 0 }

/** About a megabyte that is another one each second. */
function largeState(at: number): DashboardState {
  const tunnels = Array.from({ length: 500 }, (_, i) => ({
    ...noTraffic,
    ...{ name: `tunnel-${i}`, state: 'offline' as const, isInFile: true, busy: 0, waiting: 0 },
    agent: `${at} `.padEnd(2_000, '.'),
  }))
  const gateway = {
    version: '1',
    startedAt: 0,
    at,
    listeners: [],
    asksForToken: false,
    isStopping: false,
    maxSessions: 1,
  }
  const balance = { file: 'f', condition: 'in-force' as const, takenAt: 0, entries: 0, diagnostics: [] }
  return {
    ...{ gateway, tunnels, tunnelsInAll: 500, connected: 0, traffic: noTraffic, bites: [], certificates: [] },
    balance: { ...balance, diagnosticsInAll: 0 },
  }
}

async function serve() {
  const clock = new VirtualClock()
  const reports = new LimitReports({ clock, log: silentLog }, { exceeded() {}, refused() {} }, 10)
  const bounds = { maxStreams: 4, stalledMs: gatewayLimits().dashboardStalledMs }
  const streams = new LiveStreams({
    ...{ clock, reports, ...bounds },
    state: () => largeState(clock.now()),
    visits: () => [],
    failed(cause) {
      throw cause
    },
  })
  /** Bytes, for each dashboard in the order in which they were opened. */
  const written: number[] = []
  const server = createServer((_, response) => {
    const at = written.push(0) - 1
    const write = response.write.bind(response)
    response.write = ((piece: string) => {
      written[at] = (written[at] ?? 0) + piece.length
      return write(piece)
    }) as typeof response.write
    streams.open(response, undefined, () => true)
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  onTestFinished(() => {
    streams.close()
    server.closeAllConnections()
    server.close()
  })
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`
  return { clock, open: () => openEvents(url), written }
}

bites('dashboardStalledMs', 'one that does not read is left in time, and the next is told all', async () => {
  const { clock, open, written } = await serve()
  const stalled = await open()
  stalled.stall()
  // Each look takes a moment, in which the sockets take what they can.
  const left = expect.poll(
    async () => {
      await clock.pass(1_000)
      return clock.waiting
    },
    { timeout: 50_000 },
  )
  await left.toBe(0)
  const next = await open()
  expect((await next.next())?.name).toBe('state')
  expect(clock.now()).toBeGreaterThanOrEqual(30_000)
  // A megabyte each second, until the sockets were full.
  expect(written[0]).toBeLessThan((clock.now() / 1000 - 28) * 1_100_000)
})

test('a dashboard that reads again after a while is told the whole anew', { timeout: 60_000 }, async () => {
  const { clock, open, written } = await serve()
  const late = await open()
  const other = await open()
  expect((await other.next())?.name).toBe('state')
  late.stall()
  for (let before = -1; written[0] !== before; ) {
    before = written[0] ?? 0
    await clock.pass(1_000)
    expect((await other.next())?.name).toBe('change')
  }
  other.leave()
  late.resume()
  expect((await late.next())?.name).toBe('state')
  const whole = late.until<DashboardState>('state', () => true)
  const told = expect.poll(
    async () => {
      await clock.pass(1_000)
      return Promise.race([whole, Promise.resolve(undefined)])
    },
    { timeout: 50_000 },
  )
  await told.toBeDefined()
  const { gateway, tunnels } = await whole
  expect(tunnels[7]).toEqual(largeState(gateway.at).tunnels[7])
})
