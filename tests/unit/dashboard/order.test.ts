/** Which tunnels the dashboard lists, and in which order. */
import { describe, expect, test } from 'vitest'
import { listed, orderAfter } from '../../../renderer/dashboard/tunnels/order.ts'
import type { TunnelView } from '../../../shared/dashboard/state.ts'

const tunnel = (name: string, more: Partial<TunnelView> = {}): TunnelView => ({
  ...{ name, state: 'connected', isInFile: true, requests: 0, errors: 0, receivedBytes: 0, sentBytes: 0 },
  ...{ requestsPerSecond: 0, busy: 0, waiting: 0 },
  ...more,
})
const names = (tunnels: readonly TunnelView[]) => tunnels.map(({ name }) => name)

describe('the order', () => {
  test('of names is that of people: numbers by their size, upper case beside lower', () => {
    const tunnels = ['srv10', 'Alpha', 'srv9', 'beta'].map(name => tunnel(name))
    expect(names(listed(tunnels, '', { by: 'name', isUp: true }))).toEqual(['Alpha', 'beta', 'srv9', 'srv10'])
    expect(names(listed(tunnels, '', { by: 'name', isUp: false }))[0]).toBe('srv10')
  })

  test('of numbers begins with the largest, and leaves equals in the order of their names', () => {
    const tunnels = [tunnel('b'), tunnel('a'), tunnel('c', { errors: 3 })]
    const order = orderAfter({ by: 'name', isUp: true }, 'errors')
    expect(order).toEqual({ by: 'errors', isUp: false })
    expect(names(listed(tunnels, '', order))).toEqual(['c', 'a', 'b'])
    expect(names(listed(tunnels, '', orderAfter(order, 'errors')))).toEqual(['a', 'b', 'c'])
  })

  test('of times begins with who is connected longest, and ends with who is not', () => {
    const tunnels = [tunnel('away'), tunnel('new', { since: 2_000 }), tunnel('old', { since: 1_000 })]
    expect(names(listed(tunnels, '', { by: 'since', isUp: false }))).toEqual(['old', 'new', 'away'])
  })
})

test('a search finds names, agents, systems and addresses, in upper or lower case', () => {
  const tunnels = [tunnel('one', { agent: 'tildegate/1', os: 'Plan9', address: '192.0.2.1' }), tunnel('two')]
  for (const text of ['ONE', ' tildegate', 'plan', '192.0.2'])
    expect(names(listed(tunnels, text, { by: 'name', isUp: true })), text).toEqual(['one'])
  expect(listed(tunnels, 'three', { by: 'name', isUp: true })).toEqual([])
})
