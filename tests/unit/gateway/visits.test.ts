/** What the gateway remembers of visitors' requests for its admin: bounded, and forgotten in order. */
import { describe, expect, test } from 'vitest'
import { RecentVisits } from '../../../gateway/visits/recent-visits.ts'
import { TunnelTraffic } from '../../../gateway/visits/tunnel-traffic.ts'
import { VirtualClock } from '../../support/virtual-clock.ts'

const visit = (path: string) => ({
  ...{ at: 0, address: '192.0.2.1', method: 'GET', path, status: 200 },
  ...{ durationMs: 1, receivedBytes: 0, sentBytes: 0 },
})
const paths = (visits: RecentVisits, tunnel: string) => visits.of(tunnel).map(({ path }) => path)

describe('the last requests', () => {
  test('are so many of a tunnel, the newest first', () => {
    const visits = new RecentVisits({ ofTunnel: 2, inAll: 10 })
    for (const path of ['/a', '/b', '/c']) visits.add('one', visit(path))
    expect(paths(visits, 'one')).toEqual(['/c', '/b'])
    expect(paths(visits, 'other')).toEqual([])
  })

  test('are so many in all; the tunnel not visited for longest forgets first', () => {
    const visits = new RecentVisits({ ofTunnel: 3, inAll: 4 })
    for (const path of ['/1', '/2']) visits.add('quiet', visit(path))
    for (const path of ['/a', '/b']) visits.add('busy', visit(path))
    visits.add('busy', visit('/c'))
    expect(paths(visits, 'quiet')).toEqual(['/2'])
    visits.add('third', visit('/x'))
    expect(paths(visits, 'quiet')).toEqual([])
    expect(paths(visits, 'busy')).toEqual(['/c', '/b', '/a'])
    expect(visits.size).toBe(4)
  })

  test('hold no path longer than is recognised', () => {
    const visits = new RecentVisits({ ofTunnel: 1, inAll: 1 })
    visits.add('one', visit(`/${'x'.repeat(16_000)}`))
    expect(paths(visits, 'one')[0]).toHaveLength(301)
  })

  test('are none where none are wanted', () => {
    const visits = new RecentVisits({ ofTunnel: 0, inAll: 10 })
    visits.add('one', visit('/'))
    expect(visits.size).toBe(0)
  })
})

describe('the traffic', () => {
  const exchange = { status: 200, receivedBytes: 1, sentBytes: 2 }

  test('is counted for each tunnel and for all, what belongs to none included', () => {
    const traffic = new TunnelTraffic(new VirtualClock(), 10)
    traffic.add('one', exchange)
    traffic.add('one', { ...exchange, status: 502 })
    traffic.add(undefined, { ...exchange, status: 404 })
    expect(traffic.of('one')).toMatchObject({ requests: 2, errors: 1, receivedBytes: 2, sentBytes: 4 })
    expect(traffic.all).toMatchObject({ requests: 3, errors: 1, receivedBytes: 3, sentBytes: 6 })
    expect(traffic.of('other').requests).toBe(0)
  })

  test('has a rate over the last ten seconds, and none when nobody came since', async () => {
    const clock = new VirtualClock()
    const traffic = new TunnelTraffic(clock, 10)
    for (let second = 0; second < 10; second++) {
      for (let i = 0; i < 5; i++) traffic.add('one', exchange)
      if (second < 9) await clock.pass(1_000)
    }
    expect(traffic.of('one').requestsPerSecond).toBe(5)
    await clock.pass(5_000)
    expect(traffic.of('one').requestsPerSecond).toBe(2.5)
    await clock.pass(3_600_000)
    expect(traffic.of('one').requestsPerSecond).toBe(0)
    traffic.add('one', exchange)
    expect(traffic.of('one').requestsPerSecond).toBe(0.1)
  })

  test('is remembered of so many tunnels; the one not used for longest is forgotten', () => {
    const traffic = new TunnelTraffic(new VirtualClock(), 2)
    for (const name of ['a', 'b', 'a', 'c']) traffic.add(name, exchange)
    expect(['a', 'b', 'c'].map(name => traffic.of(name).requests)).toEqual([2, 0, 1])
  })
})
