/** Which changes of this computer's addresses tell of another network. */
import { describe, expect, it } from 'vitest'
import { NetworkWatch } from '../../../agent/index.ts'
import { VirtualClock } from '../../support/virtual-clock.ts'

describe('the watch over the network', () => {
  it('tells a change of addresses, and none of those that IPv6 changes by itself', async () => {
    const clock = new VirtualClock()
    let addresses = ['192.168.1.5', '2001:db8:1:2:aaaa::1']
    const changes: number[] = []
    const read = () => ({
      wlan0: addresses.map(address => ({
        address,
        family: address.includes(':') ? ('IPv6' as const) : ('IPv4' as const),
        internal: false,
      })),
    })
    const watch = new NetworkWatch({ clock, onChange: () => changes.push(clock.now()), read: read as never })
    await clock.pass(10_000)
    addresses = ['192.168.1.5', '2001:db8:1:2:bbbb::7', 'fe80::1']
    await clock.pass(10_000)
    expect(changes).toEqual([])
    addresses = ['10.0.0.7']
    await clock.pass(10_000)
    expect(changes).toHaveLength(1)
    watch.close()
    expect(clock.waiting).toBe(0)
  })
})
